"""Keras Tuner's RandomSearch over the space of ``throughput.py``."""

from __future__ import annotations

import sys
from typing import Any

import keras_tuner
from peer_model import model, split


def main() -> None:
    """Search and evaluate the best model."""
    (x, y), validation = split()

    def build(hp: Any) -> Any:
        return model(
            filters=hp.Choice("filters", [16, 32]),
            blocks=hp.Int("blocks", 1, 2),
            dense=hp.Choice("dense", [32, 64]),
            dropout=hp.Float("dropout", 0.0, 0.5),
            learning_rate=hp.Float("learning_rate", 1e-3, 1e-2, sampling="log"),
            x=x,
        )

    tuner = keras_tuner.RandomSearch(
        build,
        objective="val_accuracy",
        max_trials=20,
        seed=42,
        directory=sys.argv[1],
        project_name="digits",
        overwrite=True,
    )
    tuner.search(x, y, epochs=20, batch_size=32, validation_data=validation, verbose=0)
    print(tuner.get_best_models(1)[0].evaluate(*validation, verbose=0))


if __name__ == "__main__":
    main()
