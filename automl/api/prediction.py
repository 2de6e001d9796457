"""The best model of a study, and its answers to raw inputs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.errors import DataError, PluginError, StudyError
from automl.registry import Group, entry

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from automl.data.spec import DataSpec
    from automl.plugin import ModelPlugin
    from automl.records import StudyRecord
    from automl.tasks.base import Task


@dataclass(frozen=True)
class Trained:
    """A trained model with what it takes to ask it.

    Attributes:
        plugin: The model.
        task: Answers in its words.
        spec: Of the data that it learned from.
    """

    plugin: ModelPlugin
    task: Task
    spec: DataSpec

    def predict(self, x: Any) -> pd.DataFrame:
        """What the model says of raw inputs, in the task's words; ``Study.predict`` tells what they may be."""
        import pandas as pd

        from automl.api.raw import raw_inputs

        inputs = raw_inputs(x, self.spec)
        answer = self.task.answer(self.plugin.predict(inputs), self.spec)
        if isinstance(x, pd.DataFrame | pd.Series) and len(x) == len(answer):
            answer.index = x.index
        return answer


def load_trained(record: StudyRecord) -> Trained:
    """The best model of a study, loaded into this process, and TensorFlow with it.

    Raises:
        StudyError: There is none.
        PluginError: Its plugin is not installed any more.
    """
    from automl.tasks import load_task

    best = record.best
    if best is None:
        raise StudyError(f"predict: the study {record.name} has no complete trial, and so no model.")
    folder = best.folder / "plugin"
    if not folder.is_dir():
        raise StudyError(f"predict: the best model of {record.name} is not there any more. Received: {folder}")
    spec = _spec(folder) or record.spec
    if spec is None:
        raise StudyError(f"predict: the study {record.name} was cut before its data were described. Run it again.")
    _quiet()
    from automl.plugin import ModelPlugin

    cls = entry(Group.MODELS, record.plugin["name"]).load()
    if not (isinstance(cls, type) and issubclass(cls, ModelPlugin)):
        raise PluginError(f"The model '{record.plugin['name']}' is no automl.plugin.ModelPlugin. Received: {cls!r}.")
    try:
        plugin = cls.load(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"predict: the model in {folder} cannot be loaded: {error}") from error
    return Trained(plugin, load_task(spec.task), spec)


def _spec(folder: Path) -> DataSpec | None:
    """What the model itself keeps of its data: trials may differ in how they read them."""
    from automl.data.spec import DataSpec

    path = folder / "spec.json"
    return DataSpec.from_dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _quiet() -> None:
    """Import TensorFlow without its greetings, and let it leave memory of a GPU to others."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # a machine without a GPU is no error
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import automl.runner.preload  # noqa: F401
