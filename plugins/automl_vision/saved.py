"""Weights of models that were trained before: a saved plugin, its model file, or plain weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras

from automl.errors import ConfigError


def load_saved(weights: str) -> keras.Model:
    """The model in a plugin folder, or in a ``.keras`` file: from raw inputs to predictions.

    Raises:
        ConfigError: There is none, or it cannot be read.
    """
    path = model_file(weights)
    try:
        model: keras.Model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (ValueError, TypeError, OSError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigError(f"model.weights: {path} cannot be read as a saved model: {reason}") from error
    return model


def model_file(weights: str) -> Path:
    """The file of a saved model that a path means.

    Raises:
        ConfigError: There is no such file.
    """
    path = Path(weights)
    folders = (
        path,
        path / "plugin",
        path / "model",
        path / "plugin" / "model",
    )  # the last two: of one that was settled
    for candidate in (path, *(folder / "model.keras" for folder in folders)):
        if candidate.is_file():
            return candidate
    raise ConfigError(f"model.weights: expected a model that was saved before. Received: {weights}, which holds none.")


def network_of(model: keras.Model) -> keras.Model:
    """The network inside a saved model: what the plugin's ``build`` returned.

    Raises:
        ConfigError: There is none with a layer called ``head``.
    """
    for layer in model.layers:
        if isinstance(layer, keras.Model) and any(inner.name == "head" for inner in layer.layers):
            return layer
    if any(layer.name == "head" for layer in model.layers):
        return model
    raise ConfigError("model.weights: the saved model has no layer called 'head'; was it saved by an image model?")


def transplant(network: keras.Model, weights: str) -> None:
    """Give a network the weights of a saved one of the same make, all but those of the head.

    Raises:
        ConfigError: The two are not of the same make.
    """
    source = network_of(load_saved(weights))
    theirs, ours = _weighted(source), _weighted(network)
    shapes = [[list(map(tuple, (one.shape for one in layer.weights))) for layer in side] for side in (theirs, ours)]
    if shapes[0] != shapes[1]:
        raise ConfigError(
            f"model.weights: those of {weights} do not fit this model.{_differences(weights, len(theirs), len(ours))}"
        )
    for mine, its in zip(ours, theirs, strict=True):
        mine.set_weights(its.get_weights())


def _weighted(network: keras.Model) -> list[Any]:
    return [layer for layer in network.layers if layer.weights and layer.name != "head"]


def _differences(weights: str, theirs: int, ours: int) -> str:
    """What the saved model was made with, if that is told."""
    fields = model_file(weights).with_name("fields.json")
    if fields.is_file():
        made = json.loads(fields.read_text())
        told = ", ".join(f"model.{key}={value}" for key, value in made.items() if key != "weights")
        return f" It was saved with: {told}."
    return f" It has {theirs} layers with weights before the head; this model has {ours}."
