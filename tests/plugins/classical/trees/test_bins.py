"""Numbers fall into bins by comparisons in 32 bits, categories are their codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from automl.data.tables.csv import Csv
from automl_classical.trees.bins import MOST, Bins, _edges, encoded

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("count", [1, 2, 200, 3000])
def test_a_number_is_at_or_before_a_bin_where_it_is_at_most_the_edge(count: int) -> None:
    column = np.random.default_rng(0).normal(size=count).astype(np.float32)
    edges = _edges(column)
    assert edges.dtype == np.float32
    assert len(edges) < MOST
    (binned,) = Bins([edges], [])({"numeric": column[:, np.newaxis]}).T
    for place, edge in enumerate(edges):
        np.testing.assert_array_equal(binned <= place, column <= edge)
    if count <= MOST:
        assert len(np.unique(binned)) == count


def test_neighbours_in_32_bits_are_told_apart() -> None:
    low = np.float32(1.0)
    column = np.array([low, np.nextafter(low, np.float32(2))], np.float32)
    np.testing.assert_array_equal(Bins([_edges(column)], [])({"numeric": column[:, np.newaxis]}), [[0], [1]])


def test_rare_categories_are_as_unknown_ones(tmp_path: Path) -> None:
    rows = [f"{number % 7},이름{number % 300},{number}" for number in range(3000)]
    (tmp_path / "표.csv").write_text("\n".join(["수,이름,target", *rows]), encoding="utf-8")
    data = Csv("표", None, target="target", path=str(tmp_path / "표.csv")).open(tmp_path / "cache", 0)
    train = encoded(data.train)
    bins = Bins.of(train, data.spec)
    binned = bins(train)
    assert bins.labels[0] > MOST
    assert bins.counts.tolist() == [7, MOST]
    assert bins.is_categorical.tolist() == [False, True]
    codes = train["categorical"][:, 0]
    np.testing.assert_array_equal(binned[:, 1], np.where(codes < MOST, codes, 0))
