from __future__ import annotations

import keras
import numpy as np
import pytest

from automl_vision.layers import StochasticDepth


def test_whole_samples_are_dropped_and_the_expectation_kept() -> None:
    layer = StochasticDepth(0.3, seed=1)
    outputs = keras.ops.convert_to_numpy(layer(np.ones((4000, 2, 2, 1), np.float32), training=True))
    dropped = (outputs == 0).all(axis=(1, 2, 3))
    assert np.logical_or(dropped, (outputs > 0).all(axis=(1, 2, 3))).all()
    assert dropped.mean() == pytest.approx(0.3, abs=0.03)
    assert outputs.mean() == pytest.approx(1.0, abs=0.05)


def test_inference_is_the_identity() -> None:
    inputs = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    np.testing.assert_array_equal(StochasticDepth(0.9)(inputs, training=False), inputs)


def test_it_survives_saving() -> None:
    layer = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(StochasticDepth(0.2, seed=3)))
    assert (layer.rate, layer.seed) == (0.2, 3)
