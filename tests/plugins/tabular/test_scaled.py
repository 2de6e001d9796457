"""The layers of RealMLP against what the paper says in NumPy."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from automl_tabular.layers import DensePeriodic
from automl_tabular.scaled import InputScale, ParametricActivation, ScaledDense

NUMBERS = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)


def test_dense_layers_divide_weights_of_unit_variance_by_the_root_of_their_inputs() -> None:
    keras.utils.set_random_seed(0)
    layer = ScaledDense(500)
    outputs = np.asarray(layer(NUMBERS))
    kernel, bias = (np.asarray(one) for one in layer.get_weights())
    weights = 16.0 * kernel
    assert weights.std() == pytest.approx(1.0, rel=0.05)
    assert (1.6 * bias).std() == pytest.approx(1.0, rel=0.1)
    np.testing.assert_allclose(outputs, NUMBERS @ weights / np.sqrt(4) + 1.6 * bias, rtol=1e-4, atol=1e-5)
    last = ScaledDense(3, start=0.0)
    assert not np.asarray(last(NUMBERS)).any()


@pytest.mark.parametrize(("rate", "layer"), [(96.0, InputScale()), (1.6, ParametricActivation("selu"))])
def test_a_factor_is_a_multiple_of_the_rate_of_adam(rate: float, layer: keras.layers.Layer) -> None:
    """The used weight moves by the factor times the learning rate, as a group of parameters would elsewhere."""
    optimizer = keras.optimizers.Adam(0.01)
    layer.build((None, 4))
    (stored,) = layer.trainable_variables
    optimizer.build([stored])
    before = np.asarray(stored)
    optimizer.apply([keras.ops.convert_to_tensor(np.full(4, rate, np.float32))], [stored])
    np.testing.assert_allclose(rate * (before - np.asarray(stored)), rate * 0.01, rtol=1e-4)


def test_scales_begin_as_ones_and_activations_as_themselves() -> None:
    np.testing.assert_allclose(np.asarray(InputScale()(NUMBERS)), NUMBERS, rtol=1e-6)
    layer = ParametricActivation("mish")
    mish = NUMBERS * np.tanh(np.log1p(np.exp(NUMBERS)))
    np.testing.assert_allclose(np.asarray(layer(NUMBERS)), mish, rtol=1e-4, atol=1e-6)
    layer.set_weights([np.full(4, -0.5 / 1.6, np.float32)])
    np.testing.assert_allclose(np.asarray(layer(NUMBERS)), 0.5 * (mish + NUMBERS), rtol=1e-4, atol=1e-6)


def test_pbld_is_a_linear_layer_of_cosines_with_phases_beside_the_number() -> None:
    keras.utils.set_random_seed(0)
    layer = DensePeriodic(16, 0.5, 5)
    outputs = np.asarray(layer(NUMBERS))
    frequency, phase, kernel, bias = (1.6 * np.asarray(one) for one in layer.get_weights())
    assert frequency.std() == pytest.approx(0.5, rel=0.25)
    assert np.abs(phase).max() <= np.pi + 1e-6
    assert np.abs(phase).max() > 2.0
    assert 0.2 < np.abs(kernel).max() <= 0.25 + 1e-6
    waves = np.cos(2.0 * np.pi * NUMBERS[..., None] * frequency + phase)
    linear = np.einsum("nfb,fbw->nfw", waves, kernel) + bias
    np.testing.assert_allclose(outputs[..., :-1], linear, rtol=1e-3, atol=1e-5)
    np.testing.assert_array_equal(outputs[..., -1], NUMBERS)
