"""What a study came to, as Python sees it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from os import PathLike
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from plotly.graph_objects import Figure

    from automl.api.prediction import Answer, Trained
    from automl.api.reporting import Report
    from automl.api.reproducing import Reproduction
    from automl.exports import Export
    from automl.handover import Member
    from automl.plugin import ModelPlugin
    from automl.records import StudyRecord


@dataclass(frozen=True)
class Best:
    """The best trial of a study.

    Attributes:
        number: Of the trial.
        value: Its objective.
        params: What was searched, by config path.
        metrics: All that it reported, as of its best epoch.
        config: Its whole configuration, no space left.
        folder: Its trained model, as ``ModelPlugin.load`` reads it.
    """

    number: int
    value: float
    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    config: Mapping[str, Any] = field(repr=False)
    folder: Path = field(repr=False)


class Study:
    """A study that ended, was interrupted, or was killed; ``automl.search`` and ``automl.load`` give it.

    Args:
        record: What is known of it.
        cls: The class of its model, where that is not installed.

    Example:
        >>> study = automl.load("first")
        >>> study
        Study 'first': cnn on digits, finished, 1 complete. Best: trial 0, ...
        >>> sorted(study.best.params)
        ['model.blocks', ...]
        >>> study.leaderboard()["state"].tolist()
        ['complete']
        >>> study.predict(load_digits().images[:2]).columns.tolist()
        ['label', 'probability', 'probability of 0', ...]
    """

    def __init__(self, record: StudyRecord, cls: type[ModelPlugin] | None = None) -> None:
        self._record = record
        self._class = cls
        self._loaded: dict[int | None, Trained] = {}

    @property
    def name(self) -> str:
        """Unique in its experiments folder."""
        return self._record.name

    @property
    def folder(self) -> Path:
        """Where its files are: ``best.yaml``, ``evaluation/figures``, ``trials``, ..."""
        return self._record.folder

    @property
    def state(self) -> str:
        """``finished``, ``interrupted``, ``failed``, ``killed``, or ``running`` when it was loaded."""
        return self._record.state.value

    @property
    def message(self) -> str:
        """In a sentence, why it ended before its budget; else empty."""
        return self._record.message

    @property
    def task(self) -> str:
        """What was solved, such as ``image_classification``."""
        return self._record.task.name

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels in the order of their numbers; none where the task has none, or the data were not read."""
        return self._record.spec.classes if self._record.spec is not None else ()

    @property
    def objective(self) -> str:
        """The metric that trials were compared by, such as ``val_accuracy``."""
        return self._record.objective

    @property
    def direction(self) -> str:
        """``maximize`` or ``minimize``."""
        return self._record.direction

    @property
    def objectives(self) -> Mapping[str, str]:
        """All objectives with their directions, the leading one first."""
        return {one.metric: one.direction for one in self._record.objectives}

    @property
    def config(self) -> Mapping[str, Any]:
        """The configuration, spaces included."""
        return self._record.config

    @property
    def seconds(self) -> float:
        """Wall-clock of the whole."""
        return self._record.seconds

    @property
    def best(self) -> Best | None:
        """The best trial, of several objectives by the leading one; None where none is complete."""
        best = self._record.best
        if best is None or best.value is None:
            return None
        return Best(best.number, best.value, best.params, best.metrics, best.config, best.folder / "plugin")

    @property
    def test(self) -> Mapping[str, float]:
        """The scores on the test part of the model that is handed back; empty where it was not tested.

        That is the best trial's, an ensemble (``members``), or the best configuration fitted again.
        """
        return self._record.evaluation.test if self._record.evaluation else {}

    @property
    def validation(self) -> Mapping[str, float]:
        """Its scores on the validation part; empty where it was not tested."""
        return self._record.evaluation.validation if self._record.evaluation else {}

    @property
    def single(self) -> Mapping[str, float]:
        """The best single model's scores on the test part, where an ensemble or another model is handed back, too."""
        return self._record.evaluation.alone("test") if self._record.evaluation else {}

    @property
    def members(self) -> tuple[Member, ...]:
        """The models of the ensemble that is handed back, what counts most first; none where it is no ensemble."""
        return self._record.members

    @property
    def baseline(self) -> Mapping[str, float]:
        """The trivial predictor's scores: on the test part, or on the validation part where nothing was tested."""
        return self._record.evaluation.baseline if self._record.evaluation else self._record.baseline

    @property
    def notes(self) -> tuple[str, ...]:
        """What the final evaluation could not do, one sentence each."""
        return self._record.evaluation.notes if self._record.evaluation else ()

    @property
    def served(self) -> Path | None:
        """The best model as an MLflow model, for ``mlflow models serve`` and ``mlflow.pyfunc.load_model``, if it is."""
        folder = self._record.evaluation.folder / "model" if self._record.evaluation else None
        return folder if folder is not None and folder.is_dir() else None

    @property
    def trials(self) -> pd.DataFrame:
        """One row a trial: number, state, failure, value, parameters by config path, metrics, epochs, seconds."""
        from automl.api.tables import trials

        return trials(self._record.trials)

    def leaderboard(self) -> pd.DataFrame:
        """Complete trials, best first, then the others by number: state, value, parameters and seconds, by rank.

        Of several objectives all are told, and whether a trial is on their Pareto front, which comes before all others.
        """
        from automl.api.tables import leaderboard

        return leaderboard(self._record)

    @property
    def report(self) -> Report:
        """The study as a page: shows itself in a notebook, and lies at ``report.path``."""
        from automl.api.reporting import Report

        return Report(self._record)

    def plot(self, kind: str = "history") -> Figure:
        """A chart of the report, as a figure of plotly.

        Args:
            kind: ``history``, ``importance``, ``parallel``, ``slice``, ``curves``, ``front`` or ``timeline``.

        Raises:
            ConfigError: There is no such chart.
            StudyError: The study has nothing that it could show.
        """
        from automl.api.reporting import plot

        return plot(self._record, kind)

    @property
    def front(self) -> pd.DataFrame:
        """The trials that no other one dominates (Pareto), as ``leaderboard`` has them; one objective's is its best."""
        from automl.api.tables import front

        return front(self._record)

    @property
    def model(self) -> ModelPlugin:
        """The model that is handed back; loaded, and TensorFlow with it, when it is first asked for.

        That is the best trial's, or where it was found to be better an ``automl.ensembles.Ensemble`` of several.

        Raises:
            StudyError: There is none.
            PluginError: Its plugin is not installed any more.
        """
        return self._trained().plugin

    def predict(self, x: Any, *, trial: int | None = None) -> pd.DataFrame:
        """What the best model says of raw inputs.

        Args:
            x: As the data were: a DataFrame with columns in any order and others beside them; images (n, height,
                width, channels), or a list of image files; a list of texts; sequences (n, steps, features); rows of a
                series, of which the last are looked back on, or windows of them. Or the path of files, as ``stream``
                takes it.
            trial: Another trial than the best, by its number, whose model is kept.

        Returns:
            One row a sample, as the task answers: ``label``, its ``probability`` and that of every class; or
            ``prediction``; or the steps of a forecast. A DataFrame's index is kept; of files the first columns name
            the sample.

        Raises:
            DataError: The inputs are not of the kind that the model learned from, or the model's files are damaged.
            StudyError: There is no model.
        """
        return self._trained(trial).predict(x)

    def stream(
        self,
        path: str | PathLike[str],
        *,
        trial: int | None = None,
        data: Mapping[str, Any] | None = None,
        note: Callable[[str], None] = lambda _: None,
    ) -> Iterator[Answer]:
        """What the best model says of the samples in files, a chunk at a time, in their order: memory does not grow.

        Args:
            path: Read as the study's data were: a table in CSV or Parquet (the target need not be there); a folder of
                images, a zip of one, or one image; texts, a .txt file with one a line, a folder of .txt files, or a
                table; a series in a table, of which the last rows are looked back on; arrays in .npy or .npz. A pattern
                such as ``new-*.csv`` names several files.
            trial: As of ``predict``.
            data: Keys under ``data`` that differ, such as ``{"encoding": "cp949"}``.
            note: Takes sentences that are worth hearing: values that the model has not met, files that were left out.

        Raises:
            DataError: As of ``predict``; a column is missing, or holds what it should not, which row is told.
            ConfigError: A key is unknown, or models of this task take no samples.
            StudyError: There is no model.

        Example:
            >>> for answer in study.stream("new.csv"):  # doctest: +SKIP
            ...     print(answer.table)
        """
        return self._trained(trial).stream(os.fspath(path), data or {}, note)

    def sample(self, count: int, *, seed: int = 0, trial: int | None = None) -> np.ndarray:
        """New images that the best model draws: bytes (count, height, width, 1 or 3); of the same seed the same.

        Raises:
            ConfigError: Models of this task draw none.
            StudyError: There is no model.
        """
        return self._trained(trial).sample(count, seed)

    def export(
        self,
        format: str,  # noqa: A002 - what it is
        folder: str | PathLike[str] | None = None,
        *,
        quantize: str | None = None,
    ) -> Export:
        """The best model for another runtime: raw inputs in, preprocessing inside, and nothing of this project needed.

        What is made is called by the format's own runtime, in a process that cannot import this project, on up to 100
        samples of the test part; where its outputs differ from the original's by more than 1e-4 it is refused.

        Args:
            format: ``keras``, ``savedmodel``, ``onnx``, ``litert`` or ``mlflow``.
            folder: A new one; by default ``exports/<format>`` in the study's.
            quantize: ``int8``, for ``litert``: refused where the task's metric gets worse by more than a fiftieth.

        Returns:
            Where it is, its size and latency, the largest difference, and three lines that load and call it.

        Raises:
            ExportError: The format cannot hold the model, or its outputs differ.
            StorageError: The folder is there already, or cannot be written.
            DataError: The data are not there any more.
        """
        from automl.api.exporting import export

        with self._known("export"):
            return export(self._record, format, folder, quantize)

    def reproduce(self, *, whole: bool = False, tolerance: float = 1e-3, verbose: bool = True) -> Reproduction:
        """Train the best trial again, in a study of its own, and compare the scores; see ``automl.reproduce``."""
        from automl.api.reproducing import reproduced

        with self._known("reproduce"):
            return reproduced(self._record, whole=whole, tolerance=tolerance, verbose=verbose)

    def having(self, model: type[ModelPlugin]) -> Study:
        """The same with the class of its model.

        Raises:
            ConfigError: Its model is an installed one.
            PluginError: The class is no model.
        """
        from automl.api.session import class_of

        if not self._record.is_of_session:
            raise ConfigError(
                f"load: the model of {self.name}, {self._record.plugin['name']}, is installed: leave out model=."
            )
        return Study(self._record, class_of(model))

    def _known(self, asked: str) -> AbstractContextManager[None]:
        from automl.api.session import known

        return known(self._record, self._class, asked)

    def _trained(self, trial: int | None = None) -> Trained:
        """The best trial's model, or another's, loaded once."""
        from automl.api.prediction import load_trained

        if trial not in self._loaded:
            with self._known("predict"):
                self._loaded[trial] = load_trained(self._record, trial)
        return self._loaded[trial]

    def __repr__(self) -> str:
        from automl.report.wording import counts, handed_back, is_replaced, score

        record = self._record
        head = f"Study '{record.name}': {record.plugin['name']} on {record.config['data']['name']}, {record.state}"
        told = [f"{head}, {counts(record)}."]
        if record.best is not None:
            tested = self.test.get(record.task.metric)
            test = "not tested" if tested is None else f"test {record.task.metric} {score(tested)}"
            told.append(f"Best: trial {record.best.number}, {record.objective} {score(record.best.value)}, {test}.")
            told += [f"Handed back: {handed_back(record)}."] if is_replaced(record) else []
        elif record.message:
            told.append(record.message)
        return " ".join(told)

    def _repr_html_(self) -> str:
        from automl.report.html import study_html

        return study_html(self._record)
