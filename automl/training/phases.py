"""What training is made of: phases that train different weights at different rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Phase:
    """A stretch of epochs with an optimizer and a schedule of its own.

    Attributes:
        epochs: The most epochs it lasts; patience may end it sooner.
        rate: What ``training.learning_rate`` is multiplied by.
        begin: Called before it, with the best weights so far in place; it may change which weights are trainable.
            A trial that goes on from a later epoch calls it too, before its weights are put back.
    """

    epochs: int
    rate: float = 1.0
    begin: Callable[[], None] | None = None
