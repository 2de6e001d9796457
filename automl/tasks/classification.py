"""One label for each sample: images, texts, sequences, rows of a table."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from automl.errors import ConfigError, nearest
from automl.inheritance import override
from automl.tasks.balance import write_class_counts
from automl.tasks.base import Settled, SupervisedTask
from automl.tasks.classes import class_scores
from automl.tasks.figures import confusion_matrix
from automl.tasks.mistakes import draw_mistakes
from automl.tasks.samples import tiny_images, tiny_sequences, tiny_table, tiny_texts
from automl.tasks.thresholds import Threshold, called, choose, has_threshold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from automl.data import Dataset, DataSpec, Part
    from automl.plugin import ModelPlugin
    from automl.settings import Supervised

_LOSSES = {
    "auto": "CategoricalCrossentropy",
    "cross_entropy": "CategoricalCrossentropy",
    "focal": "CategoricalFocalCrossentropy",
}
_COUNTED = ("accuracy", "balanced_accuracy", "f1", "precision", "recall", "mcc", "kappa", "top_3")
"""Metrics of the classes that are called: on a thousand samples two models must differ in a dozen to be told apart."""


class Classification(SupervisedTask):
    """Labels out of a closed set; the metrics are those of scikit-learn.

    A sample is called the class with the highest probability; of two classes the one that a threshold tells, where the
    objective is a metric of labels and gains by one.
    """

    every_epoch = ("accuracy", "log_loss")
    finer: ClassVar[dict[str, str]] = dict.fromkeys(_COUNTED, "log_loss")
    captions: ClassVar[dict[str, str]] = {
        "confusion_matrix": "How often each class was called what: rows are true classes, columns called ones.",
        "classes": "Of each class in the test part, the share of its calls that are right, and of its samples found.",
        "mistakes": "What the model is wrong about, and surest: the likeliest place for a wrong label, too.",
        "data_classes": "Samples of each class by part.",
    }

    def check(self, spec: DataSpec, config: Mapping[str, Any]) -> None:
        """See ``Task.check``: images alone are augmented."""
        check_augmentation(spec, config)

    def head(self, spec: DataSpec) -> Any:
        """See ``SupervisedTask.head``: logits."""
        import keras

        return keras.layers.Dense(len(spec.classes), dtype="float32", name="head")

    def decode(self, spec: DataSpec) -> Any:
        """See ``SupervisedTask.decode``: probabilities (batch, classes)."""
        import keras

        del spec
        return keras.layers.Softmax(dtype="float32", name="probabilities")

    @override
    def loss(self, spec: DataSpec, settings: Supervised) -> Any:
        import keras

        del spec
        name = chosen_loss(_LOSSES, self.info.name, settings)
        return getattr(keras.losses, name)(from_logits=True, label_smoothing=settings.label_smoothing)

    def encode(self, target: Any, spec: DataSpec) -> tuple[Any, Any]:
        """See ``SupervisedTask.encode``: one-hot."""
        import tensorflow as tf

        return tf.one_hot(target, len(spec.classes)), tf.ones_like(target, tf.float32)

    @override
    def running(self, spec: DataSpec) -> tuple[Any, ...]:
        import keras

        del spec
        return (keras.metrics.CategoricalAccuracy(name="accuracy"),)

    def class_weights(self, part: Part, spec: DataSpec) -> np.ndarray:
        """Inverse frequencies, 1 on average over the samples."""
        target = part.target()
        counts = np.bincount(target, minlength=len(spec.classes))
        weights: np.ndarray = len(target) / (len(spec.classes) * np.maximum(counts, 1))
        return weights.astype(np.float32)

    @override
    def scores(
        self, spec: DataSpec, target: np.ndarray, predictions: np.ndarray, names: Collection[str] | None = None
    ) -> dict[str, float]:
        positive, threshold = spec.details.get("positive"), Threshold.of(spec.details)
        return class_scores(target, predictions, names or self.info.metrics, positive, threshold)

    @override
    def settles(self, spec: DataSpec, objective: str) -> bool:
        return has_threshold(objective.removeprefix("val_"), len(spec.classes), spec.details.get("positive"))

    @override
    def settle(self, spec: DataSpec, target: np.ndarray, predictions: np.ndarray, objective: str) -> Settled:
        metric, positive = objective.removeprefix("val_"), spec.details.get("positive")
        found = choose(target, predictions, metric, positive) if self.settles(spec, objective) else None
        if found is None:
            return Settled()
        before, after = (
            class_scores(target, predictions, [metric], positive, threshold)[metric] for threshold in (None, found)
        )
        return Settled(
            {"threshold": {"class": found.positive, "value": found.value}},
            f"A sample is called '{spec.classes[found.positive]}' from a probability of {found.value:.3g} on, which on"
            f" validation is best for {metric}: {after:.4g} in the place of {before:.4g}.",
        )

    def baseline(self, data: Dataset, part: Part) -> dict[str, float]:
        """See ``Task.baseline``: the train part's frequencies, and so its majority class."""
        counts = np.bincount(data.train.target(), minlength=len(data.spec.classes))
        target = part.target()
        constant = np.broadcast_to(counts / counts.sum(), (len(target), len(counts)))
        return self.scores(data.spec, target, constant, ("accuracy", "log_loss", "balanced_accuracy"))

    def draw(self, plugin: ModelPlugin, data: Dataset, predictions: np.ndarray | None, folder: Path) -> None:
        """The confusion matrix, precision and recall and the number of each class, and the surest mistakes."""
        if predictions is None:
            predictions = plugin.predict(data.test.arrays()[0])
        target = data.test.target()
        counts = np.zeros((len(data.spec.classes),) * 2, int)
        labels = called(predictions, Threshold.of(data.spec.details))
        np.add.at(counts, (target, labels), 1)
        write_classes(counts, data.spec.classes, folder / "classes.csv")
        confusion_matrix(counts, data.spec.classes, folder / "figures")
        write_class_counts(data, folder)
        draw_mistakes(data, target, labels, predictions, folder)

    def answer(self, predictions: np.ndarray, spec: DataSpec) -> pd.DataFrame:
        """See ``Task.answer``: ``label``, its ``probability`` and those of every class."""
        import pandas as pd

        labels = called(predictions, Threshold.of(spec.details))
        sure = np.take_along_axis(predictions, labels[:, np.newaxis], axis=1)[:, 0]
        told = pd.DataFrame({"label": [spec.classes[index] for index in labels], "probability": sure})
        each = pd.DataFrame(predictions, columns=[f"probability of {label}" for label in spec.classes])
        return pd.concat([told, each], axis=1)


