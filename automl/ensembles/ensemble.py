"""Trained models whose weighted mean is the prediction; a model itself, to all who ask one."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from automl.ensembles.opening import ENSEMBLE, open_plugin
from automl.inheritance import override
from automl.plugin import ModelPlugin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data import Dataset, DataSpec, Part
    from automl.plugin import Result, Trial

_SPEC = "spec.json"
"""What a model may keep of its data, beside whatever else it saves."""


@dataclass(frozen=True)
class Member:
    """One of an ensemble's models.

    Attributes:
        model: The name of its plugin.
        plugin: The trained model; an ensemble, too, may be one.
        weight: How much it counts, beside the others' weights.
    """

    model: str
    plugin: ModelPlugin
    weight: float = 1.0


@dataclass
class Ensemble(ModelPlugin):
    """The weighted mean of trained models of one target: of probabilities, values or quantiles alike.

    Bagging (Breiman 1996) where they are a trial's folds, ensemble selection (Caruana et al. 2004) where they are a
    study's best. It is made of models that are trained: it has nothing to fit.

    Attributes:
        members: At least one; weights above zero, of any sum.
    """

    members: Sequence[Member]

    @override
    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        del spec, training
        raise TypeError("An ensemble is made of trained models. Prepare each of them.")

    @override
    def fit(self, data: Dataset, trial: Trial) -> Result:
        del data, trial
        raise TypeError("An ensemble is made of trained models. Fit each of them.")

    @override
    def predict(self, inputs: Any) -> np.ndarray:
        predictions = [one.plugin.predict(inputs) for one in self.members]
        mean: np.ndarray = np.average(predictions, axis=0, weights=self.weights)
        return mean.astype(predictions[0].dtype)

    @property
    def weights(self) -> np.ndarray:
        """The members' weights, of sum 1."""
        weights = np.array([one.weight for one in self.members])
        return np.asarray(weights / weights.sum())

    @override
    def evaluate(self, part: Part) -> dict[str, float]:
        """What all members have to say of a part, as the weighted mean."""
        told = [one.plugin.evaluate(part) for one in self.members]
        names = [name for name in told[0] if all(name in one for one in told)]
        return {name: float(np.average([one[name] for one in told], weights=self.weights)) for name in names}

    @override
    def save(self, folder: Path) -> None:
        """Write ``ensemble.json``, a folder for each member, and what the first one keeps of its data."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(self.members):
            one.plugin.save(member_folder(folder, number))
        write_members(folder, [(one.model, one.weight) for one in self.members])

    @classmethod
    @override
    def load(cls, folder: Path) -> Self:
        told = json.loads((folder / ENSEMBLE).read_text(encoding="utf-8"))["members"]
        return cls(
            [
                Member(one["model"], open_plugin(one["model"], member_folder(folder, number)), one["weight"])
                for number, one in enumerate(told)
            ]
        )

    @property
    def served(self) -> Any:
        """One Keras model of all members', where each has one that takes the same; else None."""
        from automl.ensembles.network import average

        return average([one.plugin for one in self.members], self.weights)

    @property
    def served_columns(self) -> Mapping[str, Sequence[str]]:
        """Those of a table that stand side by side in each input of ``served``; empty where it takes none."""
        found: Mapping[str, Sequence[str]] = getattr(self.members[0].plugin, "served_columns", {})
        return found

    @override
    def export(self, folder: Path) -> None:
        """One SavedModel of all members'.

        Raises:
            NotImplementedError: A member has none, or one that takes other inputs.
        """
        if (network := self.served) is not None:
            from automl.training.keras_model import export_network

            export_network(network, self.served_columns, folder)
            return
        from automl.ensembles.graph import join

        with tempfile.TemporaryDirectory(prefix=".members-", dir=folder.parent) as scratch:
            saved = [Path(scratch, str(number)) for number in range(len(self.members))]
            for one, target in zip(self.members, saved, strict=True):
                one.plugin.export(target)
            join(saved, self.weights, folder)

    @property
    def captions(self) -> dict[str, str]:  # type: ignore[override]
        """Those of the figures that ``artifacts`` writes."""
        return self._foremost.captions

    @override
    def artifacts(self, data: Dataset, folder: Path) -> None:
        """What the member that counts most has to show."""
        self._foremost.artifacts(data, folder)

    @property
    def _foremost(self) -> ModelPlugin:
        return max(self.members, key=lambda one: one.weight).plugin


def member_folder(folder: Path, number: int) -> Path:
    """Where a member of the ensemble in ``folder`` is saved, counted from 0."""
    return folder / "members" / str(number)


def write_members(folder: Path, members: Sequence[tuple[str, float]]) -> None:
    """Make an ensemble of the models that lie in the folders of its members.

    Args:
        folder: Of the ensemble.
        members: The name of each one's plugin, and its weight.
    """
    if (spec := member_folder(folder, 0) / _SPEC).is_file():
        shutil.copyfile(spec, folder / _SPEC)
    told = [{"model": model, "weight": weight} for model, weight in members]
    (folder / ENSEMBLE).write_text(json.dumps({"members": told}), encoding="utf-8")
