"""What is measured of a trained model, once, and what its trial has to keep to."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.alive import beat
from automl.jobs.results import Breach
from automl.tasks import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from automl.data import Dataset
    from automl.objectives import Constraint
    from automl.plugin import ModelPlugin, Result, Trial

_SAMPLES = 16
_WARM_UPS = 3
"""Calls that trace the graph, or fill caches."""
_CALLS = 64
_SECONDS = 2.0
"""The longest that calls are timed; one at least is."""


@dataclass(frozen=True)
class Measures:
    """A trained model that was saved, and how it came to be.

    Attributes:
        model: Gives the model.
        result: What it achieved.
        trial: What it reported.
        data: What it learned from.
        folder: Where it was saved.
        seconds: Wall-clock of its training.
    """

    model: Callable[[], ModelPlugin]
    result: Result
    trial: Trial
    data: Dataset
    folder: Path
    seconds: float

    def taken(self, names: Iterable[str]) -> dict[str, float]:
        """Those of the measures that are named."""
        measures: dict[str, Callable[[], float]] = {
            "parameters": lambda: float(self.result.parameters),
            "latency_ms": lambda: latency(self.model(), self.data),
            "train_seconds": self._training,
            "model_mb": lambda: _size(self.folder) / 1e6,
        }
        return {name: measures[name]() for name in names if name in measures}

    def _training(self) -> float:
        """The epochs' own seconds, those before a trial was gone on with included, where they are told."""
        told = [row["seconds"] for row in self.trial.history if "seconds" in row]
        return sum(told) if len(told) == len(self.trial.history) > 0 else self.seconds


def latency(plugin: ModelPlugin, data: Dataset) -> float:
    """Milliseconds of a prediction for one raw sample: the median over samples of the validation part.

    Args:
        plugin: A trained model.
        data: Its data.
    """
    inputs = load_task(data.spec.task).example(plugin, data.validation, _SAMPLES)
    samples = [_one(inputs, number) for number in range(_count(inputs))]
    for number in range(_WARM_UPS):
        plugin.predict(samples[number % len(samples)])
    taken: list[float] = []
    until = time.perf_counter() + _SECONDS
    while len(taken) < _CALLS and (not taken or time.perf_counter() < until):
        sample = samples[len(taken) % len(samples)]
        began = time.perf_counter()
        plugin.predict(sample)
        taken.append(time.perf_counter() - began)
    beat()
    return 1000.0 * statistics.median(taken)


def breach(constraints: Sequence[Constraint], metrics: Mapping[str, float]) -> Breach | None:
    """The constraints that known metrics break, in one; None where they keep to all."""
    broken = [(one, metrics[one.metric]) for one in constraints if one.metric in metrics]
    told = [one.told(value) for one, value in broken if one.violation(value)]
    violation = sum(one.violation(value) for one, value in broken)
    return Breach(f"{'; '.join(told)}.", violation) if told else None


def _count(inputs: Any) -> int:
    return len(next(iter(inputs.values())) if isinstance(inputs, Mapping) else inputs)


def _one(inputs: Any, number: int) -> Any:
    rows = slice(number, number + 1)
    return {name: values[rows] for name, values in inputs.items()} if isinstance(inputs, Mapping) else inputs[rows]


def _size(folder: Path) -> int:
    """Bytes of the files in a folder."""
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
