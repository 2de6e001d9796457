"""The base of plugins whose model is one Keras model: how it predicts, and how it is saved, loaded and exported."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import keras

from automl.data.encoding import encoding_module
from automl.data.encoding.inputs import stacked_inputs
from automl.data.spec import DataSpec, TensorSpec
from automl.data.stacking import stacks
from automl.data.tables.values import MISSING
from automl.fields import construct
from automl.inheritance import override
from automl.plugin import ModelPlugin
from automl.tasks import load_task
from automl.training.loading import load_model
from automl.training.predictor import Predictor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np


@dataclass
class KerasModel(ModelPlugin):
    """A plugin that holds a Keras model from raw inputs to predictions; ``fit`` ends with ``self._keep``."""

    @override
    def predict(self, inputs: Any) -> np.ndarray:
        return self._call(inputs)

    @property
    def served(self) -> keras.Model:
        """What is exported: the model from raw inputs to what answers the task."""
        return self._model

    @property
    def served_columns(self) -> dict[str, list[str]]:
        """Those of a table that stand side by side in each input of ``served``; empty where it takes none."""
        return stacks(self._spec)

    def save(self, folder: Path) -> None:
        """Write ``model.keras``, which takes raw inputs, ``fields.json`` and ``spec.json``."""
        folder.mkdir(parents=True, exist_ok=True)
        self._model.save(folder / "model.keras")
        (folder / "fields.json").write_text(json.dumps(asdict(self)))
        (folder / "spec.json").write_text(json.dumps(self._spec.to_dict()))

    @classmethod
    @override
    def load(cls, folder: Path) -> Self:
        plugin = construct(cls, json.loads((folder / "fields.json").read_text()), "model")
        plugin._restore(folder)  # noqa: SLF001 - of its own class
        return plugin

    def _restore(self, folder: Path) -> None:
        spec = DataSpec.from_dict(json.loads((folder / "spec.json").read_text()))
        # Keras finds the layers of an encoder and of a task once their modules are imported.
        encoding_module(spec)
        load_task(spec.task)
        self._keep(load_model(folder / "model.keras", type(self).__module__), spec)

    def _keep(self, model: keras.Model, spec: DataSpec) -> None:
        """Take the trained model, from raw inputs to predictions, and the spec of its data."""
        self._model, self._spec, self._call = model, spec, Predictor(model, spec)

    def export(self, folder: Path) -> None:
        """See ``ModelPlugin.export``; ``assets.extra/columns.json`` names the columns of each input, where it has any.

        Signatures take identifiers alone; so the columns' own names stand beside the graph.
        """
        export_network(self.served, self.served_columns, folder)


def export_network(network: keras.Model, columns: Mapping[str, Sequence[str]], folder: Path) -> None:
    """Write a SavedModel.

    Args:
        network: From raw inputs to predictions.
        columns: Those of a table that stand side by side in each input.
        folder: Not there yet.
    """
    network.export(str(folder), format="tf_saved_model", verbose=False)
    if columns:
        extra = folder / "assets.extra"
        extra.mkdir(exist_ok=True)
        about = {"columns": columns, "missing": sorted(MISSING)}
        (extra / "columns.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")


def make_inputs(spec: DataSpec) -> Any:
    """Keras inputs for a spec: one, or several by name; for columns that are encoded, those of ``stacking.stacks``."""
    if stacks(spec):
        return stacked_inputs(spec)
    if isinstance(spec.inputs, TensorSpec):
        return keras.Input(spec.inputs.shape, dtype=spec.inputs.dtype, name="inputs")
    return {name: keras.Input(one.shape, dtype=one.dtype, name=name) for name, one in spec.inputs.items()}
