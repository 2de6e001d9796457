"""Columns of an encoded table, cut into bins of bytes: what trees are grown on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data import DataSpec, Part

MOST = 255
"""Bins of a column; the last value of a byte is left to scikit-learn, for what is missing."""
_SAMPLE = 200_000
"""Rows that are enough to find quantiles of."""
_ROWS = 16_384


@dataclass(frozen=True)
class Bins:
    """Numbers by the bin that they fall into, categories by their code.

    Columns of numbers come first. A number ``x`` is in bin ``b`` or one before it exactly where ``x <= edges[b]``, in
    32 bits, so that trees split the same rows by bins as by numbers.

    Attributes:
        edges: Of each column of numbers, rising.
        labels: How many each column of categories has; their codes begin at 1. Unknown ones are 0, and so are those
            beyond the 254 most frequent.
    """

    edges: Sequence[np.ndarray]
    labels: Sequence[int]

    @classmethod
    def of(cls, features: Mapping[str, np.ndarray], spec: DataSpec) -> Self:
        """Those for a train part, encoded."""
        numbers = features.get("numeric", np.zeros((0, 0), np.float32))
        sample = numbers[:: max(1, len(numbers) // _SAMPLE)]
        return cls([_edges(column) for column in sample.T], labels(spec))

    def __call__(self, features: Mapping[str, np.ndarray]) -> np.ndarray:
        """Encoded rows as (rows, columns) of bytes, those of a column side by side in memory."""
        count = len(next(iter(features.values())))
        binned = np.zeros((count, len(self.edges) + len(self.labels)), np.uint8, order="F")
        for number, edges in enumerate(self.edges):
            binned[:, number] = np.searchsorted(edges, features["numeric"][:, number])
        for number in range(len(self.labels)):
            binned[:, len(self.edges) + number] = known(features["categorical"][:, number])
        return binned

    @property
    def counts(self) -> np.ndarray:
        """How many bins each column has."""
        numbers = [len(edges) + 1 for edges in self.edges]
        return np.array([*numbers, *(min(MOST, count + 1) for count in self.labels)], np.uint32)

    @property
    def is_categorical(self) -> np.ndarray:
        """Of each column, whether its bins have no order."""
        return np.arange(len(self.edges) + len(self.labels)) >= len(self.edges)


def labels(spec: DataSpec) -> list[int]:
    """How many labels each column of categories has."""
    columns = [name for name, kind in spec.details["columns"] if kind == "categorical"]
    return [len(spec.statistics["vocabularies"][name]) for name in columns]


def known(codes: np.ndarray) -> np.ndarray:
    """Codes of categories as bytes, rare ones as unknown ones."""
    return np.where(codes < MOST, codes, 0).astype(np.uint8)


def encoded(part: Part) -> dict[str, np.ndarray]:
    """All samples of a part as batches hold them, ``numeric`` and ``categorical`` (n, columns)."""
    batches = [inputs for inputs, _ in part.batches(_ROWS).as_numpy_iterator()]
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def _edges(column: np.ndarray) -> np.ndarray:
    """The middles between neighbouring values; of many values, those quantiles that part them into equal bins."""
    values = np.unique(column)
    if len(values) > MOST:
        return np.unique(np.quantile(column, np.arange(1, MOST) / MOST, method="inverted_cdf"))
    below, above = values[:-1].astype(np.float64), values[1:]
    middles = ((below + above) / 2).astype(np.float32)
    return np.where(middles < above, middles, values[:-1])  # of neighbours in 32 bits the middle is one of them
