"""The best model as an MLflow model that answers raw requests without this project."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from automl.data.spec import TensorSpec
from automl.tasks import load_task

if TYPE_CHECKING:
    from automl.data import Dataset, DataSpec
    from automl.plugin import ModelPlugin

_CODE = Path(__file__).with_name("serving_code.py")
_EXAMPLES = 2
# Of samples whose size varies a part is example enough: written as text, two large images take seconds and megabytes.
_LENGTH = 64


def pack(plugin: ModelPlugin, dataset: Dataset, folder: Path) -> list[str]:
    """Write ``folder/model``: the plugin's SavedModel, the code that calls it, signature, input example.

    The SavedModel is a graph, custom layers included, and the code imports public packages alone; nothing of this
    project is needed to serve it.

    Returns:
        What could not be done, one sentence each.
    """
    saved = folder / "saved_model"
    try:
        plugin.export(saved)
    except NotImplementedError as error:
        return [str(error) or "This model family has no servable form; load it with its plugin."]
    try:
        _save(saved, plugin, dataset, folder / "model")
    finally:
        shutil.rmtree(saved, ignore_errors=True)
    return []


def _save(saved: Path, plugin: ModelPlugin, dataset: Dataset, target: Path) -> None:
    os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true")
    import mlflow.pyfunc

    from automl.jobs.serving_code import answer, load

    task = load_task(dataset.spec.task)
    example = _example(task.example(plugin, dataset.train, _EXAMPLES), dataset.spec)
    classes = list(dataset.spec.classes) if task.info.labels == "read" else []
    details = dataset.spec.details
    told = {name: details[name] for name in ("threshold", "quantiles") if name in details}
    outputs = answer(load(str(saved)), example, classes, told)
    mlflow.pyfunc.save_model(
        str(target),
        python_model=str(_CODE),
        artifacts={"saved_model": str(saved)},
        model_config={"classes": classes, "told": told},
        signature=_signature(example, outputs, dataset.spec),
        input_example=example,
        pip_requirements=[f"{name}=={version(name)}" for name in ("mlflow", "tensorflow", "numpy", "pandas")],
        metadata={"data": dataset.spec.name, "task": dataset.spec.task, "fingerprint": dataset.spec.fingerprint},
    )


def _signature(example: Any, outputs: pd.DataFrame | np.ndarray, spec: DataSpec) -> Any:
    """What goes in and out, as MLflow checks it.

    MLflow takes whole numbers for a column of floats, or numbers for one of texts, for a mistake; so columns are
    declared to take anything, and the model itself refuses what it cannot read. Lengths that vary in the data vary in
    what is served.
    """
    from mlflow.models import ModelSignature, infer_signature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types import TensorSpec as ServedTensor
    from mlflow.types.schema import AnyType

    if isinstance(example, np.ndarray) and isinstance(outputs, np.ndarray) and isinstance(spec.inputs, TensorSpec):
        shapes = ((-1, *(length or -1 for length in spec.inputs.shape)), (-1,) * outputs.ndim)
        taken, given = zip((example.dtype, outputs.dtype), shapes, strict=True)
        return ModelSignature(Schema([ServedTensor(*taken)]), Schema([ServedTensor(*given)]))
    if not isinstance(example, pd.DataFrame):
        return infer_signature(example, outputs)
    # A list of texts for a single column of any type would be taken for one value.
    only = DataType.string if example.shape[1] == 1 and not is_numeric_dtype(example.iloc[:, 0]) else None
    columns = Schema([ColSpec(only or AnyType(), name) for name in example.columns])
    return ModelSignature(columns, infer_signature(model_output=outputs).outputs)


def _example(inputs: Any, spec: DataSpec) -> Any:
    """What a model is asked: a table where every input is a value a sample, else arrays."""
    if not isinstance(inputs, Mapping | pd.DataFrame):
        lengths = spec.inputs.shape if isinstance(spec.inputs, TensorSpec) else ()
        return np.asarray(inputs)[(slice(None), *(slice(_LENGTH if length is None else None) for length in lengths))]
    if all(np.ndim(inputs[name]) == 1 for name in inputs):
        return pd.DataFrame(inputs)
    return {name: np.asarray(inputs[name]) for name in inputs}
