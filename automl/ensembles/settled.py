"""A trained model with what was decided of its answers on samples that it has not learned."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from automl.data.spec import DataSpec
from automl.ensembles.opening import SETTLED, open_plugin
from automl.ensembles.spread import Spread
from automl.ensembles.temperature import Temperature, fit_temperature
from automl.files import write_whole
from automl.inheritance import override
from automl.plugin import ModelPlugin
from automl.tasks import load_task
from automl.tasks.quantiles import apart, levels, quantile_scores

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from automl.data import Dataset, Part
    from automl.ensembles.adjusting import Adjustment
    from automl.plugin import Result, Trial

_ENOUGH = 1_000_000
"""Values by which quantiles are brought to where they hold; more of a long series would take memory alone."""
_ADJUSTMENTS: tuple[type[Adjustment], ...] = (Temperature, Spread)

MODEL = "model"
"""In the folder of a settled model: that of the model itself."""


@dataclass(frozen=True)
class Answers:
    """What was decided of a model's answers.

    Attributes:
        adjustment: What is done to them; None where they are told as they are.
        details: What the task decided, for ``DataSpec.details``.
        told: In a sentence each, what was decided and what it gains.
    """

    adjustment: Adjustment | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.told)

    @property
    def plain(self) -> dict[str, Any]:
        """As it is told to machines."""
        shown = {} if self.adjustment is None else self.adjustment.plain
        return {**shown, **self.details, "told": list(self.told)}


def settle(spec: DataSpec, target: np.ndarray, predictions: np.ndarray, objective: str, *, calibrate: bool) -> Answers:
    """Decide how a model is to answer.

    Args:
        spec: The data.
        target: Of samples that the model has not learned, as parts hold them.
        predictions: What it predicts of them.
        objective: What is optimized, such as ``val_f1``.
        calibrate: Whether class probabilities are brought to a temperature; quantiles are always brought to where they
            hold.
    """
    adjustment, gain = _adjusted(spec, target, predictions, calibrate=calibrate)
    if adjustment is not None:
        predictions = adjustment(predictions)
    found = load_task(spec.task).settle(spec, target, predictions, objective)
    return Answers(adjustment, found.details, tuple(filter(None, [gain, found.told])))


def _adjusted(
    spec: DataSpec, target: np.ndarray, predictions: np.ndarray, *, calibrate: bool
) -> tuple[Adjustment | None, str]:
    """What is to be done to predictions, and in a sentence what that gains."""
    if quantiles := levels(spec):
        return _spread(spec, target, predictions, quantiles)
    return _calibrated(target, predictions) if calibrate and spec.classes else (None, "")


def _calibrated(target: np.ndarray, predictions: np.ndarray) -> tuple[Temperature, str]:
    from automl.tasks.classes import class_scores

    found = Temperature(fit_temperature(target, predictions))
    names = {"log_loss": "log loss", "calibration_error": "calibration error"}
    first, second = (class_scores(target, one, names) for one in (predictions, found(predictions)))
    gains = [f"the {word} from {first[name]:.4g} to {second[name]:.4g}" for name, word in names.items()]
    told = f"Probabilities are calibrated at a temperature of {found.value:.3g}: on validation {' and '.join(gains)}."
    return found, told


def _spread(
    spec: DataSpec, target: np.ndarray, predictions: np.ndarray, quantiles: tuple[float, ...]
) -> tuple[Spread | None, str]:
    some = slice(None, None, math.ceil(target.size / _ENOUGH))
    target, (_, called) = target[some], apart(predictions[some], target[some].shape, spec)
    found = None if called is None else Spread.fitted(quantiles, target, called)
    if called is None or found is None:
        return None, ""
    before, after = (
        quantile_scores(target, one, quantiles, ("coverage",))["coverage"] for one in (called, found(called))
    )
    told = (
        f"Quantiles {quantiles[0]:g} and {quantiles[-1]:g} lie {found.factors[0]:.3g} and {found.factors[-1]:.3g} times"
        f" as far from the median as the model has them: on validation {after:.3g} of the values are between them, not"
        f" {before:.3g}."
    )
    return found, told


@dataclass
class Settled(ModelPlugin):
    """A trained model that answers as was decided: by a threshold, at a temperature, with quantiles farther apart.

    Attributes:
        model: The name of its plugin.
        plugin: The model: of any family, or an ensemble.
        spec: Of its data; details that were decided are among it.
        answers: What was decided.
    """

    model: str
    plugin: ModelPlugin
    spec: DataSpec
    answers: Answers

    @override
    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        del spec, training
        raise TypeError("What is settled is a trained model. Prepare a plugin.")

    @override
    def fit(self, data: Dataset, trial: Trial) -> Result:
        del data, trial
        raise TypeError("What is settled is a trained model. Fit a plugin.")

    @override
    def predict(self, inputs: Any) -> np.ndarray:
        predictions = self.plugin.predict(inputs)
        adjustment = self.answers.adjustment
        return predictions if adjustment is None else adjustment(predictions)

    @override
    def evaluate(self, part: Part) -> dict[str, float]:
        return self.plugin.evaluate(part)

    @override
    def save(self, folder: Path) -> None:
        """Write the model into a folder of its own, ``settled.json`` and ``spec.json``."""
        self.plugin.save(folder / MODEL)
        _write(folder, self.model, self.spec, self.answers)

    @classmethod
    @override
    def load(cls, folder: Path) -> Self:
        told = json.loads((folder / SETTLED).read_text(encoding="utf-8"))
        adjustment = next(filter(None, (one.of(told) for one in _ADJUSTMENTS)), None)
        answers = Answers(adjustment, told["details"], tuple(told["told"]))
        spec = DataSpec.from_dict(json.loads((folder / "spec.json").read_text(encoding="utf-8")))
        return cls(told["model"], open_plugin(told["model"], folder / MODEL), spec, answers)

    @override
    def export(self, folder: Path) -> None:
        adjustment = self.answers.adjustment
        if adjustment is None:
            self.plugin.export(folder)
            return
        from automl.ensembles.graph import adjust

        with tempfile.TemporaryDirectory(prefix=".model-", dir=folder.parent) as scratch:
            self.plugin.export(Path(scratch, MODEL))
            adjust(Path(scratch, MODEL), adjustment, folder)

    @property
    def served(self) -> Any:
        """The Keras model from raw inputs to answers; None where the model is not one of Keras."""
        network, adjustment = getattr(self.plugin, "served", None), self.answers.adjustment
        if network is None or adjustment is None:
            return network
        import keras

        return keras.Model(network.input, adjustment.tensor(network.output))

    @property
    def captions(self) -> dict[str, str]:  # type: ignore[override]
        """Those of the figures that ``artifacts`` writes."""
        return self.plugin.captions

    @override
    def artifacts(self, data: Dataset, folder: Path) -> None:
        self.plugin.artifacts(data, folder)


def settle_folder(folder: Path, model: str, spec: DataSpec, answers: Answers) -> None:
    """Make a model that was saved into a folder one that answers as was decided.

    Args:
        folder: Where the plugin, or an ensemble, was saved.
        model: The name of the plugin.
        spec: Of its data.
        answers: What was decided.
    """
    aside = folder.with_name(f".{folder.name}-settling")
    shutil.rmtree(aside, ignore_errors=True)  # of a process that was killed
    folder.rename(aside)
    folder.mkdir()
    aside.rename(folder / MODEL)
    _write(folder, model, with_details(spec, answers), answers)


def with_details(spec: DataSpec, answers: Answers) -> DataSpec:
    """The data with what was decided among the details."""
    return replace(spec, details={**spec.details, **answers.details})


def _write(folder: Path, model: str, spec: DataSpec, answers: Answers) -> None:
    adjustment = {} if answers.adjustment is None else answers.adjustment.plain
    told = {"model": model, **adjustment, "details": answers.details, "told": answers.told}
    write_whole(folder / "spec.json", json.dumps(spec.to_dict()))
    write_whole(folder / SETTLED, json.dumps(told))
