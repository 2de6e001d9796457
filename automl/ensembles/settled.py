"""A trained model with what was decided of its answers on samples that it has not learned."""

from __future__ import annotations

import json
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from automl.data.spec import DataSpec
from automl.ensembles.opening import SETTLED, open_plugin
from automl.ensembles.temperature import LEAST, fit_temperature, scaled
from automl.files import write_whole
from automl.inheritance import override
from automl.plugin import ModelPlugin
from automl.tasks import load_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from automl.data import Dataset, Part
    from automl.plugin import Result, Trial

MODEL = "model"
"""In the folder of a settled model: that of the model itself."""


@dataclass(frozen=True)
class Answers:
    """What was decided of a model's answers.

    Attributes:
        temperature: That its class probabilities are told at; None where they are told as they are.
        details: What the task decided, for ``DataSpec.details``.
        told: In a sentence each, what was decided and what it gains.
    """

    temperature: float | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.told)

    @property
    def plain(self) -> dict[str, Any]:
        """As it is told to machines."""
        shown = {} if self.temperature is None else {"temperature": self.temperature}
        return {**shown, **self.details, "told": list(self.told)}


def settle(spec: DataSpec, target: np.ndarray, predictions: np.ndarray, objective: str, *, calibrate: bool) -> Answers:
    """Decide how a model is to answer.

    Args:
        spec: The data.
        target: Of samples that the model has not learned, as parts hold them.
        predictions: What it predicts of them.
        objective: What is optimized, such as ``val_f1``.
        calibrate: Whether class probabilities are brought to a temperature.
    """
    temperature, told = None, []
    if calibrate:
        temperature = fit_temperature(target, predictions)
        before, predictions = predictions, scaled(predictions, temperature)
        told.append(_told(target, before, predictions, temperature))
    found = load_task(spec.task).settle(spec, target, predictions, objective)
    return Answers(temperature, found.details, (*told, *filter(None, [found.told])))


def _told(target: np.ndarray, before: np.ndarray, after: np.ndarray, temperature: float) -> str:
    from automl.tasks.classes import class_scores

    names = {"log_loss": "log loss", "calibration_error": "calibration error"}
    first, second = (class_scores(target, one, names) for one in (before, after))
    gains = [f"the {word} from {first[name]:.4g} to {second[name]:.4g}" for name, word in names.items()]
    return f"Probabilities are calibrated at a temperature of {temperature:.3g}: on validation {' and '.join(gains)}."


@dataclass
class Settled(ModelPlugin):
    """A trained model that answers as was decided: its class probabilities at a temperature, its labels by a threshold.

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
        temperature = self.answers.temperature
        return predictions if temperature is None else scaled(predictions, temperature)

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
        answers = Answers(told["temperature"], told["details"], tuple(told["told"]))
        spec = DataSpec.from_dict(json.loads((folder / "spec.json").read_text(encoding="utf-8")))
        return cls(told["model"], open_plugin(told["model"], folder / MODEL), spec, answers)

    @override
    def export(self, folder: Path) -> None:
        temperature = self.answers.temperature
        if temperature is None:
            self.plugin.export(folder)
            return
        from automl.ensembles.graph import scale

        with tempfile.TemporaryDirectory(prefix=".model-", dir=folder.parent) as scratch:
            self.plugin.export(Path(scratch, MODEL))
            scale(Path(scratch, MODEL), temperature, folder)

    @property
    def served(self) -> Any:
        """The Keras model from raw inputs to answers; None where the model is not one of Keras."""
        network, temperature = getattr(self.plugin, "served", None), self.answers.temperature
        if network is None or temperature is None:
            return network
        import keras

        logits = keras.ops.log(keras.ops.maximum(network.output, LEAST)) / temperature
        return keras.Model(network.input, keras.ops.softmax(logits, axis=-1))

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
    told = {"model": model, "temperature": answers.temperature, "details": answers.details, "told": answers.told}
    write_whole(folder / "spec.json", json.dumps(spec.to_dict()))
    write_whole(folder / SETTLED, json.dumps(told))
