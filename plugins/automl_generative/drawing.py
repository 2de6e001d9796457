"""Samples that are asked for by seeds, and labels where a generator is conditioned on them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from automl_generative.latent import ClassNumber, Latent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.data import DataSpec
    from automl_generative.latent import Latents

_AT_ONCE = 1 << 19
"""Numbers in the images that are drawn at once."""
_SEEDS = 2**31


def drawing_model(generator: keras.Model, latents: Latents, spec: DataSpec, lowest: float) -> keras.Model:
    """From ``seed`` (n,), and ``label`` (n,) for a generator that takes numbers of classes, to raw images.

    Args:
        generator: From latent vectors to images with values from ``lowest`` to 1.
        latents: What the vectors are made of.
        spec: The data.
        lowest: -1 or 0.
    """
    inputs = {"seed": keras.Input((), dtype="int64", name="seed")}
    given = [Latent(**vars(latents), name="latent")(inputs["seed"])]
    if isinstance(generator.input, list):
        inputs["label"] = keras.Input((), dtype="string", name="label")
        given.append(ClassNumber(list(spec.classes), name="number")(inputs["label"]))
    low, high = spec.details.get("value_range", (0.0, 1.0))
    scale = (high - low) / (1.0 - lowest)
    images = generator(given if len(given) > 1 else given[0])
    raw = keras.layers.Rescaling(scale, low - lowest * scale, dtype="float32", name="raw")(images)
    return keras.Model(inputs, raw, name="drawing")


class Drawing:
    """Draws by a model of ``drawing_model``.

    Args:
        model: The model.
        spec: The data.
        shares: How often each class is drawn; of use where the model takes labels.

    Attributes:
        model: The model.
    """

    def __init__(self, model: keras.Model, spec: DataSpec, shares: np.ndarray | None = None) -> None:
        self.model = model
        self._names = [one.name for one in model.inputs]
        self._classes = np.array(spec.classes, object)
        self._shares = shares
        self._size = max(16, min(1024, _AT_ONCE // math.prod(length or 1 for length in spec.input.shape)))
        self._call = tf.function(lambda inputs: model(inputs, training=False), autograph=False, reduce_retracing=True)

    def requests(self, count: int, seed: int = 0) -> dict[str, np.ndarray]:
        """Seeds, and labels as often as the train part has them, of so many samples; of the same seed the same."""
        random = np.random.default_rng(seed)
        found: dict[str, np.ndarray] = {"seed": random.integers(_SEEDS, size=count)}
        if "label" in self._names:
            assert self._shares is not None
            # In equal steps through the shares, so that of few samples none is left out.
            places = (np.arange(count) + random.random()) / count
            numbers = np.searchsorted(np.cumsum(self._shares), places * self._shares.sum(), side="right")
            found["label"] = self._classes[random.permutation(np.minimum(numbers, len(self._shares) - 1))]
        return found

    def __call__(self, requests: Mapping[str, Any]) -> np.ndarray:
        """Raw images (n, height, width, channels) for ``seed`` (n,) and, where the model takes it, ``label`` (n,).

        Raises:
            ValueError: One of them is missing.
        """
        for name in self._names:
            if name not in requests:
                raise ValueError(f"predict: '{name}' is needed to draw a sample. Received: {', '.join(requests)}.")
        types = {"seed": tf.int64, "label": tf.string}
        given = {name: np.asarray(requests[name]) for name in self._names}
        starts = range(0, max(1, len(given["seed"])), self._size)
        parts = [{name: given[name][at : at + self._size] for name in given} for at in starts]
        tensors = [{name: tf.constant(part[name], types[name]) for name in part} for part in parts]
        return np.concatenate([np.asarray(self._call(one)) for one in tensors])

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Raw images."""
        return self(self.requests(count, seed))