class ImageClassification(Classification):
    """One label for each image."""

    @override
    def tiny(self, folder: Path) -> Dataset:
        return tiny_images(self.info.name, folder)


class TextClassification(Classification):
    """One label for each text."""

    @override
    def tiny(self, folder: Path) -> Dataset:
        return tiny_texts(self.info.name, folder)


class SequenceClassification(Classification):
    """One label for each sequence of steps."""

    @override
    def tiny(self, folder: Path) -> Dataset:
        return tiny_sequences(self.info.name, folder)


class TabularClassification(Classification):
    """One label for each row of a table."""

    @override
    def tiny(self, folder: Path) -> Dataset:
        return tiny_table(self.info.name, folder, classes=True)


def write_classes(counts: np.ndarray, classes: Sequence[str], path: Path) -> None:
    """Write samples, precision and recall of each class; true classes are the rows of ``counts``."""
    hits, actual, called = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["class", "samples", "precision", "recall"])
        for row in zip(classes, actual, hits / np.maximum(called, 1), hits / np.maximum(actual, 1), strict=True):
            table.writerow([row[0], row[1], f"{row[2]:.4f}", f"{row[3]:.4f}"])


def check_augmentation(spec: DataSpec, config: Mapping[str, Any]) -> None:
    """Refuse to augment what is no image.

    Raises:
        ConfigError: ``training.augmentation`` is asked for other data than (height, width, channels).
    """
    from automl.data.spec import TensorSpec

    asked = (config.get("training") or {}).get("augmentation", "none")
    image = isinstance(spec.inputs, TensorSpec) and len(spec.inputs.shape) == 3
    if asked != "none" and not image:
        raise ConfigError(
            f"training.augmentation: only images can be augmented; data={spec.name} has none. Received: '{asked}'."
        )


def chosen_loss(known: Mapping[str, str], task: str, settings: Supervised) -> str:
    """The name of the Keras loss that the settings ask for.

    Raises:
        ConfigError: It is not one of this task's.
    """
    if settings.loss not in known:
        raise ConfigError(f"training.loss: {task} has no loss '{settings.loss}'. {nearest(settings.loss, known)}")
    return known[settings.loss]
