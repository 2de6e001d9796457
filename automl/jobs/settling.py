"""What is decided of a trained model's answers before it is used: by the samples that trials are compared on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl.alive import beat
from automl.ensembles import settle, settle_folder
from automl.tasks import load_task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from automl.data import Dataset, Part
    from automl.plugin import ModelPlugin, Trial

_CHUNK = 16_384


def settle_trained(plugin: ModelPlugin, data: Dataset, trial: Trial, folder: Path) -> None:
    """Calibrate the model that was saved into a folder, and choose its threshold, where either is asked for.

    Args:
        plugin: The model.
        data: Its validation part decides.
        trial: Its configuration and objective ask.
        folder: Where the model was saved.
    """
    if not is_asked(trial.config, data, trial.objective):
        return
    target, predictions = data.validation.target(), _predictions(plugin, data.validation)
    found = settle(data.spec, target, predictions, trial.objective, calibrate=trial.config.get("calibrate", False))
    if found:
        settle_folder(folder, trial.config["model"]["name"], data.spec, found)


def is_asked(config: Mapping[str, Any], data: Dataset, objective: str) -> bool:
    """Whether anything is to be decided of models on such data."""
    return config.get("calibrate", False) or load_task(data.spec.task).settles(data.spec, objective)


def _predictions(plugin: ModelPlugin, part: Part) -> np.ndarray:
    found = []
    for inputs, _ in part.chunks(_CHUNK):
        found.append(plugin.predict(inputs))
        beat()
    return np.concatenate(found)
