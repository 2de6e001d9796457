"""The two networks of a deep convolutional generative adversarial network (Radford et al. 2016)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import keras

if TYPE_CHECKING:
    from automl_generative.latent import Latents

Normalisation = Literal["spectral", "batch", "layer"]

_SMALLEST = 4
"""Side in pixels at which a generator begins, or up to twice that."""
_WIDEST = 8
"""Filters are at most so many times those at full resolution."""
_LABEL = 32
"""Length of what a generator is told of a label."""
_START = 0.02
"""Deviation of initial weights (Radford et al. 2016)."""


def generator(
    shape: tuple[int, ...], latents: Latents, width: int, classes: int = 0, *, name: str = "generator"
) -> keras.Model:
    """From latent vectors, and numbers of classes where there are some, to images with values in [-1, 1].

    Args:
        shape: (height, width, channels) of an image, of any size.
        latents: What the vectors are made of.
        width: Filters at full resolution; twice as many at half of it, and so on.
        classes: How many classes it is conditioned on (Mirza and Osindero 2014); 0 for none.
        name: Of the model.
    """
    height, breadth, channels = shape
    ups = halvings(shape)
    rows, columns = (math.ceil(side / 2**ups) for side in (height, breadth))
    inputs = [keras.Input((latents.size,), name="vector")]
    x = inputs[0]
    if classes:
        inputs.append(keras.Input((), dtype="int32", name="number"))
        x = keras.layers.Concatenate()([x, keras.layers.Embedding(classes, _LABEL, _like_noise())(inputs[1])])
    filters = _filters(width, ups)
    x = keras.layers.Dense(rows * columns * filters[-1], use_bias=False, kernel_initializer=_normal())(x)
    x = _rectified(keras.layers.Reshape((rows, columns, filters[-1]))(x))
    for count in reversed(filters[:-1]):
        layer = keras.layers.Conv2DTranspose(count, 4, 2, "same", use_bias=False, kernel_initializer=_normal())
        x = _rectified(layer(x))
    x = keras.layers.Conv2D(channels, 3, padding="same", kernel_initializer=_normal())(x)
    images = keras.layers.Activation("tanh", dtype="float32")(x[:, :height, :breadth])
    return keras.Model(inputs if classes else inputs[0], images, name=name)


def discriminator(
    shape: tuple[int, ...], latents: Latents, width: int, classes: int, normalisation: Normalisation
) -> keras.Model:
    """From images with values in [-1, 1] (and numbers of classes) to realism and what is told of the codes.

    The outputs are (n, 1 + codes + categories). A class counts by the projection of its embedding on the features
    (Miyato and Koyama 2018).

    Args:
        shape: (height, width, channels) of an image.
        latents: Which codes are to be told.
        width: Filters at full resolution.
        classes: How many classes it is conditioned on; 0 for none.
        normalisation: ``spectral`` of weights (Miyato et al. 2018), or of features over the ``batch`` or the ``layer``.
    """

    def spectral(layer: keras.layers.Layer) -> keras.layers.Layer:
        return keras.layers.SpectralNormalization(layer) if normalisation == "spectral" else layer

    def convolution(filters: int, size: int, stride: int) -> keras.layers.Layer:
        start = keras.initializers.GlorotUniform() if normalisation == "spectral" else _normal()
        return spectral(keras.layers.Conv2D(filters, size, stride, "same", kernel_initializer=start))

    inputs = [keras.Input(shape, name="image")]
    filters = _filters(width, halvings(shape))
    x = keras.layers.LeakyReLU(0.2)(convolution(filters[0], 3, 1)(inputs[0]))
    for count in filters[1:]:
        x = convolution(count, 4, 2)(x)
        if normalisation != "spectral":
            x = (
                keras.layers.BatchNormalization()(x)
                if normalisation == "batch"
                else keras.layers.LayerNormalization()(x)
            )
        x = keras.layers.LeakyReLU(0.2)(x)
    flat = keras.layers.Flatten()(x)
    realism = spectral(keras.layers.Dense(1))(flat)
    if classes:
        inputs.append(keras.Input((), dtype="int32", name="number"))
        # Not an embedding: what Keras normalises spectrally is cast to the type of its inputs, here whole numbers.
        one_hot = keras.ops.one_hot(inputs[1], classes)
        embedded = spectral(keras.layers.Dense(flat.shape[-1], use_bias=False))(one_hot)
        realism = realism + keras.ops.sum(embedded * flat, axis=-1, keepdims=True)
    told = [realism]
    if latents.codes + latents.categories:
        hidden = keras.layers.LeakyReLU(0.2)(spectral(keras.layers.Dense(128))(flat))
        told.append(keras.layers.Dense(latents.codes + latents.categories)(hidden))
    outputs = keras.layers.Concatenate()(told) if len(told) > 1 else realism
    return keras.Model(inputs if classes else inputs[0], outputs, name="discriminator")


def halvings(shape: tuple[int, ...]) -> int:
    """How often the resolution is halved down to the features that a generator begins with."""
    return max(0, int(math.log2(max(1, min(shape[:2])) / _SMALLEST))) if min(shape[:2]) >= _SMALLEST else 0


def _filters(width: int, count: int) -> list[int]:
    """From full resolution down."""
    return [width * min(_WIDEST, 2**number) for number in range(count + 1)]


def _rectified(x: Any) -> Any:
    return keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(x))


def _like_noise() -> Any:
    """Smaller numbers, beside the noise, a generator takes long to heed."""
    return keras.initializers.RandomNormal(stddev=1.0)


def _normal() -> Any:
    return keras.initializers.RandomNormal(stddev=_START)
