"""How columns enter networks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import keras
import numpy as np

from automl.testing.data import tiny
from automl_tabular.columns import OneHot, categories, robust_scale

if TYPE_CHECKING:
    from pathlib import Path


def test_numbers_are_scaled_by_their_middle_half_and_clipped_smoothly(tmp_path: Path) -> None:
    """A feature whose middle half is one value is scaled by half its range; a constant one tells nothing."""
    spec = tiny("tabular_regression", tmp_path).spec.encoded
    random = np.random.default_rng(0)
    numbers = np.stack([random.lognormal(size=999), np.arange(999) % 10 == 0, np.full(999, 7.0)], axis=1)
    quantiles = np.quantile(numbers, np.linspace(0, 1, 65), axis=0).T.tolist()
    layer = robust_scale(replace(spec, statistics={**spec.statistics, "quantiles": quantiles}))
    low, center, high = np.quantile(numbers[:, 0], [0.25, 0.5, 0.75])
    scaled = np.stack([(numbers[:, 0] - center) / (high - low), numbers[:, 1] / 0.5, np.zeros(999)], axis=1)
    outputs = np.asarray(layer(numbers.astype(np.float32)))
    np.testing.assert_allclose(outputs, scaled / np.sqrt(1 + (scaled / 3) ** 2), rtol=1e-3, atol=1e-4)
    again = type(layer).from_config(layer.get_config())
    np.testing.assert_array_equal(np.asarray(again(numbers.astype(np.float32))), outputs)


def test_categories_are_ones_among_zeros_and_the_unknown_has_none() -> None:
    codes = np.array([[1, 9, 3], [0, 9, 1], [2, 9, 0]], np.int32)
    expected = [[1, 0, 0, 0, 1], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0]]
    np.testing.assert_array_equal(np.asarray(OneHot([0, 2], [2, 3])(codes)), expected)


def test_columns_of_many_categories_are_embedded(tmp_path: Path) -> None:
    spec = tiny("tabular_classification", tmp_path).spec
    names = [name for name, kind in spec.details["columns"] if kind == "categorical"]
    (name,) = names
    many = [str(number) for number in range(100)]
    spec = replace(spec, statistics={**spec.statistics, "vocabularies": {name: many}})
    codes = keras.Input((1,), dtype="int32")
    assert categories(codes, spec, 100)[1] == [100]
    parts, lengths = categories(codes, spec, 99)
    assert lengths == [21]
    assert parts[0].shape == (None, 21)
