"""Entry of a worker in a fresh interpreter, whose standard input is its connection to the driver."""

from __future__ import annotations

import importlib
import os
import signal
import socket
from contextlib import suppress


def main() -> None:
    """Do one job; the driver starts this process with the signals blocked that all of its group get."""
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
