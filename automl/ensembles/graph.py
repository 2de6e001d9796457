"""SavedModels made of SavedModels: of an ensemble's members, or of one whose answers are adjusted."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import numpy as np

    from automl.ensembles.adjusting import Adjustment

_SIGNATURE = "serving_default"
_OUTPUT = "outputs"
_EXTRA = "assets.extra"
"""In a SavedModel's folder: what stands beside the graph, such as the names of its columns."""


def join(saved: Sequence[Path], weights: np.ndarray, target: Path) -> None:
    """Write the SavedModel whose output is the weighted mean of the members'.

    Args:
        saved: The members' SavedModels.
        weights: Of sum 1.
        target: A folder that is not there yet.

    Raises:
        NotImplementedError: The members take other inputs than one another.
    """
    members = [tf.saved_model.load(str(one)) for one in saved]
    signatures = [one.signatures[_SIGNATURE] for one in members]
    inputs = _inputs(signatures[0])
    if any(_inputs(one) != inputs for one in signatures) or len({_extra(one) for one in saved}) > 1:
        raise NotImplementedError(
            "The members of this ensemble take different inputs, so that no graph holds them all."
        )

    def serve(**given: Any) -> dict[str, Any]:
        outputs = [next(iter(signature(**given).values())) for signature in signatures]
        return {
            _OUTPUT: tf.add_n([tf.cast(weight, one.dtype) * one for weight, one in zip(weights, outputs, strict=True)])
        }

    _save(serve, inputs, members, saved[0], target)


def adjust(saved: Path, adjustment: Adjustment, target: Path) -> None:
    """Write the SavedModel that tells the answers of another one as they were adjusted.

    Args:
        saved: The other one.
        adjustment: What is done to them.
        target: A folder that is not there yet.
    """
    model = tf.saved_model.load(str(saved))
    signature = model.signatures[_SIGNATURE]

    def serve(**given: Any) -> dict[str, Any]:
        return {_OUTPUT: adjustment.tensor(next(iter(signature(**given).values())))}

    _save(serve, _inputs(signature), [model], saved, target)


def _save(
    serve: Callable[..., dict[str, Any]], inputs: dict[str, tf.TensorSpec], models: list[Any], like: Path, target: Path
) -> None:
    """Write a SavedModel, and beside its graph what stands beside that of another one."""
    module = tf.Module()
    module.models = models  # what holds the variables has to be reached from what is saved
    function = tf.function(serve, autograph=False).get_concrete_function(**inputs)
    tf.saved_model.save(module, str(target), signatures={_SIGNATURE: function})
    if (like / _EXTRA).is_dir():
        shutil.copytree(like / _EXTRA, target / _EXTRA)


def _inputs(signature: Any) -> dict[str, tf.TensorSpec]:
    """The inputs of a signature, by name."""
    named: dict[str, tf.TensorSpec] = dict(sorted(signature.structured_input_signature[1].items()))
    return named


def _extra(saved: Path) -> bytes:
    """What stands beside a graph, all in one."""
    files = sorted(one for one in (saved / _EXTRA).rglob("*") if one.is_file())
    return b"".join(one.name.encode() + one.read_bytes() for one in files)
