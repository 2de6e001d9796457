"""A series cut into windows: those of a part, and those of folds whose origin rolls on."""

from __future__ import annotations

import itertools
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
"""Stretches that the validation part of a short series is forecast in."""


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
        """Folds of a rolling origin: the validation part in as many stretches, each forecast from all that is before.

        Args:
            asked: How many; ``auto`` is three, or as many as are long enough; none where there would be one.
            first: Where the validation part begins.
            end: Where it ends.

        Raises:
            DataError: So many stretches are too short to be forecast.
        """
        most = (end - first) // self.steps.horizon
        count = min(_ROLLED, most) if asked == "auto" else asked
        if asked not in ("auto", 1) and count > most:
            raise DataError(
                f"data.folds: the validation part of {end - first:,} rows holds {most} stretches of data.horizon="
                f"{self.steps.horizon} steps at most. Received: {asked}."
            )
        if count < 2:
            return ()
        bounds = np.linspace(first, end, count + 1).round().astype(int).tolist()
        return tuple(self._fold(start, stop) for start, stop in itertools.pairwise(bounds))

    def _fold(self, start: int, stop: int) -> Fold:
        held = self.part("validation", stop, stop - start)
        return Fold(self.part("train", start, start), held, held.starts)
