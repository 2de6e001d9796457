"""A model that really learns, in a moment: the nearest mean image, of some of the pixels.

Which pixels it sees is up to ``x``: models of other pixels err elsewhere, and a few of them together see more than any.
"""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from automl.plugin import ModelPlugin, Result, Trial

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, DataSpec


@dataclass
class Centroids(ModelPlugin):
    """Means of classes over ``share`` of the pixels.

    A fault strikes once trials are over: when it is fitted again, or when more than one of it lies in one folder.
    """

    x: float
    share: float = 0.1
    fault: Literal["none", "refit error", "refit kill", "refit worse", "refit slow", "ensemble error"] = "none"

    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        return 1

    def fit(self, data: Dataset, trial: Trial) -> Result:
        trial.mark("fit")
        if trial.keep_last:
            self._strike(trial)
        inputs, target = data.train.arrays()
        flat = self._seen(inputs)
        self._means = np.stack([flat[target == label].mean(axis=0) for label in range(10)])
        self._learned_from = len(target)
        if trial.keep_last and self.fault == "refit worse":
            self._means = self._means[::-1]
        held, labels = data.validation.arrays()
        accuracy = float(np.mean(self.predict(held).argmax(axis=1) == labels))
        trial.report(1, val_accuracy=accuracy)
        return Result({"val_accuracy": accuracy}, best_step=1, steps=1, parameters=self._means.size)

    def _strike(self, trial: Trial) -> None:
        match self.fault:
            case "refit error":
                raise ValueError("scripted error")
            case "refit kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "refit slow":
                (trial.dir / "begun").touch()
                time.sleep(60.0)

    def predict(self, inputs: Any) -> np.ndarray:
        distance = ((self._seen(inputs)[:, None] - self._means[None]) ** 2).mean(axis=2)
        odds = np.exp(-distance / distance.std())
        return np.asarray(odds / odds.sum(axis=1, keepdims=True), np.float32)

    def _seen(self, inputs: Any) -> np.ndarray:
        flat = np.asarray(inputs, np.float64).reshape(len(inputs), -1)
        rng = np.random.default_rng(int(self.x * 1e6))
        return flat[:, rng.permutation(flat.shape[1])[: max(1, int(self.share * flat.shape[1]))]]

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "fields.json").write_text(json.dumps(asdict(self)))
        np.savez(folder / "means.npz", means=self._means, learned_from=self._learned_from)

    @classmethod
    def load(cls, folder: Path) -> Self:
        plugin = cls(**json.loads((folder / "fields.json").read_text()))
        if plugin.fault == "ensemble error" and folder.parent.name == "members":
            raise ValueError("scripted error")
        with np.load(folder / "means.npz") as kept:
            plugin._means, plugin._learned_from = kept["means"], int(kept["learned_from"])
        return plugin
