"""Entry of a worker in a fresh interpreter, whose standard input is its connection to the driver."""

from __future__ import annotations

import os
import signal
import socket


def main() -> None:
    """Do one job; the driver starts this process with the signals blocked that all of its group get."""
    from automl.runner import preload  # noqa: F401 - imports TensorFlow without its greetings
    from automl.runner.worker import ignore_signals, serve

    ignore_signals()
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    end = socket.socket(fileno=os.dup(0))
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    serve(end)
    os._exit(0)
