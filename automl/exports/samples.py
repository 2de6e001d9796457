"""Raw samples as an exported model takes them, and what the original says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.scaling import target_scale
from automl.data.stacking import Stacking, stacks
from automl.tasks import load_task
from automl.tasks.quantiles import levels

if TYPE_CHECKING:
    from automl.data import Dataset, DataSpec, Part
    from automl.exports.base import Tensor
    from automl.plugin import ModelPlugin

_MOST_BYTES = 1 << 28
"""Of the outputs: a hundred masks of a large image need not be held at once."""


@dataclass(frozen=True)
class Samples:
    """Samples of the test part.

    Attributes:
        raw: As ``ModelPlugin.predict`` takes them.
        expected: What it answers, (n, ...).
        scale: What a difference is measured by: a number, or one for each output.
        unit: The same in words.
    """

    raw: Any
    expected: np.ndarray
    scale: np.ndarray
    unit: str

    def __len__(self) -> int:
        return len(self.expected)


def take(plugin: ModelPlugin, data: Dataset, most: int) -> Samples:
    """Samples from all over the test part, and what the model says of them.

    Args:
        plugin: The trained model.
        data: Its data.
        most: How many; fewer where the part, or memory, holds fewer.
    """
    one = np.asarray(plugin.predict(some(plugin, data, data.test, 1)))
    raw = some(plugin, data, data.test, max(1, min(most, _MOST_BYTES // max(1, one.nbytes))))
    expected = np.asarray(plugin.predict(raw))
    return Samples(raw, expected, *_scale(expected, data.spec))


def some(plugin: ModelPlugin, data: Dataset, part: Part, count: int) -> Any:
    """Raw inputs for so many predictions, from all over a part."""
    few = part.few(count)
    return load_task(data.spec.task).example(plugin, few, count)


def _scale(expected: np.ndarray, spec: DataSpec) -> tuple[np.ndarray, str]:
    """Probabilities are compared as they are, values by the target's deviation, all else by the largest."""
    if "target_mean" in spec.statistics:
        deviation = target_scale(spec)[1]
        return deviation[:, np.newaxis] if levels(spec) else deviation, "of the target's standard deviation"
    largest = float(np.abs(expected.astype(np.float64)).max(initial=0.0))
    return np.asarray(max(1.0, largest)), "" if largest <= 1.0 else "of the largest output"


def tensors(raw: Any, inputs: Mapping[str, Tensor], data: Dataset) -> dict[str, np.ndarray]:
    """Raw samples in the tensors of an exported model; texts as NumPy's own, which need no pickle.

    Args:
        raw: As ``ModelPlugin.predict`` takes them.
        inputs: Of the exported model, by name.
        data: Tells the columns that stand side by side.
    """
    if stacks(data.spec):
        given: Any = Stacking(data.spec)(raw)
    else:
        given = raw if isinstance(raw, Mapping | pd.DataFrame) else {next(iter(inputs)): raw}
    return {name: _array(given[name], one.dtype) for name, one in inputs.items()}


def _array(values: Any, dtype: str) -> np.ndarray:
    if dtype != "string":
        return np.asarray(values, dtype)
    flat = [one.decode() if isinstance(one, bytes) else str(one) for one in np.asarray(values, object).ravel()]
    return np.array(flat, np.str_).reshape(np.shape(values))


def by_column(raw: Any) -> dict[str, np.ndarray]:
    """Raw samples by the columns' own names, or one array under an empty name; texts as NumPy's own."""
    if not isinstance(raw, Mapping | pd.DataFrame):
        return {"": np.asarray(raw)}
    found = {str(name): np.asarray(raw[name]) for name in raw}
    return {name: _array(one, "string") if one.dtype.kind in "OSU" else one for name, one in found.items()}
