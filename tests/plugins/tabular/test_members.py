"""Several networks in one: what they share, what each has of its own, and how they are taken together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from automl.settings import Supervised
from automl.testing.data import tiny
from automl_tabular import members
from automl_tabular.members import Adapter, MemberDense
from automl_tabular.mlp import MLP

if TYPE_CHECKING:
    from pathlib import Path

RANDOM = np.random.default_rng(0)


def test_every_member_sees_the_inputs_times_factors_of_its_own() -> None:
    layer = Adapter(3, [2, 1])
    inputs = RANDOM.normal(size=(5, 3)).astype(np.float32)
    outputs = np.asarray(layer(inputs))
    (factors,) = layer.get_weights()
    assert factors.shape == (3, 3)
    np.testing.assert_array_equal(factors[:, 0], factors[:, 1])
    assert np.unique(factors[:, [0, 2]]).size == 6
    np.testing.assert_allclose(outputs, inputs[:, None] * factors, rtol=1e-6)


@pytest.mark.parametrize("scaled", [False, True])
def test_every_member_has_a_last_layer_of_its_own(scaled: bool) -> None:
    layer = MemberDense(2, scaled=scaled)
    inputs = RANDOM.normal(size=(5, 3, 4)).astype(np.float32)
    outputs = np.asarray(layer(inputs))
    kernel, bias = layer.get_weights()
    assert kernel.any() != scaled
    layer.set_weights([RANDOM.normal(size=kernel.shape), RANDOM.normal(size=bias.shape)])
    outputs = np.asarray(layer(inputs))
    kernel, bias = layer.get_weights()
    expected = [inputs[:, one] @ kernel[one] * (16.0 / 2.0 if scaled else 1.0) + bias[one] for one in range(3)]
    np.testing.assert_allclose(outputs, np.stack(expected, axis=1), rtol=1e-4, atol=1e-4)


def test_the_loss_is_the_mean_of_the_members_losses(tmp_path: Path) -> None:
    spec = tiny("tabular_classification", tmp_path).spec.encoded
    plugin, single = MLP(1, members=3), MLP(1, members=1)
    objective, alone = (one.objective(spec, Supervised(label_smoothing=0.1)) for one in (plugin, single))
    logits = RANDOM.normal(size=(6, 3, 2)).astype(np.float32)
    target, weight = np.eye(2, dtype=np.float32)[[0, 1, 1, 0, 1, 0]], np.array([1, 2, 1, 1, 0, 3], np.float32)
    losses = [float(alone.loss(target, logits[:, one], sample_weight=weight)) for one in range(3)]
    assert float(objective.loss(target, logits, sample_weight=weight)) == pytest.approx(np.mean(losses), rel=1e-5)
    (accuracy,) = objective.metrics
    accuracy.update_state(target, logits)
    called = logits.argmax(axis=2) == target.argmax(axis=1)[:, None]
    assert float(accuracy.result()) == pytest.approx(called.mean())
    assert accuracy.name == "accuracy"
    accuracy.reset_state()
    accuracy.update_state(target, np.repeat(target[:, None], 3, axis=1))
    assert float(accuracy.result()) == 1.0


def test_predictions_are_the_mean_of_the_members_probabilities(tmp_path: Path) -> None:
    spec = tiny("tabular_classification", tmp_path).spec.encoded
    logits = 3.0 * RANDOM.normal(size=(6, 3, 2)).astype(np.float32)
    odds = np.exp(logits)
    expected = (odds / odds.sum(axis=2, keepdims=True)).mean(axis=1)
    np.testing.assert_allclose(np.asarray(MLP(1, members=3).predictor(logits, spec)), expected, rtol=1e-5)


def test_predictions_keep_64_bits() -> None:
    assert members.mean(keras.ops.ones((2, 3, 1), "float64")).dtype == "float64"
