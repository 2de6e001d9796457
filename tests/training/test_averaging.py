"""Averages of weights: what they are, that they are what is evaluated and kept, and that trials go on exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from automl.plugin import CHECKPOINT, Decision, Trial
from automl.settings import Supervised
from automl.tasks import load_task
from automl.testing.data import tiny
from automl.training import KerasPlugin, Phase, head
from automl.training.averaging import Equal, Exponential, Statistics, make_averaging
from automl.training.optimizers import Schedule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from automl.data import Dataset, DataSpec


@dataclass
class Normalized(KerasPlugin):
    """Batch normalization, random numbers, and a phase more where it is asked for."""

    phases_: int = 1

    def build(self, spec: DataSpec) -> keras.Model:
        inputs = keras.Input(spec.input.shape)
        x = keras.layers.Dense(8)(keras.layers.Flatten()(inputs))
        x = keras.layers.Dropout(0.1)(keras.layers.BatchNormalization(momentum=0.9)(x))
        return keras.Model(inputs, head(spec)(keras.layers.ReLU()(x)))

    def phases(self, network: keras.Model, settings: Supervised) -> Sequence[Phase]:
        return [Phase(settings.epochs)] * self.phases_


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return tiny("image_classification", tmp_path_factory.mktemp("cache"))


def trial(folder: Path, averaging: str, **training: Any) -> Trial:
    config = {"training": {"epochs": 4, "batch_size": 16, "learning_rate": 0.01, "averaging": averaging, **training}}
    return Trial(config, folder, seed=1, objective="val_log_loss", direction="minimize", seconds=0.0)


def network(*values: float) -> tuple[keras.Model, Any]:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.full((1, 1), values[0], np.float32)])
    return model, iter(values)


@pytest.mark.parametrize("every", [1, 2])
def test_the_exponential_average_is_without_bias(every: int) -> None:
    values, decay = np.array([5.0, 1.0, 2.0, 4.0, 0.0, 3.0]), 0.8
    model, _ = network(99.0)
    average = Exponential(model, decay, every)
    step = tf.function(average.after_step, autograph=False)
    for value in values:
        model.set_weights([np.full((1, 1), value, np.float32)])
        step()
    taken = values[every - 1 :: every]
    shares = decay ** (every * np.arange(len(taken))[::-1])
    assert average.values()[0].item() == pytest.approx((shares * taken).sum() / shares.sum(), rel=1e-5)


def test_the_equal_average_begins_late_and_gives_the_weights_back() -> None:
    model, _ = network(99.0)
    average = Equal(model, first=3)
    for value in (5.0, 1.0, 2.0, 4.0, 3.0):
        model.set_weights([np.full((1, 1), value, np.float32)])
        average.after_epoch()
        assert average.ready == (value not in (5.0, 1.0))
    assert average.values()[0].item() == pytest.approx(3.0)
    average.swap()
    assert model.get_weights()[0].item() == pytest.approx(3.0)
    average.swap()
    assert model.get_weights()[0].item() == 3.0


def test_statistics_are_those_of_the_batches_whatever_they_were() -> None:
    inputs = keras.Input((2,))
    still = keras.layers.BatchNormalization(name="still")
    still.trainable = False
    moving = keras.layers.BatchNormalization(momentum=0.99, name="moving")
    model = keras.Model(inputs, keras.Sequential([moving])(still(inputs)))
    moving.moving_mean.assign([7.0, -50.0])
    x = np.random.default_rng(1).normal([3.0, -2.0], [1.0, 4.0], (64, 2)).astype(np.float32)
    batches = tf.data.Dataset.from_tensor_slices((x, x, x)).batch(16)
    Statistics(model).renew(batches, 4)
    passed = x / np.sqrt(1.0 + still.epsilon)
    np.testing.assert_allclose(moving.moving_mean, passed.mean(axis=0), rtol=1e-3)
    np.testing.assert_allclose(moving.moving_variance, passed.reshape(4, 16, 2).var(axis=1).mean(axis=0), rtol=1e-3)
    np.testing.assert_array_equal(still.moving_mean, [0.0, 0.0])


def test_how_long_and_how_often_is_a_matter_of_the_steps() -> None:
    model, _ = network(0.0)
    assert make_averaging(Supervised(), model, 10, 10) is None
    short = make_averaging(Supervised(averaging="ema"), model, 10, 10)
    long = make_averaging(Supervised(averaging="ema"), model, 1000, 30)
    assert isinstance(short, Exponential)
    assert isinstance(long, Exponential)
    assert (short._every, long._every) == (1, 60)
    assert (short._decay, long._decay) == pytest.approx((0.9, (1 - 1 / 1200) ** 60))
    given = make_averaging(Supervised(averaging="ema", averaging_decay=0.99), model, 2, 30)
    assert isinstance(given, Exponential)
    assert given._every == 2


def test_the_rate_is_held_where_weights_are_averaged_equally() -> None:
    schedule = Schedule(Supervised(learning_rate=1.0), steps=100, hold=0.7)
    assert [float(schedule(step)) for step in (70, 90, 100)] == pytest.approx([0.2061] * 3, abs=1e-4)


@pytest.mark.parametrize("averaging", ["ema", "swa"])
def test_what_is_evaluated_is_what_is_kept(data: Dataset, tmp_path: Path, averaging: str) -> None:
    running, plugin = trial(tmp_path, averaging, epochs=6), Normalized()
    result = plugin.fit(data, running)
    values = [row["val_log_loss"] for row in running.history]
    assert result.metrics["val_log_loss"] == min(values)
    found = load_task("image_classification").score(plugin, data, data.validation)
    assert found["log_loss"] == pytest.approx(min(values), rel=1e-5)
    plain = trial(tmp_path, "none", epochs=6)
    Normalized().fit(data, plain)
    assert [row["val_log_loss"] for row in plain.history] != values
    if averaging == "ema":  # what is averaged goes on learning as if it were not
        assert [row["loss"] for row in plain.history] == [row["loss"] for row in running.history]


@pytest.mark.parametrize(("averaging", "phases"), [("ema", 1), ("swa", 2)])
def test_a_trial_goes_on_exactly(data: Dataset, tmp_path: Path, averaging: str, phases: int) -> None:
    kept: list[bytes] = []

    def keep(step: int, metrics: Any) -> Decision:
        kept.extend([(tmp_path / CHECKPOINT).read_bytes()] if step > 1 else [])
        return Decision.CONTINUE

    whole = Normalized(phases)
    running = replace(trial(tmp_path, averaging), answer=keep)
    whole.fit(data, running)
    expected = whole.predict(data.test.arrays()[0])
    for content in kept[2 :: len(kept) - 3 or 1]:
        (tmp_path / CHECKPOINT).write_bytes(content)
        resumed, plugin = replace(trial(tmp_path, averaging), resume=True, seconds=np.inf), Normalized(phases)
        plugin.fit(data, resumed)
        assert not resumed.notes
        assert [row["val_log_loss"] for row in resumed.history] == [row["val_log_loss"] for row in running.history]
        np.testing.assert_array_equal(plugin.predict(data.test.arrays()[0]), expected)
