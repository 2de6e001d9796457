"""The distribution of samples without labels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from automl.inheritance import override
from automl.tasks.base import Task
from automl.tasks.grids import captioned_grid
from automl.tasks.picking import picked
from automl.tasks.samples import tiny_images
from automl.tasks.sampling import Sampler, draw, in_bytes
from automl.tasks.units import unit

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from automl.data import Dataset, DataSpec, Part
    from automl.plugin import ModelPlugin

_SHOWN = 14
_COMPONENTS = 8
_ROWS = 2000
_MOST_DIMENSIONS = 4096
"""Principal components of more take longer than a small study."""


class Generation(Task):
    """Densities: a model's predictions are the negative log-likelihoods of samples, in nats."""

    captions: ClassVar[dict[str, str]] = {
        "anomalies": "Images of the test part with their anomaly scores, the negative log-likelihoods in nats."
    }

    @override
    def score(self, plugin: ModelPlugin, data: Dataset, part: Part) -> dict[str, float]:
        scores = [
            np.asarray(plugin.predict(inputs), np.float64).reshape(-1) for inputs, _ in part.chunks(data.spec.chunk)
        ]
        return {"nll": float(np.concatenate(scores).mean())}

    def baseline(self, data: Dataset, part: Part) -> dict[str, float]:
        """Exact likelihood under probabilistic PCA (Tipping and Bishop 1999) of inputs brought to [0, 1]."""
        if math.prod(length or 1 for length in data.spec.input.shape) > _MOST_DIMENSIONS:
            return {}
        from sklearn.decomposition import PCA

        train, held = (_unit(data, np.asarray(side.sample(_ROWS))) for side in (data.train, part))
        model = PCA(min(_COMPONENTS, *train.shape), random_state=0).fit(train)
        return {"nll": -float(model.score(held))}

    def answer(self, predictions: np.ndarray, spec: DataSpec) -> pd.DataFrame:
        """See ``Task.answer``: ``anomaly``, the higher the less likely."""
        import pandas as pd

        del spec
        return pd.DataFrame({"anomaly": predictions.reshape(-1)})

    def draw(self, plugin: ModelPlugin, data: Dataset, predictions: np.ndarray | None, folder: Path) -> None:
        """The images of the test part that the model finds likeliest, and the oddest."""
        if len(data.spec.input.shape) != 3:
            return
        scores = (plugin.predict(data.test.arrays()[0]) if predictions is None else predictions).reshape(-1)
        ordered = np.argsort(scores, kind="stable")
        shown = [*ordered[:_SHOWN], *ordered[::-1][:_SHOWN]]
        images = unit(picked(data.test, shown), data.spec)
        labels = [f"{scores[place]:.4g}" for place in shown]
        title = "Of the test part the likeliest, then the oddest, with their negative log-likelihoods"
        captioned_grid(images, labels, title, folder / "figures" / "anomalies.png")

    def sample(self, plugin: ModelPlugin, spec: DataSpec, count: int, seed: int) -> np.ndarray:
        """See ``Task.sample``; of models that are samplers, too."""
        if not isinstance(plugin, Sampler) or len(spec.input.shape) != 3:
            return super().sample(plugin, spec, count, seed)
        return in_bytes(draw(plugin, spec, count, seed), spec)

    @override
    def tiny(self, folder: Path) -> Dataset:
        return tiny_images(self.info.name, folder)


def _unit(data: Dataset, inputs: Any) -> np.ndarray:
    low, high = data.spec.details.get("value_range", (0.0, 1.0))
    flat: np.ndarray = np.asarray(inputs, np.float64).reshape(len(inputs), -1)
    return np.asarray((flat - low) / (high - low))
