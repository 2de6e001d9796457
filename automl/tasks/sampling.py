"""New samples like the data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

import numpy as np

from automl.errors import ConfigError
from automl.inheritance import override
from automl.tasks.base import Task
from automl.tasks.distributions import frechet_distance, precision_recall
from automl.tasks.image_features import image_features
from automl.tasks.samples import tiny_images
from automl.tasks.units import unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from automl.data import Dataset, DataSpec, Part
    from automl.plugin import ModelPlugin

MOST = 2048
"""Samples, and images of a part, that are compared: the distances of all pairs of them take a second."""
_SEED = 0
_COMPONENTS = 64
_MOST_NUMBERS = 20_000_000
"""Pixels of which the baseline's principal components are taken."""

_real: WeakKeyDictionary[Part, np.ndarray] = WeakKeyDictionary()


@runtime_checkable
class Sampler(Protocol):
    """What a plugin has to have for this task."""

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Samples of shape (count, ...), in the unit of the data; of the same seed the same.

        A model that is conditioned on labels draws each as often as the train part has it.
        """


class Sampling(Task):
    """Samples; a plugin of this task is a ``Sampler``, and its predictions are samples that were asked for by seeds.

    A plugin reports ``val_`` metrics by ``measure`` after its epochs, and may have ``requests(count, seed)``: the
    inputs, by name, that make ``predict`` draw so many samples, as a served model is asked.
    """

    captions: ClassVar[dict[str, str]] = {
        "samples": "Samples as they were drawn or, where there are labels, sorted by what they look like.",
        "neighbours": "Samples, and below each the nearest images of the train part: copies would be seen.",
        "sampling": "How samples compare with the test part, beside how images of the train part do.",
    }

    def check(self, spec: DataSpec, config: Mapping[str, Any]) -> None:
        """See ``Task.check``: samples are compared as images."""
        del config
        if len(spec.input.shape) != 3:
            raise ConfigError(f"data.task: sampling is of images. Received: samples of shape {spec.input.shape}.")

    def check_asked(self) -> None:
        """See ``Task.check_asked``: there is nothing to say of an image."""
        raise ConfigError(
            "predict: this model draws new images, and says nothing of others. Ask for some: python -m automl predict"
            " <study> --samples 16 --out <folder>."
        )

    @override
    def sample(self, plugin: ModelPlugin, spec: DataSpec, count: int, seed: int) -> np.ndarray:
        return in_bytes(draw(_sampler(plugin), spec, count, seed), spec)

    @override
    def check_model(self, plugin: ModelPlugin) -> None:
        _sampler(plugin)

    def score(self, plugin: ModelPlugin, data: Dataset, part: Part) -> dict[str, float]:
        """See ``Task.score``; the part's images stand for the distribution."""
        return self.measure(_sampler(plugin), data, part)

    def measure(self, sampler: Sampler, data: Dataset, part: Part) -> dict[str, float]:
        """The metrics of samples beside a part, for plugins that are still learning, too."""
        return measured(data, part, draw(sampler, data.spec, min(MOST, len(part))))

    def baseline(self, data: Dataset, part: Part) -> dict[str, float]:
        """See ``Task.baseline``: samples of a Gaussian with the moments of the train part's principal components."""
        return self.measure(_Gaussian(data), data, part)

    def draw(self, plugin: ModelPlugin, data: Dataset, predictions: np.ndarray | None, folder: Path) -> None:
        """Write samples, their metrics beside those of real images, and the nearest images of the train part."""
        from automl.tasks.sampling_figures import draw_samples

        del predictions
        draw_samples(self, _sampler(plugin), data, folder)

    def example(self, plugin: ModelPlugin, part: Part, count: int) -> Any:
        """See ``Task.example``: what ``plugin.requests`` tells, where it has that."""
        requests = getattr(plugin, "requests", None)
        return super().example(plugin, part, count) if requests is None else requests(count, _SEED)

    def answer(self, predictions: np.ndarray, spec: DataSpec) -> pd.DataFrame:
        """See ``Task.answer``: a column a value of the sample, row by row of the image."""
        import pandas as pd

        del spec
        return pd.DataFrame(np.asarray(predictions).reshape(len(predictions), -1))

    @override
    def tiny(self, folder: Path) -> Dataset:
        return tiny_images(self.info.name, folder)


def draw(sampler: Sampler, spec: DataSpec, count: int, seed: int = _SEED) -> np.ndarray:
    """Samples as data of this kind are stored: of their type, and within their range of values."""
    samples = np.asarray(sampler.sample(count, seed))
    expected = (count, *spec.input.shape)
    if samples.shape != expected or not np.isfinite(samples).all():
        kind = f"shape {samples.shape}" if samples.shape != expected else "values that are not finite"
        raise ConfigError(f"model: sample({count}, {seed}) must return numbers of shape {expected}. Received: {kind}.")
    low, high = spec.details.get("value_range", (-math.inf, math.inf))
    samples = np.clip(samples, low, high)
    whole = np.dtype(spec.input.dtype).kind in "iu"
    return np.asarray(np.rint(samples) if whole else samples, spec.input.dtype)


def in_bytes(images: np.ndarray, spec: DataSpec) -> np.ndarray:
    """Images in the data's unit, from black at 0 to white at 255."""
    return np.asarray(np.rint(unit(images, spec).clip(0.0, 1.0) * 255.0), np.uint8)


def measured(data: Dataset, part: Part, images: np.ndarray) -> dict[str, float]:
    """The metrics of raw images beside a part."""
    network = image_features(data)
    if part not in _real:
        _real[part] = network(np.asarray(part.sample(MOST)))[0]
    features, probabilities = network(images)
    precision, recall = precision_recall(_real[part], features)
    found = {
        "frechet_distance": frechet_distance(_real[part], features),
        "precision": precision,
        "recall": recall,
    }
    if data.spec.classes:
        shares = np.bincount(probabilities.argmax(axis=1), minlength=len(data.spec.classes)) / len(images)
        found |= {"confidence": float(probabilities.max(axis=1).mean()), "coverage": float(shares.min())}
    return found


def _sampler(plugin: Any) -> Sampler:
    if isinstance(plugin, Sampler):
        return plugin
    raise ConfigError(
        "model: the task sampling needs a model that draws samples, by a method sample(count, seed)."
        f" Received: {type(plugin).__name__}, which has none."
    )


class _Gaussian:
    """Draws from a Gaussian in the space of the train part's first principal components."""

    def __init__(self, data: Dataset) -> None:
        from sklearn.decomposition import PCA

        self._shape = data.train.examples(1).shape[1:]
        rows = max(2, min(MOST, _MOST_NUMBERS // math.prod(self._shape)))
        images = np.asarray(data.train.sample(rows), np.float64).reshape(-1, math.prod(self._shape))
        components = min(_COMPONENTS, *images.shape)
        self._pca = PCA(components, svd_solver="randomized", random_state=0).fit(images)

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Raw images (count, height, width, channels), the same for the same seed."""
        deviations = np.sqrt(self._pca.explained_variance_)
        drawn = np.random.default_rng(seed).standard_normal((count, len(deviations))) * deviations
        return np.asarray(self._pca.inverse_transform(drawn)).reshape(count, *self._shape)
