"""The trained model of a study, and its answers to raw inputs."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError, DataError, StudyError, nearest, shown
from automl.streams import hushed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    import pandas as pd

    from automl.data.samples import Note, Samples
    from automl.data.spec import DataSpec
    from automl.plugin import ModelPlugin
    from automl.records import StudyRecord, TrialRecord
    from automl.tasks.base import Task


@dataclass(frozen=True)
class Answer:
    """What a model says of some samples of a source.

    Attributes:
        table: What tells them apart (``row``, ``file``, ``line``, a date) in the first columns, and the task's answer.
        names: How many columns those are.
        pictures: Of a task whose predictions are pictures, one of each sample: numbers of classes (height, width) of
            the sample's own size.
        given: The columns that the samples were read from, where they are rows of a table.
    """

    table: pd.DataFrame
    names: int
    pictures: tuple[np.ndarray, ...] = ()
    given: pd.DataFrame | None = None

    def keeping(self, columns: Sequence[str]) -> Answer:
        """The same with columns of the input after those that name the samples.

        Args:
            columns: Each the name of one, or several names parted by commas.

        Raises:
            ConfigError: There is none of that name, or the input has none.
        """
        import pandas as pd

        if self.given is None or len(self.given) != len(self.table):
            raise ConfigError("--keep: these answers are not of rows of a table, and have no columns beside them.")
        kept = self.given[[name for asked in columns for name in _columns(asked, [str(name) for name in self.given])]]
        kept = kept.rename(columns={name: f"{name} (given)" for name in kept if name in self.table})
        parts = [self.table.iloc[:, : self.names], kept.reset_index(drop=True), self.table.iloc[:, self.names :]]
        return replace(self, table=pd.concat(parts, axis=1))


def _columns(asked: str, known: list[str]) -> list[str]:
    """The columns that a word names: the one that is called so, or those between its commas."""
    names = [asked] if asked in known else [name.strip() for name in asked.split(",")]
    for name in names:
        if name not in known:
            raise ConfigError(f"--keep: there is no column '{name}'. {nearest(name, known)}")
    return names


@dataclass(frozen=True)
class Trained:
    """A trained model with what it takes to ask it.

    Attributes:
        plugin: The model.
        task: Answers in its words.
        spec: Of the data that it learned from.
        data: The ``data`` section of its configuration: new samples are read as those were.
    """

    plugin: ModelPlugin
    task: Task
    spec: DataSpec
    data: Mapping[str, Any]

    def predict(self, x: Any) -> pd.DataFrame:
        """What the model says of raw inputs, in the task's words; ``Study.predict`` tells what they may be."""
        import pandas as pd

        from automl.api.raw import is_path, raw_inputs

        if is_path(x, self.spec):
            return pd.concat([one.table for one in self.stream(str(x), {}, lambda _: None)], ignore_index=True)
        self.task.check_asked()
        inputs = raw_inputs(x, self.spec)
        answer = self.task.answer(self._outputs(inputs), self.spec)
        if isinstance(x, pd.DataFrame | pd.Series) and len(x) == len(answer):
            answer.index = x.index
        return answer

    def stream(self, path: str, keys: Mapping[str, Any], note: Note) -> Iterator[Answer]:
        """What the model says of samples in files, a chunk at a time; see ``Study.stream``."""
        from automl.jobs.common import make_loader

        self.task.check_asked()
        loader = make_loader({**self.data, **keys})
        try:
            for samples in loader.samples(path, self.spec, note):
                yield self._answer(samples)
        except OSError as error:
            raise DataError(f"predict: {path} cannot be read: {error.strerror or error}.") from error

    def sample(self, count: int, seed: int) -> np.ndarray:
        """New images that the model draws; see ``Study.sample``."""
        return self.task.sample(self.plugin, self.spec, count, seed)

    def _outputs(self, inputs: Any) -> np.ndarray:
        with hushed():
            return self.plugin.predict(inputs)

    def _answer(self, samples: Samples) -> Answer:
        predictions = self._outputs(samples.inputs)
        table = self.task.named(samples.names, self.task.answer(predictions, self.spec))
        drawn = self.task.pictures(predictions, self.spec)
        pictures = () if drawn is None else tuple(drawn)
        if samples.restore is not None:
            pictures = tuple(samples.restore(number, one) for number, one in enumerate(pictures))
        return Answer(table, len(samples.names.columns), pictures, samples.table)


def load_trained(record: StudyRecord, number: int | None = None) -> Trained:
    """A model of a study, loaded into this process, and TensorFlow with it.

    Args:
        record: The study.
        number: Of the trial; by default the model that is handed back.

    Raises:
        StudyError: There is none.
        PluginError: Its plugin is not installed any more.
        DataError: Its files are damaged, or no model's.
    """
    from automl.api.opening import open_model, open_spec
    from automl.tasks import load_task

    trial = _trial(record, number)
    folder = trial.folder / "plugin" if number is not None or record.handed is None else record.handed.folder
    if not folder.is_dir():
        which = (
            f"the best model of {record.name}" if number is None else f"the model of trial {number} of {record.name}"
        )
        raise StudyError(f"predict: {which} is not there any more. Received: {folder}{_kept(record, number)}")
    spec = open_spec(folder) or record.spec
    if spec is None:
        raise StudyError(f"predict: the study {record.name} was cut before its data were described. Run it again.")
    _quiet()
    plugin = open_model(trial.family, folder)
    return Trained(plugin, load_task(spec.task), spec, trial.config["data"])


def _trial(record: StudyRecord, number: int | None) -> TrialRecord:
    if number is not None:
        try:
            return record.trial(number)
        except KeyError:
            last = f"0 to {len(record.trials) - 1}" if record.trials else "none"
            raise StudyError(f"predict: {record.name} has no trial {shown(number)}. It has {last}.") from None
    if record.best is None:
        raise StudyError(f"predict: the study {record.name} has no complete trial, and so no model.")
    return record.best


def _kept(record: StudyRecord, number: int | None) -> str:
    """Which trials still have a model, where another was asked for."""
    kept = [str(one.number) for one in record.trials if (one.folder / "plugin").is_dir()]
    return (
        ""
        if number is None
        else f". There are models of trials {', '.join(kept) or 'none'}; search.keep_models=<n> keeps more."
    )


def _quiet() -> None:
    """Import TensorFlow without its greetings, and let it leave memory of a GPU to others."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # a machine without a GPU is no error
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    import automl.runner.preload  # noqa: F401
