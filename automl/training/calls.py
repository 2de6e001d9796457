"""Many steps in few calls into the graph, each short enough for a sign of life after it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from automl.alive import beat

if TYPE_CHECKING:
    from collections.abc import Callable

_LONG_CALL = 2.0
"""Seconds: a sign of life every few is enough, and what a call costs besides its steps is lost in as many."""


class Calls:
    """Shares out steps among calls of a compiled loop, each followed by a beat, until calls take long enough."""

    def __init__(self) -> None:
        self._most = 1

    def run(self, loop: Callable[[Any, Any], Any], batches: Any, steps: int) -> list[Any]:
        """What the calls returned."""
        returned = []
        while steps > 0:
            count, began = min(steps, self._most), time.perf_counter()
            returned.append(loop(batches, tf.constant(count)))
            beat()
            if count == self._most and time.perf_counter() - began < _LONG_CALL:
                self._most *= 2
            steps -= count
        return returned
