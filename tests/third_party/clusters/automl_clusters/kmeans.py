"""k-means in NumPy."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

import numpy as np

from automl.data import DataSpec, Matrix
from automl.errors import ConfigError
from automl.plugin import Between, ModelPlugin, Result
from automl.tasks import load_task
from automl_clusters.lloyd import Lloyd

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset
    from automl.plugin import Trial

_BLOCK = 4096


@dataclass
class KMeans(ModelPlugin):
    """The centres that samples are nearest to (Lloyd 1982); predictions are their numbers.

    Attributes:
        clusters: How many.
        start: Where the centres begin: at samples drawn at random, or far from each other (``k-means++``; Arthur and
            Vassilvitskii 2007).
    """

    clusters: Annotated[int, Between(2, 1000)]
    start: Literal["k-means++", "random"] = "k-means++"

    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        """See ``ModelPlugin.prepare``."""
        Lloyd.of(training)
        width = Matrix(spec).width
        if self.clusters > spec.sizes["train"]:
            raise ConfigError(
                f"model.clusters: the train part has {spec.sizes['train']} samples. Received: {self.clusters}."
            )
        return self.clusters * width

    def fit(self, data: Dataset, trial: Trial) -> Result:
        """See ``ModelPlugin.fit``; an epoch is one of Lloyd's iterations."""
        settings, points = Lloyd.of(trial.training), data.train.encoded(data.spec)
        centres = self._begin(points, trial.seed)
        begun = {"step": 0, "moved": np.inf, "centres": centres, "best": centres, "best_step": 0}
        state = dict(trial.restore() or begun)
        self._take(state["centres"], data.spec)
        trial.mark("fit")
        while not trial.should_stop and state["step"] < settings.epochs and state["moved"] > settings.tolerance:
            metrics = self._epoch(points, data, state)
            if self._is_best(metrics, state["best_step"], trial):
                state["best"], state["best_step"] = self._centres, state["step"]
            trial.report(state["step"], **metrics)
            trial.checkpoint(lambda: state)
        self._take(state["best"], data.spec)
        best = {name: value for name, value in trial.history[state["best_step"] - 1].items() if name != "step"}
        return Result(best, state["best_step"], state["step"], self._centres.size)

    def _epoch(self, points: np.ndarray, data: Dataset, state: dict[str, Any]) -> dict[str, float]:
        """One iteration; the task's own metrics of the validation part after it."""
        centres, loss = self._moved(points)
        state["step"] += 1
        state["moved"], state["centres"] = float(np.abs(centres - self._centres).max()), centres
        self._take(centres, data.spec)
        scores = load_task(data.spec.task).score(self, data, data.validation)
        return {"loss": loss, **{f"val_{name}": value for name, value in scores.items()}}

    def _is_best(self, metrics: Mapping[str, float], best_step: int, trial: Trial) -> bool:
        if not best_step:
            return True
        ahead = metrics[trial.objective] - trial.history[best_step - 1][trial.objective]
        return ahead > 0.0 if trial.direction == "maximize" else ahead < 0.0

    def predict(self, inputs: Any) -> np.ndarray:
        """The number of each sample's cluster, (n,)."""
        return _nearest(self._matrix(inputs), self._centres)[0]

    def save(self, folder: Path) -> None:
        """See ``ModelPlugin.save``."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "centres.npy", self._centres)
        (folder / "model.json").write_text(json.dumps({"fields": asdict(self), "spec": self._spec.to_dict()}))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """See ``ModelPlugin.load``."""
        about = json.loads((folder / "model.json").read_text())
        plugin = cls(**about["fields"])
        plugin._take(np.load(folder / "centres.npy"), DataSpec.from_dict(about["spec"]))
        return plugin

    def _take(self, centres: np.ndarray, spec: DataSpec) -> None:
        self._centres, self._spec, self._matrix = centres, spec, Matrix(spec)

    def _begin(self, points: np.ndarray, seed: int) -> np.ndarray:
        """The first centres, all of them samples."""
        rng = np.random.default_rng(seed)
        if self.start == "random":
            return points[rng.choice(len(points), self.clusters, replace=False)]
        chosen = [int(rng.integers(len(points)))]
        while len(chosen) < self.clusters:
            _, distances = _nearest(points, points[chosen])
            total = distances.sum(dtype=np.float64)
            chosen.append(int(rng.choice(len(points), p=distances / total if total > 0 else None)))
        return points[chosen]

    def _moved(self, points: np.ndarray) -> tuple[np.ndarray, float]:
        """The centres in the midst of what is nearest to them, and the mean squared distance from before."""
        nearest, distances = _nearest(points, self._centres)
        sums, counts = np.zeros(self._centres.shape), np.bincount(nearest, minlength=self.clusters)
        np.add.at(sums, nearest, points)
        held = counts > 0  # a centre that nothing is nearest to stays
        centres = self._centres.copy()
        centres[held] = sums[held] / counts[held, np.newaxis]
        return centres, float(distances.mean())


def _nearest(points: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each point the number of the nearest centre, and the squared distance to it in 64 bits."""
    numbers, distances = [], []
    for start in range(0, len(points), _BLOCK):
        block = points[start : start + _BLOCK, np.newaxis].astype(np.float64)
        squared = np.square(block - centres).sum(axis=2)
        numbers.append(squared.argmin(axis=1))
        distances.append(squared.min(axis=1))
    return np.concatenate(numbers), np.concatenate(distances)
