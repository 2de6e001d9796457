"""The encoder that data ask for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

    import keras

    from automl.data.spec import DataSpec


def make_encoder(spec: DataSpec) -> keras.Model | None:
    """A model from raw inputs, as ``automl.data.stacking`` brings them in, to ``spec.features``.

    All of it is learned on the train part.

    Loaders run it once and cache what comes out; training reads that, and the saved model begins with the encoder.
    None where the raw inputs are numbers that networks take as they are.
    """
    module = encoding_module(spec)
    encoder: Any = None if module is None else module.make(spec)
    return encoder


def encoding_module(spec: DataSpec) -> ModuleType | None:
    """The module that encodes such data; imported, its layers can be loaded by Keras."""
    name = spec.details.get("encoding")
    return import_module(f"automl.data.encoding.{name}") if name else None
