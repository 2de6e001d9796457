"""How columns enter networks: robust scales of numbers, one-hot codes and embeddings of categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.data import DataSpec


@keras.saving.register_keras_serializable(package="automl_tabular")
class RobustScale(keras.layers.Layer):  # type: ignore[misc]
    """Numbers less their median, over their middle half, clipped smoothly to (-3, 3) (Holzmüller et al. 2024).

    Args:
        center: By feature.
        factor: What differences from it are multiplied by, by feature.
    """

    def __init__(self, center: Any, factor: Any, **options: Any) -> None:
        super().__init__(**options)
        self.center = np.asarray(center, np.float32)
        self.factor = np.asarray(factor, np.float32)

    def call(self, inputs: Any) -> Any:
        """(batch, features) to the same."""
        scaled = (inputs - self.center) * self.factor
        return scaled * keras.ops.rsqrt(1.0 + keras.ops.square(scaled / 3.0))

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "center": self.center.tolist(), "factor": self.factor.tolist()}


def robust_scale(spec: DataSpec) -> RobustScale:
    """The scale that the train part's quantiles tell: that of half the range where the middle half is one value."""
    quantiles = np.array(spec.statistics["quantiles"])
    last = quantiles.shape[1] - 1
    low, first, center, third, high = quantiles[:, [0, last // 4, last // 2, 3 * last // 4, last]].T
    spread = np.where(third > first, third - first, 0.5 * (high - low))
    return RobustScale(center, np.where(spread > 0.0, 1.0 / np.where(spread > 0.0, spread, 1.0), 0.0))


@keras.saving.register_keras_serializable(package="automl_tabular")
class OneHot(keras.layers.Layer):  # type: ignore[misc]
    """Codes of categories as zeros and ones, all columns side by side; a code of 0, the unknown, has no one.

    Args:
        columns: Those that are taken out of the inputs.
        sizes: Categories of each of them.
    """

    def __init__(self, columns: Sequence[int], sizes: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.columns = list(columns)
        self.sizes = list(sizes)

    def call(self, inputs: Any) -> Any:
        """Codes (batch, any) to (batch, categories of all columns)."""
        codes = keras.ops.take(inputs, np.repeat(self.columns, self.sizes), axis=1)
        values = np.concatenate([np.arange(1, size + 1) for size in self.sizes])
        return keras.ops.cast(keras.ops.equal(codes, values.astype(np.int32)), self.compute_dtype)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "columns": self.columns, "sizes": self.sizes}


def category_sizes(spec: DataSpec) -> list[int]:
    """How many values of each column of categories are known, in the order of the codes."""
    vocabularies = spec.statistics["vocabularies"]
    return [len(vocabularies[name]) for name, kind in spec.details["columns"] if kind == "categorical"]


def categories(codes: Any, spec: DataSpec, one_hot: int) -> tuple[list[Any], list[int]]:
    """Columns of up to ``one_hot`` categories as ones and zeros, an embedding for each of the others.

    The length of an embedding grows slowly with the number of categories (as in fast.ai's tables).

    Returns:
        Tensors (batch, any) to be concatenated, and how many of their numbers belong to one column each.
    """
    sizes = category_sizes(spec)
    small = [column for column, size in enumerate(sizes) if size <= one_hot]
    parts, lengths = [], [sizes[column] for column in small]
    if small:
        parts.append(OneHot(small, lengths)(codes))
    for column, size in enumerate(sizes):
        if size > one_hot:
            lengths.append(min(64, round(1.6 * (size + 1) ** 0.56)))
            parts.append(keras.layers.Embedding(size + 1, lengths[-1])(codes[:, column]))
    return parts, lengths
