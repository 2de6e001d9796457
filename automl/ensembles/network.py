"""The Keras models of an ensemble's members joined to one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from automl.plugin import ModelPlugin


def average(members: Sequence[ModelPlugin], weights: np.ndarray) -> keras.Model | None:
    """The model whose output is the weighted mean of the members'; None where one has no Keras model, or other inputs.

    It is traced and written once, where graphs would be as often as there are members.

    Args:
        members: Those that have one tell it as ``served``, and as ``served_columns`` what its inputs are made of.
        weights: Of sum 1.
    """
    networks: list[keras.Model] = [
        one for one in (getattr(each, "served", None) for each in members) if one is not None
    ]
    columns = [getattr(one, "served_columns", None) for one in members]
    if len(networks) < len(members) or any(one != columns[0] for one in columns):
        return None
    inputs = _described(networks[0])
    if any(_described(one) != inputs for one in networks):
        return None
    made = {name: keras.Input(shape[1:], dtype=dtype, name=name) for name, (shape, dtype) in inputs.items()}
    taken: Any = made if isinstance(networks[0].input, dict) else next(iter(made.values()))
    outputs = [
        # Names have to differ within a model; the layers are the members' own.
        keras.layers.Rescaling(float(weight))(keras.Model(one.input, one.output, name=f"member_{number}")(taken))
        for number, (one, weight) in enumerate(zip(networks, weights, strict=True))
    ]
    return keras.Model(taken, keras.layers.Add()(outputs) if len(outputs) > 1 else outputs[0])


def _described(network: keras.Model) -> dict[str, tuple[Any, str]]:
    """Shapes and types of the inputs, by name."""
    given = network.input if isinstance(network.input, dict) else {one.name: one for one in network.inputs}
    return {name: (tuple(one.shape), str(one.dtype)) for name, one in given.items()}
