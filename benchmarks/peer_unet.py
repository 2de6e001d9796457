"""A plain Keras U-Net in a bare loop, for so many seconds: ``python peer_unet.py <arrays.npz> <seconds>``.

As a practitioner writes it at first: ``model.fit`` with Adam's defaults and batches of 32, epoch by epoch until
the time is over, the weights of the epoch with the best validation kept. It prints the mean intersection over union of
the test part.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

WIDTH, DEPTH, BATCH = 16, 3, 32


def build(classes: int) -> keras.Model:
    """Two convolutions with batch normalization a level, skip connections, transposed convolutions."""
    inputs = keras.Input((None, None, 1))
    x, passed = keras.layers.Rescaling(1 / 255)(inputs), []
    for level in range(DEPTH):
        x = _block(x, WIDTH * 2**level)
        passed.append(x)
        x = keras.layers.MaxPooling2D()(x)
    x = _block(x, WIDTH * 2**DEPTH)
    for level in reversed(range(DEPTH)):
        x = keras.layers.Conv2DTranspose(WIDTH * 2**level, 2, strides=2)(x)
        x = _block(keras.layers.Concatenate()([passed[level], x]), WIDTH * 2**level)
    return keras.Model(inputs, keras.layers.Conv2D(classes, 1, activation="softmax")(x))


def _block(x: Any, filters: int) -> Any:
    for _ in range(2):
        x = keras.layers.Conv2D(filters, 3, padding="same")(x)
        x = keras.layers.ReLU()(keras.layers.BatchNormalization()(x))
    return x


def miou(model: keras.Model, images: np.ndarray, masks: np.ndarray, classes: int) -> float:
    """Mean intersection over union of all pixels together."""
    metric = keras.metrics.MeanIoU(classes)
    for start in range(0, len(images), BATCH):
        rows = slice(start, start + BATCH)
        metric.update_state(masks[rows], np.asarray(model(images[rows], training=False)).argmax(axis=-1))
    return float(metric.result())


def main() -> None:
    """Train, and print the score."""
    began, seconds = time.perf_counter(), float(sys.argv[2])
    with np.load(sys.argv[1]) as stored:
        data = {name: stored[name] for name in stored.files}
    classes = int(data["y_train"].max()) + 1
    keras.utils.set_random_seed(0)
    model = build(classes)
    model.compile("adam", "sparse_categorical_crossentropy")
    best, weights, epochs = -1.0, model.get_weights(), 0
    longest = 0.0
    while time.perf_counter() - began + longest < seconds:
        start = time.perf_counter()
        model.fit(data["x_train"], data["y_train"], BATCH, verbose=0)
        reached = miou(model, data["x_val"], data["y_val"], classes)
        if reached > best:
            best, weights = reached, model.get_weights()
        epochs, longest = epochs + 1, max(longest, time.perf_counter() - start)
    model.set_weights(weights)
    print(epochs, miou(model, data["x_test"], data["y_test"], classes))


if __name__ == "__main__":
    main()
