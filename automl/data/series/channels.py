"""The columns of a table that are channels of a series: numbers that models can learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from automl.data.arrays.check import LARGEST
from automl.data.tables.values import numbers, strings
from automl.errors import DataError, nearest

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMED = 5
# What 32-bit floats may lose of a channel's spread: with more, its changes are noise.
_MOST_ROUNDING = 1e-3


class Channels:
    """The channels of a series.

    Args:
        frame: One row a point in time.
        wanted: The columns that may be channels.
        path: Where they are from, for messages.
        asked: Whether the user named them; each of them must be fit then.
        missing: Whether a missing value is an error, or takes the value before it.

    Attributes:
        table: The channels, without missing values.
        left_out: The columns that are no channels, with the reason.
        notes: A sentence on them.

    Raises:
        DataError: A column is not there, or is unfit although it was asked for; or none is fit.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        wanted: Sequence[str],
        path: str,
        *,
        asked: bool,
        missing: Literal["error", "forward_fill"],
    ) -> None:
        self._frame, self._path, self._asked = frame, path, asked
        self.left_out: dict[str, str] = {}
        found = {name: values for name in wanted if (values := self._numbers(name)) is not None}
        self.table = self._filled(pd.DataFrame(found), missing)
        unfit = [name for name in found if self._is_unfit(name)]
        self.table = self.table.drop(columns=unfit)
        if not len(self.table.columns):
            told = f"Of no use: {self._reasons()}" if self.left_out else f"It has: {', '.join(frame.columns)}."
            raise DataError(f"data.path: {path} has no column of numbers. {told}")
        self.notes = [f"columns were left out: {self._reasons()}"] if self.left_out else []

    def _numbers(self, name: str) -> np.ndarray | None:
        """A column as numbers, NaN where nothing is; None, and left out, where it holds none."""
        if name not in self._frame.columns:
            raise DataError(
                f"data.channels: there is no column '{name}' in {self._path}. {nearest(name, self._frame.columns)}"
            )
        values = numbers(self._frame[name])
        given = strings(self._frame[name]) != ""
        broken = np.flatnonzero(given.to_numpy() & ~np.isfinite(values))
        if len(broken) == 0 and given.any():
            return values
        if not self._asked and len(broken) == given.sum():
            self.left_out[name] = "no numbers"
            return None
        raise DataError(
            f"data.channels: '{name}' is to hold numbers."
            f" Received in row {broken[0] + 1}: '{self._frame[name].iloc[broken[0]]}'."
            if len(broken)
            else f"data.channels: '{name}' holds no values."
        )

    def _filled(self, series: pd.DataFrame, missing: str) -> pd.DataFrame:
        counts = series.isna().sum()
        if missing == "forward_fill" or not counts.any():
            return series.ffill().bfill()
        name = str(counts.idxmax())
        row = int(np.flatnonzero(series[name].isna())[0]) + 1
        raise DataError(
            f"{self._path}: '{name}' has {counts[name]} missing value{'s' if counts[name] > 1 else ''}, the first in"
            f" row {row}. Fill them in, or set data.missing=forward_fill."
        )

    def _is_unfit(self, name: str) -> bool:
        """Whether a channel is left out, as it is unfit; one that was asked for is refused."""
        reason = _unfit(self.table[name].to_numpy())
        if reason is None:
            return False
        if self._asked:
            raise DataError(f"data.channels: '{name}' in {self._path} holds {reason}. Leave it out, or scale it first.")
        self.left_out[name] = reason
        return True

    def _reasons(self) -> str:
        """The columns that were left out, those with one reason together."""
        told = []
        for reason in dict.fromkeys(self.left_out.values()):
            names = [name for name, why in self.left_out.items() if why == reason]
            told.append(f"{', '.join(names[:_NAMED])}{', ...' * (len(names) > _NAMED)} ({reason})")
        return "; ".join(told) + "." if told else ""


def _unfit(values: np.ndarray) -> str | None:
    """Why models, which compute with 32-bit floats, cannot learn from a channel, if they cannot."""
    most = np.abs(values).max()
    if most > LARGEST:
        return f"values up to {most:.3g}, and 32-bit floats have no squares above {LARGEST:g}"
    spread = float(np.ptp(values))
    if spread == 0.0:
        return "one value only"
    if np.abs(values - values.astype(np.float32)).max() > _MOST_ROUNDING * spread:
        return f"values about {most:.3g} that differ by {spread:.3g} at most, which 32-bit floats cannot tell apart"
    return None
