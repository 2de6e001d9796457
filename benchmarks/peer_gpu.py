"""What ``gpu.py`` measures beside automl: Keras Tuner's RandomSearch, and one ``fit`` after the other.

The order is a JSON object; the last line that is printed is the seconds that the trials took.
"""

from __future__ import annotations

import json
import random
import sys
import time
from typing import Any

import keras
import keras_tuner
import numpy as np
from peer_model import model


def resnet(learning_rate: float, shape: tuple[int, ...]) -> keras.Model:
    """ResNet-20 of width 16 (He et al. 2016), compiled."""
    layers, inputs = keras.layers, keras.Input(shape)
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(16, 3, padding="same", use_bias=False)(x)))
    for width, strides in ((16, 1), (32, 2), (64, 2)):
        for block in range(3):
            step = strides if block == 0 else 1
            y = layers.Conv2D(width, 3, step, padding="same", use_bias=False)(x)
            y = layers.ReLU()(layers.BatchNormalization()(y))
            y = layers.BatchNormalization()(layers.Conv2D(width, 3, padding="same", use_bias=False)(y))
            if step > 1:
                x = layers.Conv2D(width, 1, step, use_bias=False)(x)
            x = layers.ReLU()(layers.Add()([x, y]))
    outputs = layers.Dense(10, "softmax")(layers.GlobalAveragePooling2D()(x))
    network = keras.Model(inputs, outputs)
    network.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return network


def main() -> None:
    """Train as ordered."""
    order = json.loads(sys.argv[1])
    with np.load(order["data"]) as file:
        x, y = file["x"].astype(np.float32), file["y"]
    share = int(0.7 * len(x))
    train, validation = (x[:share], y[:share]), (x[share : int(0.85 * len(x))], y[share : int(0.85 * len(x))])

    def make(rate: float) -> keras.Model:
        if order["model"] == "resnet20":
            return resnet(rate, x.shape[1:])
        return model(filters=32, blocks=2, dense=64, dropout=0.2, learning_rate=rate, x=train[0])

    def build(hp: Any) -> keras.Model:
        return make(hp.Float("learning_rate", 1e-4, 1e-2, sampling="log"))

    about: dict[str, Any] = {"epochs": order["epochs"], "batch_size": 128, "verbose": 0, "validation_data": validation}
    began = time.perf_counter()
    if order["peer"] == "Keras Tuner":
        tuner = keras_tuner.RandomSearch(
            build, objective="val_accuracy", max_trials=order["trials"], seed=1, overwrite=True,
            directory=order["folder"], project_name="tuner",
        )  # fmt: skip
        tuner.search(*train, **about)
    else:
        rng = random.Random(1)  # noqa: S311
        for _ in range(order["trials"]):
            keras.backend.clear_session()
            make(10 ** rng.uniform(-4, -2)).fit(*train, **about)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main()
