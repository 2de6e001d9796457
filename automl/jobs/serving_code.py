"""How a packed model answers; MLflow carries this file in the model, so it imports public packages alone."""

from __future__ import annotations

from typing import Any

import mlflow
import numpy as np
import pandas as pd
import tensorflow as tf


def load(folder: str) -> Any:
    """The SavedModel in a folder."""
    return tf.saved_model.load(folder)


def call(model: Any, inputs: Any) -> np.ndarray:
    """The predictions of a SavedModel for raw inputs: one array, or a table or arrays by name."""
    function = model.signatures["serving_default"]
    wanted = function.structured_input_signature[1]
    given = inputs if isinstance(inputs, dict | pd.DataFrame) else {next(iter(wanted)): inputs}
    outputs = function(**{name: _tensor(given[name], spec.dtype) for name, spec in wanted.items()})
    return np.asarray(next(iter(outputs.values())))


def _tensor(values: Any, dtype: tf.DType) -> tf.Tensor:
    """Values as the graph takes them; what is missing among strings is the empty string."""
    if dtype == tf.string:
        column = np.asarray(values, object)
        return tf.constant(np.where(pd.isna(column), "", column).astype(str).astype(object), tf.string)
    return tf.constant(np.asarray(values, dtype.as_numpy_dtype))


def answer(model: Any, inputs: Any, classes: list[str]) -> pd.DataFrame:
    """Predictions for raw inputs.

    Args:
        model: What ``load`` returned.
        inputs: An array with one sample a row, or arrays by name.
        classes: Labels in the order of the predicted probabilities; empty where the model predicts values.

    Returns:
        ``label``, its ``probability`` and the ``probabilities`` of all classes; or ``prediction``.
    """
    predictions = call(model, inputs)
    if not classes:
        single = predictions[0].size == 1
        return pd.DataFrame({"prediction": predictions.ravel() if single else predictions.tolist()})
    called = predictions.argmax(axis=1)
    return pd.DataFrame(
        {
            "label": [classes[index] for index in called],
            "probability": predictions.max(axis=1).astype(float),
            "probabilities": predictions.astype(float).tolist(),
        }
    )


class Served(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """The model that ``mlflow models serve`` and ``mlflow.pyfunc.load_model`` call."""

    def load_context(self, context: Any) -> None:
        """Load the graph once."""
        self._model = load(context.artifacts["saved_model"])
        self._classes = list(context.model_config.get("classes", []))

    # MLflow takes a type hint on ``model_input`` for a schema; the logged signature is the schema here.
    def predict(self, context, model_input, params=None) -> pd.DataFrame:  # type: ignore[no-untyped-def]  # noqa: ANN001, ARG002
        """Answer a request; see ``answer``."""
        return answer(self._model, model_input, self._classes)


mlflow.models.set_model(Served())
