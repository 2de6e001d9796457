"""A series cut into windows: those of a part, and those of folds whose origin rolls on."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from automl.data.dataset import Fold
from automl.data.series.windows import WindowPart
from automl.errors import DataError

if TYPE_CHECKING:
    from automl.data.folds import Asked
    from automl.data.series.steps import Steps

_ROLLED = 3
"""Stretches that a short series is forecast in."""


@dataclass(frozen=True)
class Cutting:
    """What windows are cut out of, and how.

    Attributes:
        series: Shape (time, channels).
        steps: What a window has.
        targets: Numbers of the channels that are forecast.
    """

    series: np.ndarray
    steps: Steps
    targets: list[int]

    def part(self, name: str, end: int, length: int) -> WindowPart:
        """The windows of a part; but for the train part they may look back into what is before it.

        Args:
            name: ``train``, ``validation`` or ``test``.
            end: The row after its last one.
            length: Its rows.

        Raises:
            DataError: No window fits.
        """
        lookback, horizon, _ = self.steps
        first = end - length
        start = first if name == "train" else max(0, first - lookback)
        count = end - start - lookback - horizon + 1
        if count < 1 and name != "train" and horizon > length:
            raise DataError(
                f"data.horizon: {horizon} steps do not fit into the {name} part of {length:,} rows. Shorten it, or"
                f" enlarge data.{name}."
            )
        if count < 1:
            raise DataError(
                f"data.lookback + data.horizon: {lookback} + {horizon} steps do not fit into the {name} part of"
                f" {length:,} rows. Shorten them, or enlarge the part."
            )
        return WindowPart(self.series, start, count, lookback, horizon, self.targets)

    def rolled(self, asked: Asked, first: int, end: int) -> tuple[Fold, ...]:
        """Folds of a rolling origin: stretches before the test part, each forecast from all that is before it.

        They are parts of the validation part; where this is too short to be parted, it and as many rows before it.

        Args:
            asked: How many; ``auto`` is three, or as many as there can be; none where there would be one.
            first: Where the validation part begins.
            end: Where it ends.

        Raises:
            DataError: There cannot be so many.
        """
        length = end - first
        within, before = length // self.steps.horizon, max(0, end - self._least(end)) // length
        count = min(_ROLLED, within if within > 1 else before) if asked == "auto" else asked
        if count > max(1, within, before):
            raise DataError(
                f"data.folds: the validation part of {length:,} rows holds {within} stretches of data.horizon="
                f"{self.steps.horizon} steps at most. Received: {asked}."
            )
        if count < 2:
            return ()
        start = first if count <= within else end - count * length
        bounds = np.linspace(start, end, count + 1).round().astype(int).tolist()
        return tuple(self._fold(*stretch) for stretch in itertools.pairwise(bounds))

    def _least(self, end: int) -> int:
        """Rows before the first stretch at least: half of all, and those of as many windows as a window has steps."""
        return max(math.ceil(end / 2), 2 * (self.steps.lookback + self.steps.horizon))

    def _fold(self, start: int, stop: int) -> Fold:
        held = self.part("validation", stop, stop - start)
        return Fold(self.part("train", start, start), held, held.starts)
