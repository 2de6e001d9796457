"""What the supervised training loop promises to every plugin that inherits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from automl.errors import ConfigError
from automl.plugin import Trial, TrialFailed
from automl.settings import Supervised
from automl.tasks import load_task
from automl.testing.data import tiny
from automl.training import KerasPlugin, head
from automl.training.best import Best
from automl.training.objectives import supervised_task
from automl.training.optimizers import Schedule, make_optimizer
from automl.training.pipeline import evaluation_batches, train_batches
from automl.training.precision import precision

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset, DataSpec


@dataclass
class Linear(KerasPlugin):
    bias: float = 0.0

    def build(self, spec: DataSpec) -> keras.Model:
        inputs = keras.Input(spec.input.shape)
        return keras.Model(inputs, head(spec)(keras.layers.Flatten()(inputs)))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return tiny("image_classification", tmp_path_factory.mktemp("cache"))


def trial(folder: Path, **training: Any) -> Trial:
    config = {"training": {"epochs": 4, "batch_size": 16, "learning_rate": 0.01, **training}}
    return Trial(config, folder, seed=1, objective="val_accuracy", direction="maximize")


def test_the_best_epoch_is_kept_not_the_last(data: Dataset, tmp_path: Path) -> None:
    running = trial(tmp_path, epochs=6, learning_rate=0.3, schedule="constant")
    plugin = Linear()
    result = plugin.fit(data, running)
    values = [row["val_accuracy"] for row in running.history]
    assert result.metrics["val_accuracy"] == max(values)
    found = load_task("image_classification").score(plugin, data, data.validation)
    assert found["accuracy"] == pytest.approx(max(values))
    assert result.steps == 6


def test_training_stops_when_patience_is_over(data: Dataset, tmp_path: Path) -> None:
    running = trial(tmp_path, epochs=50, patience=2, learning_rate=1e-9)
    result = Linear().fit(data, running)
    assert result.steps == 3


def test_a_loss_that_is_not_finite_fails_the_trial(data: Dataset, tmp_path: Path) -> None:
    class Unbounded(Linear):
        def build(self, spec: DataSpec) -> keras.Model:
            inputs = keras.Input(spec.input.shape)
            return keras.Model(inputs, 3e38 * head(spec)(keras.layers.Flatten()(inputs)))

    with pytest.raises(TrialFailed, match=r"The (training|validation) loss became (nan|inf) in epoch") as error:
        Unbounded().fit(data, trial(tmp_path))
    assert error.value.kind == "nan"


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "nadam", "sgd", "rmsprop", "lion"])
def test_every_optimizer_learns(data: Dataset, tmp_path: Path, optimizer: str) -> None:
    rate = 1e-3 if optimizer == "lion" else 0.01
    running = trial(tmp_path, optimizer=optimizer, learning_rate=rate, weight_decay=1e-4, clip_norm=1.0)
    Linear().fit(data, running)
    assert running.history[-1]["loss"] < running.history[0]["loss"]


@pytest.mark.parametrize("augmentation", ["flip_crop", "rand_augment", "mixup"])
def test_augmentation_changes_the_train_part_alone(data: Dataset, augmentation: str) -> None:
    settings = Supervised(augmentation=augmentation, batch_size=32)  # type: ignore[arg-type]
    raw = next(iter(train_batches(data.train, data.spec, Supervised(batch_size=32), seed=1)))
    changed = next(iter(train_batches(data.train, data.spec, settings, seed=1)))
    again = next(iter(train_batches(data.train, data.spec, settings, seed=1)))
    assert changed[0].shape == raw[0].shape
    assert not np.allclose(tf.cast(raw[0], tf.float32), changed[0])
    np.testing.assert_allclose(changed[0], again[0])
    np.testing.assert_allclose(tf.reduce_sum(changed[1], axis=1), 1.0, rtol=1e-5)
    held = np.concatenate([batch[0] for batch in evaluation_batches(data.validation, data.spec, 32)])
    assert (held == data.validation.arrays()[0]).all()


def test_balanced_weights_make_classes_count_alike(data: Dataset) -> None:
    weights = supervised_task(data.spec).class_weights(data.train, data.spec)
    counts = np.bincount(data.train.arrays()[1])
    assert weights is not None
    np.testing.assert_allclose(weights * counts, weights[0] * counts[0], rtol=1e-6)
    assert np.sum(weights * counts) == pytest.approx(len(data.train))


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("constant", (1.0, 1.0, 1.0)),
        ("cosine", (1.0, 0.5, 0.0)),
        ("exponential", (1.0, 0.1, 0.01)),
        ("step", (1.0, 0.1, 0.01)),
    ],
)
def test_schedules_fall_as_they_say(name: str, shares: tuple[float, ...]) -> None:
    schedule = Schedule(Supervised(learning_rate=2.0, schedule=name), steps=100)  # type: ignore[arg-type]
    assert [float(schedule(step)) / 2.0 for step in (0, 50, 100)] == pytest.approx(shares, abs=1e-6)


def test_warm_up_rises_in_a_line() -> None:
    schedule = Schedule(Supervised(learning_rate=1.0, schedule="constant", warmup=0.1), steps=100)
    assert [float(schedule(step)) for step in (0, 4, 9, 10)] == pytest.approx([0.1, 0.5, 1.0, 1.0])


def test_label_smoothing_and_focal_loss_are_those_of_the_papers(data: Dataset) -> None:
    target, logits = np.array([[1.0, 0.0, 0.0]]), np.array([[2.0, 0.0, 0.0]])
    log_p = logits - np.log(np.exp(logits).sum())
    smooth = supervised_task(data.spec).loss(data.spec, Supervised(label_smoothing=0.3))(target, logits)
    assert float(smooth) == pytest.approx(-(log_p * [0.8, 0.1, 0.1]).sum(), rel=1e-5)
    focal = supervised_task(data.spec).loss(data.spec, Supervised(loss="focal"))(target, logits)
    p = np.exp(log_p[0, 0])
    assert float(focal) == pytest.approx(-0.25 * (1 - p) ** 2 * np.log(p), rel=1e-4)


def test_a_loss_of_another_task_is_refused(data: Dataset) -> None:
    with pytest.raises(ConfigError, match=r"training.loss: image_classification has no loss .huber.\. Available: auto"):
        Linear().prepare(data.spec, {"loss": "huber"})


def test_only_sgd_has_momentum() -> None:
    settings = Supervised(optimizer="sgd", momentum=0.8)
    assert make_optimizer(settings, Schedule(settings, 10)).momentum == 0.8


def test_mixed_precision_is_restored_and_the_head_stays_in_32_bits(data: Dataset, tmp_path: Path) -> None:
    before = keras.config.dtype_policy().name
    with precision("on") as policy:
        assert policy == "mixed_bfloat16"
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == before
    with precision("auto") as policy:
        assert policy == ("float32" if not tf.config.list_physical_devices("GPU") else policy)
    plugin = Linear()
    plugin.fit(data, trial(tmp_path, mixed_precision="on", epochs=1))
    assert plugin.predict(data.test.arrays()[0]).dtype == np.float32
    assert keras.config.dtype_policy().name == before


def test_predictions_are_probabilities_of_raw_inputs(data: Dataset, tmp_path: Path) -> None:
    plugin = Linear()
    plugin.fit(data, trial(tmp_path, epochs=1))
    predictions = plugin.predict(data.test.arrays()[0])
    assert data.test.arrays()[0].dtype == np.uint8
    np.testing.assert_allclose(predictions.sum(axis=1), 1.0, rtol=1e-5)


def test_ties_of_the_objective_are_broken_by_the_loss() -> None:
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    best = Best("val_accuracy", "maximize", patience=2)
    for step, (accuracy, loss) in enumerate([(0.9, 0.5), (0.9, 0.4), (0.8, 0.1), (0.9, 0.6)], start=1):
        best.update(step, {"val_accuracy": accuracy, "val_loss": loss}, model.get_weights)
    assert best.step == 2
    assert best.exhausted(4)  # a better loss alone does not buy time
