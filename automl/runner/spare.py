"""Entry of a worker in a fresh interpreter, whose standard input is its connection to the driver."""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import socket
from contextlib import suppress

_PARENT_DEATH = 1
"""``PR_SET_PDEATHSIG`` of Linux."""


def main() -> None:
    """Do one job; the driver starts this process with the signals blocked that all of its group get."""
    _die_with_driver()
    with suppress(Exception):  # the job meets the same error, and tells it
        importlib.import_module("automl.runner.preload")  # imports TensorFlow without its greetings
    from automl.runner.worker import ignore_signals, serve

    ignore_signals()
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    end = socket.socket(fileno=os.dup(0))
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    serve(end)
    os._exit(0)


def _die_with_driver() -> None:
    """Be killed when the driver dies, whatever this process is at: importing, or computing in native code.

    Elsewhere than on Linux it is the heartbeat that notices, once there is one.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL, 0, 0, 0)
