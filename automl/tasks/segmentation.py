"""A class for each pixel of an image."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from automl.alive import beat
from automl.errors import ConfigError
from automl.inheritance import override
from automl.tasks.base import TalliedTask
from automl.tasks.brightness import Brightness
from automl.tasks.classification import chosen_loss
from automl.tasks.masks import confusion, dices, mask_scores, tally, unions
from automl.tasks.overlays import Extremes, draw_overlays
from automl.tasks.samples import tiny_masks

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from automl.data import Dataset, DataSpec, Part
    from automl.plugin import ModelPlugin
    from automl.settings import Supervised

_LOSSES = {
    "auto": "CrossEntropy",
    "cross_entropy": "CrossEntropy",
    "dice": "Dice",
    "cross_entropy_dice": "CrossEntropyDice",
    "focal": "Focal",
}
_UNSMOOTHED = {"dice"}
_STILL = {"mixup", "rand_augment"}
"""Augmentations that change images without their masks."""

_CHUNK_PIXELS = 1 << 21
_LEARNED = 1000


class Segmentation(TalliedTask):
    """Masks of class numbers (height, width); a model's predictions are probabilities (n, height, width, classes).

    All metrics are of the pixels of a part together, whole images of it, whatever the crops that were trained on:

    - ``miou``: the mean over the classes of intersection over union, as PASCAL VOC has it;
    - ``dice``: twice the intersection over the sum of both sizes; of two classes that of the second, or of the one that
      ``data.positive`` names; of more their mean;
    - ``pixel_accuracy``: the share of pixels that are called rightly;
    - ``log_loss``: the mean negative log-likelihood of a pixel's class, in nats.

    Means leave out classes that a part neither has nor is called. A pixel whose number is that of no class (what
    ``data.ignore`` names, what pads an image) is void: it counts neither in a loss nor in a metric.
    """

    every_epoch = ("miou", "dice", "pixel_accuracy", "log_loss")
    captions: ClassVar[dict[str, str]] = {
        "overlays": "The best and the worst images of the test part: image, truth, prediction, errors in red.",
        "classes": "Pixels of each class in the test part, and how well they are found.",
    }

    def check(self, spec: DataSpec, config: Mapping[str, Any]) -> None:
        """See ``Task.check``: masks move with their images, and a Dice loss has no probabilities to be smoothed."""
        training = config.get("training") or {}
        if training.get("augmentation", "none") in _STILL:
            raise ConfigError(
                "training.augmentation: masks have to move with their images; choose flip_crop, flip_rotate, elastic,"
                f" photometric or elastic_photometric. Received: '{training['augmentation']}' for data={spec.name}."
            )
        if training.get("loss") in _UNSMOOTHED and training.get("label_smoothing", 0.0) != 0.0:
            raise ConfigError(
                f"training.label_smoothing: the loss '{training['loss']}' has none; expected 0.0."
                f" Received: {training['label_smoothing']}."
            )

    def head(self, spec: DataSpec) -> Any:
        """See ``SupervisedTask.head``: logits at each place."""
        import keras

        return keras.layers.Conv2D(len(spec.classes), 1, dtype="float32", name="head")

    def decode(self, spec: DataSpec) -> Any:
        """See ``SupervisedTask.decode``: probabilities (batch, height, width, classes)."""
        import keras

        del spec
        return keras.layers.Softmax(dtype="float32", name="probabilities")

    @override
    def loss(self, spec: DataSpec, settings: Supervised) -> Any:
        from automl.tasks import mask_losses

        del spec
        name = chosen_loss(_LOSSES, self.info.name, settings)
        smoothing = {} if settings.loss in _UNSMOOTHED else {"label_smoothing": settings.label_smoothing}
        return getattr(mask_losses, name)(**smoothing)

    def encode(self, target: Any, spec: DataSpec) -> tuple[Any, Any]:
        """See ``SupervisedTask.encode``: one-hot (batch, height, width, classes), zeros where a pixel is void."""
        import tensorflow as tf

        classes = len(spec.classes)
        return tf.one_hot(tf.cast(target, tf.int32), classes), tf.cast(target < classes, tf.float32)

    @override
    def running(self, spec: DataSpec) -> tuple[Any, ...]:
        from automl.tasks.mask_losses import RunningIoU

        return (RunningIoU(len(spec.classes)),)

    def class_weights(self, part: Part, spec: DataSpec) -> np.ndarray:
        """Inverse frequencies, 1 on average over the pixels; 0 for void ones, whose number follows the classes'."""
        classes = len(spec.classes)
        counts = np.zeros(classes + 1)
        for _, target in _chunks(part, spec):
            counts += np.bincount(target.reshape(-1), minlength=classes + 1)
        counts = counts[:classes]
        weights: np.ndarray = counts.sum() / (classes * np.maximum(counts, 1.0))
        return np.append(weights, 0.0).astype(np.float32)

    @override
    def tally(self, spec: DataSpec, target: Any, outputs: Any) -> Any:
        from automl.tasks.mask_losses import graph_tally

        del spec
        return graph_tally(target, outputs)

    @override
    def tallied(self, spec: DataSpec, tallied: np.ndarray, names: Collection[str] | None = None) -> dict[str, float]:
        return mask_scores(tallied, names or self.info.metrics, _positive(spec))

    @override
    def scores(
        self, spec: DataSpec, target: np.ndarray, predictions: np.ndarray, names: Collection[str] | None = None
    ) -> dict[str, float]:
        return self.tallied(spec, tally(target, predictions), names)

    def score(self, plugin: ModelPlugin, data: Dataset, part: Part) -> dict[str, float]:
        """See ``Task.score``; neither images nor predictions are held."""
        total = sum(tally(target, predictions) for _, target, predictions in _predicted(plugin, part, data.spec))
        return self.tallied(data.spec, np.asarray(total))

    def baseline(self, data: Dataset, part: Part) -> dict[str, float]:
        """See ``Task.baseline``: what a pixel of its brightness mostly is, in at most 1,000 train images."""
        known = Brightness(data.spec)
        for images, target in _chunks(data.train.few(_LEARNED), data.spec):
            known.learn(images, target)
        total = sum(tally(target, known.predict(images)) for images, target in _chunks(part, data.spec))
        return self.tallied(data.spec, np.asarray(total))

    def draw(self, plugin: ModelPlugin, data: Dataset, predictions: np.ndarray | None, folder: Path) -> None:
        """The best and the worst test images with truth and prediction, and a table of the classes."""
        classes = len(data.spec.classes)
        total, extremes = np.zeros(classes**2 + 1), Extremes()
        for images, target, called in _predicted(plugin, data.test, data.spec, predictions):
            for image, truth, shares in zip(images, target, called, strict=True):
                one = tally(truth[np.newaxis], shares[np.newaxis])
                total += one
                extremes.take(mask_scores(one, ("miou",)).get("miou"), image, truth, shares.argmax(axis=-1))
        write_masks(confusion(total), data.spec.classes, folder / "classes.csv")
        draw_overlays(extremes, data.spec, int(confusion(total).sum(axis=1).argmax()), folder / "figures")

    def answer(self, predictions: np.ndarray, spec: DataSpec) -> pd.DataFrame:
        """See ``Task.answer``: the share of an image's pixels that each class is called for."""
        import pandas as pd

        called = predictions.argmax(axis=-1).reshape(len(predictions), -1)
        shares = np.stack([(called == number).mean(axis=1) for number in range(len(spec.classes))], axis=1)
        return pd.DataFrame(shares, columns=[f"share of {label}" for label in spec.classes])

    @override
    def pictures(self, predictions: np.ndarray, spec: DataSpec) -> np.ndarray:
        del spec
        return np.asarray(predictions.argmax(axis=-1), np.uint8)

    @override
    def tiny(self, folder: Path) -> Dataset:
        return tiny_masks(self.info.name, folder)


def write_masks(counts: np.ndarray, classes: Sequence[str], path: Path) -> None:
    """Write pixels, intersection over union, Dice, precision and recall of each class; true classes are the rows."""
    hits, actual, called = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    figures = (unions(counts), dices(counts), hits / np.maximum(called, 1), hits / np.maximum(actual, 1))
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["class", "pixels", "iou", "dice", "precision", "recall"])
        for label, pixels, *row in zip(classes, actual, *figures, strict=True):
            table.writerow([label, int(pixels), *(f"{value:.4f}" for value in row)])


def _positive(spec: DataSpec) -> int | None:
    found: int | None = spec.details.get("positive")
    return found


def _chunks(part: Part, spec: DataSpec) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Images and masks, some megapixels at a time."""
    height, width = spec.details["image_size"]
    for images, target in part.chunks(max(1, _CHUNK_PIXELS // (height * width))):
        yield images, target
        beat()


def _predicted(
    plugin: ModelPlugin, part: Part, spec: DataSpec, predictions: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Images, masks and predictions; those that are known need not be made again."""
    at = 0
    for images, target in _chunks(part, spec):
        yield images, target, plugin.predict(images) if predictions is None else predictions[at : at + len(target)]
        at += len(target)
