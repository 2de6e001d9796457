"""Searched parameters as axes of a chart: where a value stands between the ends of its space."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.errors import SpaceError
from automl.report.wording import short
from automl.space import Choice, Float, Int, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.records import StudyRecord
    from automl.space import Parameter


@dataclass(frozen=True)
class Axis:
    """One searched parameter.

    Attributes:
        parameter: Its space.
        label: Its name, as short as it can be told apart from the others.
    """

    parameter: Parameter
    label: str

    @property
    def path(self) -> str:
        """Its config path."""
        return self.parameter.path

    @property
    def is_log(self) -> bool:
        """Whether its space is a logarithmic one."""
        return bool(getattr(self.parameter, "log", False))

    @property
    def choices(self) -> tuple[str, ...]:
        """What may be chosen, as it is shown; empty where it is a number."""
        return tuple(map(short, self.parameter.choices)) if isinstance(self.parameter, Choice) else ()

    @property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest number, or those of the choices."""
        if isinstance(self.parameter, Int | Float):
            return float(self.parameter.low), float(self.parameter.high)
        return 0.0, float(max(1, len(self.choices) - 1))

    def number(self, value: Any) -> float:
        """A value as a number: itself, or which of the choices it is.

        Raises:
            ValueError: It is none of the choices, or no number.
        """
        if isinstance(self.parameter, Choice):
            return float(self.choices.index(short(value)))
        found = float(value)
        if not math.isfinite(found):
            raise ValueError(value)
        return found

    def place(self, value: Any) -> float | None:
        """Where a value stands, from 0 at the lowest to 1 at the highest; None where it has no place."""
        low, high = self.ends
        try:
            found = self.number(value)
            if self.is_log:
                found, low, high = math.log(found), math.log(low), math.log(high)
        except (ValueError, TypeError):
            return None
        return min(1.0, max(0.0, (found - low) / (high - low))) if high > low else 0.5


def axes(study: StudyRecord) -> list[Axis]:
    """The parameters of which trials have had a value and might have had another, in the order of the configuration."""
    try:
        space = parse(study.config)
    except SpaceError:  # of an earlier version, or written by hand
        return []
    tried = {path for trial in study.trials for path in trial.params}
    chosen = [one for path, one in space.parameters.items() if path in tried and not _is_single(one)]
    labels = shortest([one.path for one in chosen])
    return [Axis(one, label) for one, label in zip(chosen, labels, strict=True)]


def shortest(paths: Sequence[str]) -> list[str]:
    """The last part of each path, or all of it where others end alike.

    Example:
        >>> shortest(["model.depth", "model.width", "training.width"])
        ['depth', 'model.width', 'training.width']
    """
    ends = [path.rpartition(".")[2] for path in paths]
    counted = Counter(ends)
    return [end if counted[end] == 1 else path for path, end in zip(paths, ends, strict=True)]


def _is_single(parameter: Parameter) -> bool:
    if isinstance(parameter, Int | Float):
        return parameter.low == parameter.high
    return not isinstance(parameter, Choice) or len(parameter.choices) < 2
