"""What is decided of a trained model's answers before it is used: by samples that it has not learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from automl.alive import beat
from automl.ensembles import settle, settle_folder
from automl.tasks import load_task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from automl.data import DataSpec, Part
    from automl.plugin import ModelPlugin


def settle_trained(
    folder: Path,
    model: str,
    spec: DataSpec,
    config: Mapping[str, Any],
    objective: str,
    held_out: Callable[[], tuple[np.ndarray, np.ndarray]],
) -> None:
    """Calibrate the model that was saved into a folder, and choose its threshold, where either is asked for.

    Args:
        folder: Where the model was saved.
        model: The name of its plugin, or of one that it is made of.
        spec: Its data.
        config: Of its trial; ``calibrate`` asks.
        objective: What is optimized, such as ``val_f1``.
        held_out: Gives the target of samples that the model has not learned, and what is predicted of them; rows of
            which nothing is predicted (NaN) are left out.
    """
    calibrate = config.get("calibrate", False)
    if not (calibrate or load_task(spec.task).settles(spec, objective)):
        return
    target, predictions = held_out()
    told = np.isfinite(predictions.reshape(len(predictions), -1)).all(axis=1)
    found = settle(spec, target[told], predictions[told], objective, calibrate=calibrate)
    if found:
        settle_folder(folder, model, spec, found)


def validated(plugin: ModelPlugin, part: Part, spec: DataSpec) -> tuple[np.ndarray, np.ndarray]:
    """The target of a part, and what a model predicts of it, a chunk at a time."""
    targets, predictions = [], []
    for inputs, target in part.chunks(spec.chunk):
        targets.append(target)
        predictions.append(plugin.predict(inputs))
        beat()
    return np.concatenate(targets), np.concatenate(predictions)
