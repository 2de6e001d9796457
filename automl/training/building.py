"""What a plugin's ``build`` returned, held against the data: what does not fit is told by the author's line."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import keras

from automl.data.spec import TensorSpec
from automl.errors import PluginError
from automl.failure import named
from automl.training.objectives import supervised_task

if TYPE_CHECKING:
    from automl.data import DataSpec

_SQUASHED = ("softmax", "sigmoid")


def check_built(plugin: Any, network: Any, spec: DataSpec) -> None:
    """Refuse what is no network, or none that takes these inputs.

    Args:
        plugin: The one whose ``build`` returned it.
        network: What it returned.
        spec: The data as batches hold them.

    Raises:
        PluginError: The message names the author's line, and what to write there.
    """
    if not isinstance(network, keras.Model):
        received = "None" if network is None else f"a {type(network).__name__}"
        raise _refused(plugin, f"returned {received}. End it with: return keras.Model(inputs, head(spec)(features))")
    taken = [tuple(one.shape[1:]) for one in getattr(network, "inputs", None) or []]
    if isinstance(spec.inputs, TensorSpec) and len(taken) == 1 and not _agree(taken[0], spec.inputs.shape):
        raise _refused(
            plugin,
            f"takes inputs of shape {taken[0]}, and a sample of {spec.name} is {tuple(spec.inputs.shape)}."
            " Begin it with: inputs = keras.Input(spec.input.shape)",
        )


def check_outputs(plugin: Any, network: keras.Model, spec: DataSpec) -> None:
    """Refuse outputs that the task's own loss does not take.

    Raises:
        PluginError: As of ``check_built``.
    """
    expected, outputs = _expected(spec), getattr(network, "output_shape", None)
    if expected is not None and isinstance(outputs, tuple) and not _agree(outputs[1:], expected):
        raise _refused(
            plugin,
            f"ends in outputs of shape {outputs[1:]} a sample, and {spec.task} on {spec.name} takes {expected}."
            " End it with: return keras.Model(inputs, head(spec)(features))",
        )
    name = _activation(network)
    if spec.classes and name in _SQUASHED:
        raise _refused(
            plugin,
            f"ends in a {name}, and the loss takes what comes before it (logits)."
            " End it with: return keras.Model(inputs, head(spec)(features))",
        )


def _expected(spec: DataSpec) -> tuple[int | None, ...] | None:
    """The shape of what the task's head makes of features; None where it does not tell."""
    task = supervised_task(spec)
    with suppress(Exception):  # a foreign head may ask for features of another kind
        # A tensor's features lie at the places that it has.
        places = spec.target.shape if spec.target is not None and task.info.target == "tensor" else ()
        return tuple(task.head(spec).compute_output_shape((None, *places, 8))[1:])
    return None


def _activation(network: keras.Model) -> str:
    """The name of the last layer's activation; empty where it has none, or where that cannot be told."""
    with suppress(Exception):  # subclassed models have no such history
        layer = network.outputs[0]._keras_history.operation  # noqa: SLF001 - where Keras keeps it
        if isinstance(layer, keras.layers.Softmax):
            return "softmax"
        return str(getattr(getattr(layer, "activation", None), "__name__", ""))
    return ""


def _agree(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether shapes are the same, a length that varies agreeing with any."""
    return len(one) == len(other) and all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))


def _refused(plugin: Any, what: str) -> PluginError:
    return PluginError(f"{named(type(plugin).build)} {what}.")
