"""Gradient-boosted trees: a plugin without Keras."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, Self

import numpy as np

from automl.data import DataSpec, Matrix
from automl.plugin import Above, AtMost, Between, Count, ModelPlugin
from automl.training import fit
from automl_boosting.forest import Forest
from automl_boosting.learner import Booster
from automl_boosting.links import make_link
from automl_boosting.stages import Stages

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset
    from automl.plugin import Result, Trial

Part = Annotated[float, Above(0), AtMost(1)]


@dataclass
class Boosting(ModelPlugin):
    """Gradient-boosted trees (Friedman 2001), each grown on a part of the rows (Friedman 2002).

    Attributes:
        depth: Splits from the root of a tree to a leaf.
        leaf: Rows that a leaf has at least.
        rows: Share of the rows that a tree is grown on.
        columns: Share of the columns that a split is chosen among.
    """

    depth: Annotated[int, Between(1, 10)]
    leaf: Count = 20
    rows: Part = 0.8
    columns: Part = 1.0

    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        """See ``ModelPlugin.prepare``: the numbers that there is room for."""
        settings = Stages.of(training)
        assert Matrix(spec).width  # texts are refused with a sentence
        outputs, nodes = max(1, len(spec.classes)), 2**self.depth - 1
        return outputs + settings.epochs * settings.trees * (2 * nodes + (nodes + 1) * outputs)

    def fit(self, data: Dataset, trial: Trial) -> Result:
        """See ``ModelPlugin.fit``."""
        settings = Stages.of(trial.training)
        booster = Booster(self, data, settings, trial.seed)
        result = fit(booster, trial, settings.epochs, settings.patience)
        self._take(booster.forest, data.spec)
        return result

    def predict(self, inputs: Any) -> np.ndarray:
        """Probabilities (n, classes), or values (n, 1), of raw rows."""
        return self._link.predictions(self._forest.outputs(self._matrix(inputs)))

    def save(self, folder: Path) -> None:
        """See ``ModelPlugin.save``: arrays and JSON."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(folder / "forest.npz", *self._forest.arrays())
        about = {"fields": asdict(self), "spec": self._spec.to_dict()}
        (folder / "model.json").write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """See ``ModelPlugin.load``."""
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        plugin = cls(**about["fields"])
        with np.load(folder / "forest.npz", allow_pickle=False) as arrays:
            plugin._take(Forest(*(arrays[name] for name in arrays.files)), DataSpec.from_dict(about["spec"]))
        return plugin

    def _take(self, forest: Forest, spec: DataSpec) -> None:
        self._forest, self._spec, self._matrix, self._link = forest, spec, Matrix(spec), make_link(spec)
