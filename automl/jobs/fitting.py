"""A plugin fitted, anew where its checkpoint is of another version of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.checkpoint import CheckpointError
from automl.plugin import TrialFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.data import Dataset
    from automl.plugin import ModelPlugin, Result, Trial


def fitted(make: Callable[[], ModelPlugin], trial: Trial, data: Dataset) -> tuple[ModelPlugin, Result]:
    """The trained plugin, and what came of it.

    Args:
        make: Makes an untrained one.
        trial: That it is trained in.
        data: What it learns from.

    Raises:
        Pruned: The driver gave the trial up.
        TrialFailed: It cannot go on, or was to end with a checkpoint that does not fit.
    """
    plugin = make()
    try:
        return plugin, plugin.fit(data, trial)
    except CheckpointError as error:
        if trial.should_stop:
            raise TrialFailed("error", str(error)) from error
        trial.begin_anew(str(error))
    plugin = make()
    return plugin, plugin.fit(data, trial)
