"""What images look like to a small network that was trained once on the train part: the space they are compared in."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from automl.alive import beat
from automl.data.cache import cached, digest

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset, DataSpec, Part

FEATURES = 64
_VERSION = 1
"""Goes up with any change of the network or of how it is trained."""
_BATCH = 64
_EPOCHS, _FEWEST_STEPS, _MOST_STEPS = 20, 300, 1500
"""Passes over a small train part, and how many batches there are at least and at most: it takes seconds on a core."""
_AT_ONCE = 512
_SCALED_BY = 2048
_SMALL, _LARGE = 32, 128
"""Sides in pixels above which the first convolution strides, and to which larger images are reduced."""

_kept: WeakKeyDictionary[Part, ImageFeatures] = WeakKeyDictionary()


class ImageFeatures:
    """A small convolutional network that tells classes apart; where there are no labels, how an image was turned.

    Telling the turn needs to know what things look like (Gidaris et al. 2018). Features are the last layer before the
    logits, divided so that their variance over the train part is 1 on average.

    Args:
        spec: The data.
        weights: Of the network, as ``train`` returned them; the last is the divisor.
    """

    def __init__(self, spec: DataSpec, weights: list[np.ndarray]) -> None:
        self._spec = spec
        self._network = _network(spec)
        *inner, self._deviation = weights
        self._network.set_weights(inner)

    def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features (n, 64) and probabilities of the classes (n, classes) of raw images (n, height, width, channels)."""
        parts = [images[start : start + _AT_ONCE] for start in range(0, len(images), _AT_ONCE)]
        features, logits = zip(*(self._network(np.asarray(part, np.float32)) for part in parts), strict=True)
        odds = np.concatenate(logits).astype(np.float64)
        odds = np.exp(odds - odds.max(axis=1, keepdims=True))
        return np.concatenate(features).astype(np.float64) / self._deviation, odds / odds.sum(axis=1, keepdims=True)


def image_features(data: Dataset) -> ImageFeatures:
    """The network of these data: out of the data cache, trained where that has none, the same for all trials."""
    if data.train not in _kept:
        _kept[data.train] = ImageFeatures(data.spec, _weights(data))
    return _kept[data.train]


def _weights(data: Dataset) -> list[np.ndarray]:
    whole = len(data.train) == data.spec.sizes.get("train")
    entry = f"image-features-{digest(_VERSION, data.spec.fingerprint)}"
    if data.cache is None or not (whole or (data.cache / entry).is_dir()):
        return train(data)

    def write(folder: Path) -> None:
        np.savez(folder / "weights.npz", *train(data))

    with np.load(cached(data.cache, entry, write) / "weights.npz") as stored:
        return [stored[name] for name in stored.files]


def train(data: Dataset) -> list[np.ndarray]:
    """The weights after some batches of the train part, a function of the data; the last is the divisor."""
    import keras

    network = _network(data.spec)
    inner = keras.Model(network.input, network.output[1])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    inner.compile(keras.optimizers.Adam(1e-3), loss, jit_compile=False, steps_per_execution=8)
    steps = min(_MOST_STEPS, max(_FEWEST_STEPS, _EPOCHS * data.train.steps(_BATCH)))
    batches = data.train.epochs(_BATCH, seed=0)
    if not data.spec.classes:
        batches = batches.map(_turned)
    alive = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: beat())
    inner.fit(batches, steps_per_epoch=steps, shuffle=False, verbose=0, callbacks=[alive])
    found: list[np.ndarray] = network.get_weights()
    features, _ = ImageFeatures(data.spec, [*found, np.array(1.0)])(np.asarray(data.train.sample(_SCALED_BY)))
    return [*found, np.array(math.sqrt(features.var(axis=0).mean()) or 1.0)]


def _network(spec: DataSpec) -> Any:
    """From raw images to (features, logits); 32-bit, and from weights of its own seeds, whatever trains beside it."""
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        return _layers(spec)
    finally:
        keras.config.set_dtype_policy(before)


def _layers(spec: DataSpec) -> Any:
    import keras

    seeds = iter(range(99))

    def convolution(filters: int, stride: int) -> Any:
        start = keras.initializers.HeNormal(seed=next(seeds))
        return keras.layers.Conv2D(filters, 3, stride, padding="same", activation="relu", kernel_initializer=start)

    def dense(units: int, activation: str | None = None) -> Any:
        start = keras.initializers.GlorotUniform(seed=next(seeds))
        return keras.layers.Dense(units, activation, kernel_initializer=start)

    height, width, channels = (int(length or 1) for length in spec.input.shape)
    low, high = spec.details.get("value_range", (0.0, 1.0))
    inputs = keras.Input((height, width, channels))
    x = keras.layers.Rescaling(2.0 / (high - low), -1.0 - 2.0 * low / (high - low))(inputs)
    if max(height, width) > _LARGE:
        share = _LARGE / max(height, width)
        height, width = max(1, round(height * share)), max(1, round(width * share))
        x = keras.layers.Resizing(height, width)(x)
    stride = 2 if max(height, width) > _SMALL else 1
    x, side, filters = convolution(32, stride)(x), math.ceil(max(height, width) / stride), 64
    while side > 4:
        x, side, filters = convolution(filters, 2)(x), math.ceil(side / 2), min(128, 2 * filters)
    features = dense(FEATURES, "relu")(keras.layers.Flatten()(x))
    return keras.Model(inputs, [features, dense(len(spec.classes) or 4)(features)])


def _turned(images: Any, target: Any) -> tuple[Any, Any]:
    """Each image of a batch turned by 0, 90, 180 or 270 degrees, and which; those that are not square mirrored."""
    import tensorflow as tf

    del target
    count = tf.shape(images)[0]
    kinds = tf.range(count) % 4
    if images.shape[1] == images.shape[2]:
        ways = [tf.image.rot90(images, number) for number in range(4)]
    else:
        ways = [images, tf.reverse(images, [1]), tf.reverse(images, [2]), tf.reverse(images, [1, 2])]
    return tf.gather_nd(tf.stack(ways), tf.stack([kinds, tf.range(count)], axis=1)), kinds
