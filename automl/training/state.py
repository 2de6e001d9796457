"""What epochs change, read into arrays and plain values and put back: weights, optimizers, random numbers."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import keras
import numpy as np
import tensorflow as tf

# Keras has no public way to the generator of random numbers that ask for no seed.
from keras.src.random.seed_generator import global_seed_generator


@runtime_checkable
class Stateful(Protocol):
    """What tells and takes its own state: arrays and plain values, as a checkpoint holds them."""

    def get_state(self) -> Any:
        """All of it."""

    def set_state(self, state: Any) -> None:
        """Be as ``get_state`` told.

        Raises:
            ValueError: The state is not one of this.
        """


def read(part: Any) -> Any:
    """The state of a part, as arrays and plain values.

    Args:
        part: A Keras model, layer, optimizer, metric or seed generator; a variable of Keras or TensorFlow; a random
            generator of NumPy or TensorFlow; whatever is ``Stateful``; or a mapping or sequence of these.
    """
    variables = _variables(part)
    if variables is not None:
        return [np.asarray(variable) for variable in variables]
    if isinstance(part, np.random.Generator):
        return part.bit_generator.state
    if isinstance(part, Mapping):
        return {name: read(one) for name, one in part.items()}
    if isinstance(part, Sequence) and not isinstance(part, str):
        return [read(one) for one in part]
    return part.get_state()


def write(part: Any, state: Any) -> None:
    """Put a state back that ``read`` told of a part of the same make.

    Raises:
        ValueError: It does not fit: the code that made the part has changed.
    """
    variables = _variables(part)
    if variables is not None:
        for variable, value in zip(variables, state, strict=True):
            variable.assign(_as(value, variable))
    elif isinstance(part, np.random.Generator):
        part.bit_generator.state = state
    elif isinstance(part, Mapping):
        if set(part) != set(state):
            raise ValueError(f"Expected the state of {', '.join(part)}. Received: {', '.join(state)}.")
        for name, one in part.items():
            write(one, state[name])
    elif isinstance(part, Sequence):
        for one, value in zip(part, state, strict=True):
            write(one, value)
    else:
        part.set_state(state)


def check(part: Any) -> None:
    """Refuse what could not be put back into a part that was made anew.

    Raises:
        TypeError: A part has no state, or not yet all of it.
    """
    if isinstance(part, Mapping | Sequence) and not isinstance(part, str):
        for one in part.values() if isinstance(part, Mapping) else part:
            check(one)
    elif not isinstance(part, np.random.Generator | Stateful) and _variables(part) is None:
        raise TypeError(f"A state is made of Keras and TensorFlow objects, or Stateful ones. Received: {part!r}.")


def _variables(part: Any) -> Sequence[Any] | None:
    """The variables that a part is made of; None for what is not made of variables.

    Raises:
        TypeError: They are made later only.
    """
    if isinstance(part, keras.Variable | tf.Variable):
        return (part,)
    if isinstance(part, keras.random.SeedGenerator | tf.random.Generator):
        return (part.state,)
    if isinstance(part, keras.layers.Layer | keras.optimizers.Optimizer | keras.metrics.Metric):
        if not getattr(part, "built", True):
            hint = "Build what learns when it is made, optimizers too: optimizer.build(network.trainable_variables)."
            raise TypeError(f"{hint} Received: {part!r}.")
        variables: Sequence[Any] = part.variables
        return variables
    return None


def _as(value: np.ndarray, variable: Any) -> np.ndarray:
    """The value in the variable's type; files know no brain floats and hold them as bytes."""
    dtype = tf.as_dtype(variable.dtype).as_numpy_dtype
    value = value.view(dtype) if value.dtype.kind == "V" else value
    if value.shape != tuple(variable.shape) or value.dtype != dtype:
        raise ValueError(f"Expected {variable.shape} of {variable.dtype}. Received: {value.shape} of {value.dtype}.")
    return value


class GlobalRandom:
    """The random numbers that belong to nobody: Python's, NumPy's and Keras's.

    TensorFlow's cannot be had: draw from a generator of Keras, TensorFlow or NumPy, and name it in the state.
    """

    def __init__(self) -> None:
        self._keras = global_seed_generator()

    def get_state(self) -> dict[str, Any]:
        """All three, in plain values and arrays."""
        return {
            "python": random.getstate(),
            "numpy": np.random.get_state(legacy=False),  # noqa: NPY002 - a plugin may draw from it
            "keras": read(self._keras),
        }

    def set_state(self, state: Any) -> None:
        """Go on from there."""
        version, numbers, gauss = state["python"]
        random.setstate((version, tuple(numbers), gauss))
        np.random.set_state(state["numpy"])  # noqa: NPY002
        write(self._keras, state["keras"])
