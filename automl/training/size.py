"""How much memory a model takes to train, known before any of it is taken."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf
from keras.src.backend.common import global_state

from automl.errors import AutomlError, ConfigError
from automl.resources import free_memory, in_words

if TYPE_CHECKING:
    from collections.abc import Callable

_BYTES = 4
_STATES = {"sgd": 1, "rmsprop": 1, "lion": 1}
"""Numbers that an optimizer keeps for each weight; the others keep two."""
# Half of what layers put out: some of it is a view, or is let go of before the gradient.
_KEPT = 0.5
# A model that takes less is not worth asking a GPU for.
_SMALL = 1 << 30
_NAMED = 3
_COUNTS = 0.9


@dataclass(frozen=True)
class Size:
    """What a model consists of.

    Attributes:
        weights: All of them.
        trained: Those that learn.
        outputs: Numbers that the layers put out for one sample.
    """

    weights: int
    trained: int
    outputs: int


def check_size(plugin: Any, build: Callable[[Any], keras.Model], *, optimizer: str = "adam", batch: int = 1) -> None:
    """Refuse a model that the device's memory cannot hold while it trains.

    Args:
        plugin: The dataclass whose fields shape the model.
        build: From a plugin to its model; called where no weight is allocated.
        optimizer: Keras's name of what trains it.
        batch: Samples in a batch.

    Raises:
        ConfigError: The message names the fields that make it so large.
    """
    size = measure(lambda: build(plugin))
    if size is None:
        return
    weights = _BYTES * (size.weights + size.trained * (1 + _STATES.get(optimizer, 2)))
    outputs = int(_BYTES * _KEPT * size.outputs * batch)
    if weights + outputs < _SMALL:
        return
    free = _free()
    if weights > free:
        raise ConfigError(
            f"model: its {size.weights:,} weights take {in_words(weights)} with their gradients and the optimizer's"
            f" state; {in_words(free)} of memory are free. {_advice(plugin, build, size, 'weights')}"
        )
    if weights + outputs > free:
        raise ConfigError(
            f"training.batch_size: a batch of {batch:,} takes about {in_words(weights + outputs)} while the model"
            f" trains; {in_words(free)} of memory are free. Choose a smaller batch, or a smaller model."
            f" {_advice(plugin, build, size, 'outputs')}"
        )


def measure(build: Callable[[], keras.Model]) -> Size | None:
    """The size of a model, without memory for its weights; None where it cannot be built that way.

    Raises:
        AutomlError: The fields of the model do not fit the data.
    """
    try:
        # Weights are not allocated in this scope: every layer is built on shapes alone.
        with keras.StatelessScope(initialize_variables=False):
            model = build()
            trained = _count(model.trainable_variables)
            return Size(_count(model.variables), trained, _outputs(model))
    except AutomlError:
        raise
    except Exception:  # noqa: BLE001 - a network may be built in ways that shapes alone do not serve
        return None
    finally:
        # What was left unallocated would be allocated by the next such scope of Keras's own.
        global_state.set_global_attribute("uninitialized_variables", [])


def _count(variables: list[Any]) -> int:
    return sum(_volume(variable.shape) for variable in variables)


def _volume(shape: Any) -> int:
    """How many numbers a shape holds, a length that varies counted once; Python's integers do not overflow."""
    total = 1
    for length in shape:
        total *= int(length or 1)
    return total


def _outputs(model: keras.Model) -> int:
    """Numbers that the layers, inputs included, put out for one sample; of networks that do not learn, none is kept."""
    total = 0
    for layer in model.layers:
        if hasattr(layer, "layers") and hasattr(layer, "operations"):
            total += _outputs(layer) if layer.trainable else 0
            continue
        try:
            outputs = tf.nest.flatten(layer.output)
        except (AttributeError, ValueError):  # it was called more than once, or never
            continue
        total += sum(_volume(one.shape) for one in outputs)
    return total


def _advice(plugin: Any, build: Callable[[Any], keras.Model], size: Size, what: str) -> str:
    """Which fields make a model so large: those that make it smaller when they are halved, the greatest first."""
    shares: dict[str, float] = {}
    for one in fields(plugin):
        value = getattr(plugin, one.name)
        if isinstance(value, int) and not isinstance(value, bool) and value > 1:
            smaller = _halved(plugin, build, one.name, value)
            if smaller is not None:
                shares[one.name] = getattr(smaller, what) / getattr(size, what)
    named = sorted((name for name in shares if shares[name] < _COUNTS), key=lambda name: -getattr(plugin, name))
    if not named:
        return "What makes it so large are the data: make the inputs smaller."
    told = ", ".join(f"model.{name}={getattr(plugin, name)}" for name in named[:_NAMED])
    return f"What makes it so large is {told}: choose less."


def _halved(plugin: Any, build: Callable[[Any], keras.Model], name: str, value: int) -> Size | None:
    try:
        other = replace(plugin, **{name: value // 2})
        return measure(lambda: build(other))
    except Exception:  # noqa: BLE001 - fields may have rules of their own
        return None


def _free() -> int:
    """Bytes that are free on the device that trains."""
    if not tf.config.list_physical_devices("GPU"):
        return free_memory()
    asked = (os.environ.get("CUDA_VISIBLE_DEVICES") or "0").split(",")[0]
    command = ["nvidia-smi", f"--id={asked}", "--query-gpu=memory.free", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout
        return int(told.split()[0]) * (1 << 20)
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return 1 << 62  # unknown: let the device say so itself
