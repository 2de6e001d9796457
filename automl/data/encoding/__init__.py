"""Encoders: Keras models that turn strings and columns into numbers, learned on the train part and saved with it."""

from automl.data.encoding.make import encoding_module, make_encoder

__all__ = ["encoding_module", "make_encoder"]
