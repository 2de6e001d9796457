"""Attention over columns, and its layers against what the paper says in NumPy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.data.spec import TensorSpec
from automl.errors import ConfigError
from automl.testing.data import tiny
from automl_tabular.ft_transformer import FTTransformer
from automl_tabular.tokens import AnswerToken, CategoryTokens, Compress, NumberTokens, ReGLU

if TYPE_CHECKING:
    from pathlib import Path

RANDOM = np.random.default_rng(0)


def test_every_column_is_a_token() -> None:
    numbers, codes = RANDOM.normal(size=(5, 3)).astype(np.float32), np.array([[0, 4], [2, 1]], np.int32)
    layer = NumberTokens(8)
    tokens = np.asarray(layer(numbers))
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(tokens, numbers[..., None] * kernel + bias, rtol=1e-5, atol=1e-6)
    other = CategoryTokens([2, 4], 8)
    tokens = np.asarray(other(codes))
    table, bias = other.get_weights()
    assert table.shape == (3 + 5, 8)
    np.testing.assert_allclose(tokens, table[[[0, 7], [2, 4]]] + bias, rtol=1e-6)
    assert np.abs(table).max() <= 1 / np.sqrt(8)


def test_the_answer_stands_before_all_columns() -> None:
    layer = AnswerToken()
    tokens = RANDOM.normal(size=(5, 3, 8)).astype(np.float32)
    outputs = np.asarray(layer(tokens))
    np.testing.assert_array_equal(outputs[:, 1:], tokens)
    np.testing.assert_array_equal(outputs[:, 0], np.tile(layer.get_weights()[0], (5, 1)))


def test_many_tokens_are_summed_to_few_and_gates_pass_what_is_positive() -> None:
    layer = Compress(2)
    tokens = RANDOM.normal(size=(5, 3, 8)).astype(np.float32)
    outputs = np.asarray(layer(tokens))
    np.testing.assert_allclose(outputs, np.einsum("ntw,ts->nsw", tokens, layer.get_weights()[0]), rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(np.asarray(ReGLU()(tokens)), tokens[..., :4] * np.maximum(tokens[..., 4:], 0.0))


@pytest.mark.parametrize("left", ["numeric", "categorical"])
def test_tables_of_one_kind_of_column_are_taken(tmp_path: Path, left: str) -> None:
    spec = tiny("tabular_classification", tmp_path).spec.encoded
    assert isinstance(spec.inputs, dict)
    network = FTTransformer().build(replace(spec, inputs={left: spec.inputs[left]}))
    assert set(network.input) == {left}
    assert network.output_shape == (None, 2)


def test_attention_to_many_columns_costs_no_more_than_its_bound(tmp_path: Path) -> None:
    spec = tiny("tabular_classification", tmp_path).spec.encoded
    quantiles = np.tile(np.linspace(-1, 1, 65), (300, 1)).tolist()
    wide: Any = replace(
        spec, inputs={"numeric": TensorSpec((300,), "float32")}, statistics={**spec.statistics, "quantiles": quantiles}
    )
    network = FTTransformer(compression=32).build(wide)
    assert [layer.output.shape for layer in network.layers if isinstance(layer, Compress)] == [(None, 32, 64)] * 4
    assert not [layer for layer in FTTransformer(compression=300).build(wide).layers if isinstance(layer, Compress)]


def test_a_width_that_heads_do_not_divide_is_refused(tmp_path: Path) -> None:
    spec = tiny("tabular_classification", tmp_path).spec.encoded
    with pytest.raises(ConfigError, match=r"model.width: .* multiple of model.heads=4. Received: 63. Choose 60"):
        FTTransformer(width=63).build(spec)
