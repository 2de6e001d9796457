"""Keras Tuner's Hyperband and plain Optuna over the space of ``race.py``, as their tutorials write them.

The order is a JSON object: the peer, the data, the seed, and either the validation accuracy at which it ends or the
seconds after which it does. The last line that is printed is a JSON object: when the target was ``reached``, or the
``test`` accuracy of the best model.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import optuna
from peer_model import model

from automl.data.arrays.digits import Digits
from automl.data.images.folder import ImageFolder

SPACE: dict[str, Any] = {"filters": [16, 32, 48], "blocks": (1, 3), "dense": [0, 64, 128]}


class Ended(BaseException):
    """The target was reached, or the time is over; Keras Tuner would take an ``Exception`` for a failed trial."""


class Watch(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends everything at the target or the deadline, and keeps the best weights of all."""

    def __init__(self, order: dict[str, Any]) -> None:
        super().__init__()
        self.target = order.get("target", 2.0)
        self.deadline = time.time() + order.get("seconds", 1e9)
        self.best = 0.0
        self.kept: Any = None
        self.network: Any = None

    def __deepcopy__(self, memo: Any) -> Watch:
        """Itself: Keras Tuner copies callbacks for each trial."""
        return self

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the validation accuracy and at the clock."""
        del epoch
        value = (logs or {})["val_accuracy"]
        if value > self.best:
            self.best, self.kept = value, self.model.get_weights()
            self.network = keras.models.clone_model(self.model)
        if value >= self.target or time.time() > self.deadline:
            raise Ended


def parts(data: str, seed: int) -> tuple[Any, Any, Any]:
    """Train, validation and test part as arrays, split as automl does."""
    if data == ".":
        loader: Any = Digits("digits", "image_classification")
    else:
        loader = ImageFolder(name="image_folder", task="image_classification", path=data)
    with tempfile.TemporaryDirectory() as folder:
        found = loader.open(Path(folder), seed)
        return arrays(found.train), arrays(found.validation), arrays(found.test)


def arrays(part: Any) -> tuple[Any, Any]:
    """Images as floats, and labels."""
    x, y = part.arrays()
    return np.asarray(x, np.float32), np.asarray(y)


def optuna_search(order: dict[str, Any], train: Any, validation: Any, watch: Watch) -> None:
    """A loop with Optuna's default sampler and its median pruner."""

    def objective(trial: optuna.Trial) -> float:
        keras.backend.clear_session()
        network = model(
            filters=trial.suggest_categorical("filters", SPACE["filters"]),
            blocks=trial.suggest_int("blocks", *SPACE["blocks"]),
            dense=trial.suggest_categorical("dense", SPACE["dense"]),
            dropout=trial.suggest_float("dropout", 0.0, 0.5),
            learning_rate=trial.suggest_float("learning_rate", 3e-4, 1e-2, log=True),
            x=train[0],
        )
        best = 0.0
        for epoch in range(order["epochs"]):
            history = network.fit(*train, batch_size=32, validation_data=validation, verbose=0, callbacks=[watch])
            best = max(best, history.history["val_accuracy"][-1])
            trial.report(history.history["val_accuracy"][-1], epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return best

    sampler = optuna.samplers.TPESampler(seed=order["seed"])
    optuna.create_study(direction="maximize", sampler=sampler).optimize(objective, n_trials=1000)


def tuner_search(order: dict[str, Any], train: Any, validation: Any, watch: Watch) -> None:
    """Keras Tuner's Hyperband, again and again."""

    def build(hp: Any) -> Any:
        return model(
            filters=hp.Choice("filters", SPACE["filters"]),
            blocks=hp.Int("blocks", *SPACE["blocks"]),
            dense=hp.Choice("dense", SPACE["dense"]),
            dropout=hp.Float("dropout", 0.0, 0.5),
            learning_rate=hp.Float("learning_rate", 3e-4, 1e-2, sampling="log"),
            x=train[0],
        )

    tuner = keras_tuner.Hyperband(
        build, objective="val_accuracy", max_epochs=order["epochs"], hyperband_iterations=100, seed=order["seed"],
        directory=order["folder"], project_name="race", overwrite=True,
    )  # fmt: skip
    tuner.search(*train, batch_size=32, validation_data=validation, verbose=0, callbacks=[watch])


def main() -> None:
    """Search until the end, and test the best."""
    order = json.loads(sys.argv[1])
    keras.utils.set_random_seed(order["seed"])
    train, validation, test = parts(order["data"], order["seed"])
    watch = Watch(order)
    search = tuner_search if "Tuner" in order["peer"] else optuna_search
    with contextlib.suppress(Ended):
        search(order, train, validation, watch)
    told = {"reached": time.time(), "validation": watch.best}
    if "target" not in order:
        watch.network.set_weights(watch.kept)
        told["test"] = float((watch.network.predict(test[0], verbose=0).argmax(1) == test[1]).mean())
    print(json.dumps(told))


if __name__ == "__main__":
    main()
