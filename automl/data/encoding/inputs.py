"""Keras inputs for the columns of data that are encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras

from automl.data.stacking import stacks

if TYPE_CHECKING:
    from automl.data.spec import DataSpec


def stacked_inputs(spec: DataSpec) -> dict[str, keras.KerasTensor]:
    """The encoder's inputs, by the names of ``stacking.stacks``."""
    return {
        name: keras.Input((len(columns),), dtype=name.removesuffix("_columns"), name=name)
        for name, columns in stacks(spec).items()
    }
