"""How a packed model answers; MLflow carries this file in the model, so it imports public packages alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import tensorflow as tf
from mlflow.exceptions import MlflowException


class Saved:
    """A SavedModel, the columns that stand side by side in each of its inputs, and the words that stand for nothing."""

    def __init__(self, folder: str) -> None:
        self.model = tf.saved_model.load(folder)
        self.signature = self.model.signatures["serving_default"]
        told = Path(folder) / "assets.extra" / "columns.json"
        about = json.loads(told.read_text(encoding="utf-8")) if told.is_file() else {}
        self.columns: dict[str, list[str]] = about.get("columns", {})
        self.missing: list[str] = about.get("missing", [])


def load(folder: str) -> Saved:
    """The SavedModel in a folder."""
    return Saved(folder)


def call(saved: Saved, inputs: Any) -> np.ndarray:
    """The predictions of a SavedModel for raw inputs: one array, or a table or arrays by name.

    Columns of a table may be in any order and others beside them.

    Raises:
        ValueError: A column is missing, or holds texts for numbers; or an array holds what is no finite number.
    """
    wanted = saved.signature.structured_input_signature[1]
    given: Any
    if saved.columns:
        given = _stacked(inputs, saved, wanted)
    else:
        given = inputs if isinstance(inputs, dict | pd.DataFrame) else {next(iter(wanted)): inputs}
        _check_finite(given)
    tensors = {name: tf.constant(np.asarray(given[name]), spec.dtype) for name, spec in wanted.items()}
    return np.asarray(next(iter(saved.signature(**tensors).values())))


def _check_finite(given: Any) -> None:
    for name in given:
        values = np.asarray(given[name])
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            place = ", ".join(map(str, np.argwhere(~np.isfinite(values))[0]))
            raise ValueError(
                f"The model takes finite numbers. Received: {values[~np.isfinite(values)][0]} at [{place}]."
            )


def _stacked(inputs: Any, saved: Saved, wanted: dict[str, Any]) -> dict[str, np.ndarray]:
    """Columns by their own names, side by side in the tensors of the graph."""
    table = {str(name).strip(): pd.Series(inputs[name]) for name in inputs}
    needed = [name for names in saved.columns.values() for name in names]
    if missing := [name for name in needed if name not in table]:
        raise ValueError(f"The model needs these columns too: {', '.join(missing[:20])}. Received: {', '.join(table)}.")
    read = {
        name: _strings(table[name]) if wanted[tensor].dtype == tf.string else _numbers(table[name], name, saved.missing)
        for tensor, names in saved.columns.items()
        for name in names
    }
    return {tensor: np.stack([read[name] for name in names], axis=1) for tensor, names in saved.columns.items()}


def _numbers(column: pd.Series[Any], name: str, missing: list[str]) -> np.ndarray:
    found = pd.to_numeric(column, errors="coerce")
    broken = found.isna() & column.notna()
    if broken.any():
        broken &= ~column.astype(str).str.strip().str.lower().isin(missing)
    if broken.any():
        raise ValueError(f"The column '{name}' is to hold numbers. Received: '{column[broken].iloc[0]}'.")
    return found.to_numpy(np.float64, na_value=np.nan)


def _strings(column: pd.Series[Any]) -> np.ndarray:
    """Texts, as a table of them spells them: whole numbers without a point, dates as such, nothing where none is."""
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d %H:%M:%S")
    return np.array(
        ["" if absent else _text(value) for value, absent in zip(column, column.isna(), strict=True)], object
    )


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def answer(
    model: Any, inputs: Any, classes: list[str], told: dict[str, Any] | None = None
) -> pd.DataFrame | np.ndarray:
    """Predictions for raw inputs.

    Args:
        model: What ``load`` returned.
        inputs: An array with one sample a row, or arrays by name.
        classes: Labels in the order of the predicted probabilities; empty where the model predicts values.
        told: ``threshold``: of two classes, the ``value`` of the probability of ``class`` from which it is called; by
            default the most probable class is. ``quantiles``: those in the last axis of predicted values.

    Returns:
        ``label``, its ``probability`` and the ``probabilities`` of all classes; or ``prediction``, and a column for
        each quantile; or, where there are classes at each place of an image, masks of their numbers (n, height, width).
    """
    predictions, told = call(model, inputs), told or {}
    if not classes:
        return pd.DataFrame(_values(predictions, told.get("quantiles", [])))
    called = predictions.argmax(axis=-1)
    if called.ndim > 1:
        return np.asarray(called, np.int32)
    if threshold := told.get("threshold"):
        one = threshold["class"]
        called = np.where(predictions[:, one] >= threshold["value"], one, 1 - one)
    return pd.DataFrame(
        {
            "label": [classes[index] for index in called],
            "probability": np.take_along_axis(predictions, called[:, np.newaxis], axis=1)[:, 0].astype(float),
            "probabilities": predictions.astype(float).tolist(),
        }
    )


def _values(predictions: np.ndarray, quantiles: list[float]) -> dict[str, Any]:
    """Columns of predicted values: the value, which of quantiles is the middle one, and each quantile."""
    if not quantiles:
        return {"prediction": _column(predictions)}
    last = len(quantiles) - 1
    places = [quantiles.index(0.5)] if 0.5 in quantiles else [last // 2, (last + 1) // 2]
    columns = {f"{level:g}": _column(predictions[..., place]) for place, level in enumerate(quantiles)}
    return {"prediction": _column(predictions[..., places].mean(axis=-1)), **columns}


def _column(values: np.ndarray) -> Any:
    """A cell a sample: a number where it is one, else lists."""
    return values.ravel() if values[0].size == 1 else values.tolist()


class Served(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """The model that ``mlflow models serve`` and ``mlflow.pyfunc.load_model`` call."""

    def load_context(self, context: Any) -> None:
        """Load the graph once."""
        self._model = load(context.artifacts["saved_model"])
        self._classes = list(context.model_config.get("classes", []))
        self._told = context.model_config.get("told")

    # MLflow takes a type hint on ``model_input`` for a schema; the logged signature is the schema here.
    def predict(self, context, model_input, params=None) -> pd.DataFrame | np.ndarray:  # type: ignore[no-untyped-def]  # noqa: ANN001, ARG002
        """Answer a request; see ``answer``. What is wrong with one is its sender's to mend: status 400."""
        try:
            return answer(self._model, model_input, self._classes, self._told)
        except (ValueError, TypeError, KeyError, tf.errors.InvalidArgumentError) as error:
            raise MlflowException.invalid_parameter_value(str(error)) from error


mlflow.models.set_model(Served())
