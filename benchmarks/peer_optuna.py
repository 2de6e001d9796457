"""A plain loop of Optuna and Keras over the space of ``throughput.py``, as their tutorials write it."""

from __future__ import annotations

import keras
import optuna
from peer_model import model, split


def main() -> None:
    """Search."""
    (x, y), validation = split()

    def objective(trial: optuna.Trial) -> float:
        keras.backend.clear_session()
        network = model(
            filters=trial.suggest_categorical("filters", [16, 32]),
            blocks=trial.suggest_int("blocks", 1, 2),
            dense=trial.suggest_categorical("dense", [32, 64]),
            dropout=trial.suggest_float("dropout", 0.0, 0.5),
            learning_rate=trial.suggest_float("learning_rate", 1e-3, 1e-2, log=True),
            x=x,
        )
        history = network.fit(x, y, epochs=20, batch_size=32, validation_data=validation, verbose=0)
        return float(max(history.history["val_accuracy"]))

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=42))
    study.optimize(objective, n_trials=20)
    print(study.best_value)


if __name__ == "__main__":
    main()
