"""Keras callbacks and metrics that a plugin brings along."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras
import pytest

from automl.plugin import CHECKPOINT, Decision, Trial
from automl.testing.data import tiny
from automl.training import KerasPlugin, head
from automl.training.callbacks import Callbacks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, DataSpec


class Diary(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes down what it is called with, and stops after ``most`` epochs."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.seen = most, 0
        self.lines: list[str] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.lines.append(f"begin {type(self.model.optimizer).__name__}")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.lines.append(f"epoch {epoch}")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.seen += 1
        self.lines.append(" ".join(name for name in ("val_loss", "confidence", "val_confidence") if name in logs))
        self.model.stop_training = self.seen == self.most

    def on_train_end(self, logs: Any = None) -> None:
        self.lines.append("end")

    def get_state(self) -> int:
        return self.seen

    def set_state(self, state: int) -> None:
        self.seen = state


@dataclass
class Linear(KerasPlugin):
    most: int = 3

    def __post_init__(self) -> None:
        self.diaries: list[Diary] = []

    def build(self, spec: DataSpec) -> keras.Model:
        inputs = keras.Input(spec.input.shape)
        return keras.Model(inputs, head(spec)(keras.layers.Flatten()(inputs)))

    def metrics(self, spec: DataSpec) -> list[keras.metrics.Metric]:
        return [keras.metrics.MeanMetricWrapper(lambda _, outputs: keras.ops.max(outputs, axis=-1), "confidence")]

    def callbacks(self, settings: Any) -> list[keras.callbacks.Callback]:
        self.diaries.append(Diary(self.most))
        return self.diaries[-1:]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return tiny("image_classification", tmp_path_factory.mktemp("cache"))


def test_callbacks_hear_of_every_epoch_stop_a_trial_and_go_on_from_a_checkpoint(data: Dataset, tmp_path: Path) -> None:
    running = Trial({"training": {"epochs": 9}}, tmp_path, objective="val_accuracy", direction="maximize", seconds=0.0)
    plugin, kept = Linear(), []

    def keep(step: int, metrics: Mapping[str, float]) -> Decision:
        kept.extend([(tmp_path / CHECKPOINT).read_bytes()] if step == 2 else [])
        return Decision.CONTINUE

    running.answer = keep
    result = plugin.fit(data, running)
    told = "val_loss confidence val_confidence"
    assert plugin.diaries[0].lines == ["begin Adam", "epoch 0", told, "epoch 1", told, "epoch 2", told, "end"]
    assert result.steps == 3
    assert result.metrics["val_confidence"] == running.history[result.best_step - 1]["val_confidence"]
    plugin.save(tmp_path / "model")  # with nothing of the optimizer's
    (tmp_path / CHECKPOINT).write_bytes(kept[0])
    again = Linear()
    again.fit(data, replace(running, resume=True, should_stop=False, history=[], answer=lambda *_: Decision.CONTINUE))
    assert again.diaries[0].lines == ["begin Adam", "epoch 1", told, "epoch 2", told, "end"]


@pytest.mark.parametrize(
    ("callback", "message"),
    [
        (keras.callbacks.TerminateOnNaN(), r"TerminateOnNaN\.on_batch_end would never be called"),
        (keras.callbacks.LambdaCallback(on_train_batch_end=print), r"on_train_batch_end would never be called"),
        (print, r"expected a keras\.callbacks\.Callback\. Received: <built-in function print>"),
    ],
)
def test_what_could_not_be_called_is_refused(callback: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Callbacks([callback])
