"""Groups of samples that lie close together."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from automl.tasks import Task
from automl_clusters.blobs import Blobs
from automl_clusters.figures import scatter

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from automl.data import Dataset, DataSpec, Part
    from automl.plugin import ModelPlugin

_CHUNK = 4096
_SAMPLE = 2000
"""The silhouette compares each sample with each; of more, this many are drawn."""


class Clustering(Task):
    """A model's predictions are numbers of clusters; they are scored in the space of ``Part.encoded``."""

    def score(self, plugin: ModelPlugin, data: Dataset, part: Part) -> dict[str, float]:
        """See ``Task.score``."""
        clusters = np.concatenate([plugin.predict(inputs) for inputs, _ in part.chunks(_CHUNK)])
        return _scores(part.encoded(data.spec), clusters)

    def baseline(self, data: Dataset, part: Part) -> dict[str, float]:
        """See ``Task.baseline``: the nearer of two samples of the train part, drawn at random."""
        train, points = data.train.encoded(data.spec), part.encoded(data.spec)
        pair = train[np.random.default_rng(0).choice(len(train), 2, replace=False)]
        return _scores(points, np.square(points[:, np.newaxis] - pair).sum(axis=2).argmin(axis=1))

    def draw(self, plugin: ModelPlugin, data: Dataset, predictions: np.ndarray | None, folder: Path) -> None:
        """The clusters over the first two principal components, and how many samples each has."""
        if predictions is None:
            predictions = plugin.predict(data.test.arrays()[0])
        numbers, counts = np.unique(predictions, return_counts=True)
        with (folder / "clusters.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["cluster", "samples"], *zip(numbers.tolist(), counts.tolist(), strict=True)])
        scatter(data.test.encoded(data.spec), predictions, folder / "figures" / "clusters.png")

    def answer(self, predictions: np.ndarray, spec: DataSpec) -> pd.DataFrame:
        """See ``Task.answer``: ``cluster``, counted from 0."""
        import pandas as pd

        del spec
        return pd.DataFrame({"cluster": predictions.astype(int)})

    def tiny(self, folder: Path) -> Dataset:
        """See ``Task.tiny``."""
        return Blobs("tiny", self.info.name, blobs=5, samples=240, spread=2.0).open(folder, 0)


def _scores(points: np.ndarray, clusters: np.ndarray) -> dict[str, float]:
    """Mean silhouette (Rousseeuw 1987) and index of Davies and Bouldin (1979); undefined ones are left out."""
    from sklearn.metrics import davies_bouldin_score, silhouette_score

    if not 1 < len(np.unique(clusters)) < len(points):
        return {"silhouette": 0.0}  # as of a cluster with a single sample
    if len(points) > _SAMPLE:
        drawn = np.random.default_rng(0).choice(len(points), _SAMPLE, replace=False)
        return _scores(points[drawn], clusters[drawn])
    return {
        "silhouette": float(silhouette_score(points, clusters)),
        "davies_bouldin": float(davies_bouldin_score(points, clusters)),
    }
