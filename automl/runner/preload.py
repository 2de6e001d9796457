"""Imported once by the fork server, so that every worker starts with TensorFlow and Keras in memory.

Nothing may be run with them here: threads and devices do not survive a fork.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def _silence() -> Iterator[None]:
    """Native libraries greet the terminal while they are imported, before they read their log level."""
    before, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 2)
    try:
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)
        os.close(sink)


with _silence():
    import keras  # noqa: F401
    import tensorflow as tf  # noqa: F401

    import automl.runner.worker
    import automl.training  # noqa: F401
