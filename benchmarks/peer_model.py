"""The peers' model and data: what automl's cnn is for the same hyperparameters, in plain Keras, on the same split."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy as np

from automl.data.arrays.digits import Digits


def split() -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Train and validation part of the digits as arrays, split as automl does."""
    with tempfile.TemporaryDirectory() as folder:
        data = Digits("digits", "image_classification").open(Path(folder), 42)
        (x, y), (validation_x, validation_y) = data.train.arrays(), data.validation.arrays()
    return (x.astype(np.float32), y), (validation_x.astype(np.float32), validation_y)


def model(filters: int, blocks: int, dense: int, dropout: float, learning_rate: float, x: Any) -> keras.Model:
    """A compiled network: two convolutions a block, batch normalization, pooling, a dense head."""
    layers: list[Any] = [keras.Input(x.shape[1:])]
    layers.append(keras.layers.Normalization(mean=x.mean(), variance=x.var()))
    for block in range(blocks):
        for _ in range(2):
            width = filters * 2**block
            layers.append(keras.layers.Conv2D(width, 3, padding="same", use_bias=False, kernel_initializer="he_normal"))
            layers += [keras.layers.BatchNormalization(momentum=0.9), keras.layers.ReLU()]
        layers.append(keras.layers.MaxPooling2D())
    layers += [keras.layers.GlobalAveragePooling2D(), keras.layers.Dropout(dropout)]
    if dense:
        layers += [keras.layers.Dense(dense, "relu"), keras.layers.Dropout(dropout)]
    layers.append(keras.layers.Dense(10, "softmax"))
    network = keras.Sequential(layers)
    network.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network
