"""What ``auto`` in a ``training`` section stands for, once the data are known.

The rules know sizes alone, no task and no model. Batches grow with the data, since a small batch on many samples spends
its time on what every step costs, and a large one on few samples takes too few steps; epochs are as many as give a
small data set enough steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

AUTO = "auto"

_LEAST_BATCH, _MOST_BATCH = 32, 256
_SAMPLES_A_STEP = 64
"""Samples that an epoch has for one of its batch: about as many steps an epoch at any size in between."""
_NUMBERS = 3 << 16
"""Numbers that a batch of inputs holds at most, unless it is the least: of 1,024 pixels in 3 colours 64 samples. Inputs
as large keep the processor busy in small batches, too: on 17,000 such images a residual network took as long for an
epoch in batches of 64 as of 256, and after four epochs was right about 6 in a hundred more."""

_EPOCHS, _MOST_EPOCHS = 30, 150
_STEPS = 1000
"""Steps that training takes at least, where the most epochs allow it."""

_LEAST_PATIENCE = 10
_PATIENCE_SHARE = 3


def settled(training: Mapping[str, Any], samples: int, numbers: int, epochs: int | None = None) -> dict[str, Any]:
    """A ``training`` section with a value in the place of every ``auto`` that can be settled by sizes.

    Args:
        training: The section; spaces are left as they are.
        samples: Of the train part.
        numbers: That a sample has.
        epochs: What ``auto`` epochs are, where the time tells it.
    """
    found = dict(training)
    if found.get("batch_size") == AUTO:
        found["batch_size"] = batch_size(samples, numbers)
    if found.get("epochs") == AUTO:
        batch = found.get("batch_size")
        found["epochs"] = epochs or epochs_for(samples, batch if isinstance(batch, int) else _LEAST_BATCH)
    if found.get("patience") == AUTO:
        most = found.get("epochs")
        found["patience"] = max(_LEAST_PATIENCE, most // _PATIENCE_SHARE) if isinstance(most, int) else _LEAST_PATIENCE
    return found


def batch_size(samples: int, numbers: int) -> int:
    """A power of two between 32 and 256.

    Args:
        samples: Of the train part.
        numbers: That a sample has.

    Example:
        >>> [batch_size(samples, 13) for samples in (124, 5_000, 26_000, 1_000_000)]
        [32, 64, 256, 256]
    """
    found = _LEAST_BATCH
    while found < _MOST_BATCH and 2 * found * _SAMPLES_A_STEP <= samples and 2 * found * numbers <= _NUMBERS:
        found *= 2
    return found


def epochs_for(samples: int, batch: int) -> int:
    """Passes over so many samples, in batches of a size.

    Example:
        >>> [epochs_for(samples, 32) for samples in (124, 461, 5_000)]
        [150, 72, 30]
    """
    steps = max(1, samples // batch)
    return min(max(_EPOCHS, -(-_STEPS // steps)), _MOST_EPOCHS)
