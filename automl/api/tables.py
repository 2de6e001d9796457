"""Studies and trials as tables."""

from __future__ import annotations

import time
from statistics import fmean
from typing import TYPE_CHECKING, Any

import pandas as pd

from automl.api.finding import is_study
from automl.api.record import read_record
from automl.errors import AutomlError
from automl.records import TrialState, standard_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from automl.records import StudyRecord, TrialRecord

_LAST = ("epochs", "best_epoch", "parameters", "seconds", "message")


def trials(records: Sequence[TrialRecord]) -> pd.DataFrame:
    """One row a trial, by number; a parameter that a trial had not is missing."""
    columns: dict[str, Any] = {
        "number": pd.Series([one.number for one in records], dtype="int64"),
        "state": pd.Series([one.state.value for one in records], dtype=object),
        "failure": pd.Series([one.failure or None for one in records], dtype=object),
        "value": pd.Series([one.value for one in records], dtype="float64"),
    }
    for name in _names(one.params for one in records):
        columns[name] = _column([one.params.get(name) for one in records])
    for name in _names(one.metrics for one in records):
        if name not in columns and name not in _LAST:  # "seconds" of a trial are more than those of an epoch
            columns[name] = pd.Series([one.metrics.get(name) for one in records], dtype="float64")
    numbers = ((one.step, one.best_step, one.parameters, one.seconds) for one in records)
    for name, values in zip(_LAST, zip(*numbers, strict=True) if records else [()] * 4, strict=False):
        columns[name] = pd.Series(values, dtype="float64" if name == "seconds" else "int64")
    return pd.DataFrame({**columns, "message": pd.Series([one.message for one in records], dtype=object)})


def leaderboard(study: StudyRecord) -> pd.DataFrame:
    """Complete trials, best first by the study's own rule, then the others by number; the index is the rank.

    Where configurations were trained with several seeds, ``error`` is the standard error of the value, and
    ``confirmed`` the mean over fresh seeds. Where there are several objectives they stand in the place of ``value``,
    and ``front`` tells which are on it.
    """
    ranked = study.ranked
    complete = {one.number for one in ranked}
    return _board(study, [*ranked, *(one for one in study.trials if one.number not in complete)])


def front(study: StudyRecord) -> pd.DataFrame:
    """Those of the leaderboard that no other one dominates."""
    return _board(study, study.front)


_STUDIES = (
    "name", "state", "model", "data", "task", "objective", "value", "metric", "test", "baseline", "trials", "complete",
    "seconds", "started", "message",
)  # fmt: skip


def studies(experiments: Path) -> pd.DataFrame:
    """The studies of an experiments folder, one row each, the latest first.

    ``value`` is the best trial's ``objective``; ``test`` and ``baseline`` are of the task's ``metric``. A study whose
    journal cannot be read is ``damaged``, and its ``message`` says why.
    """
    found = [one for one in experiments.iterdir() if is_study(one)] if experiments.is_dir() else []
    table = pd.DataFrame([_study(one) for one in found], columns=list(_STUDIES))
    table["started"] = pd.to_datetime(table["started"], unit="s", utc=True).dt.floor("s")
    numbers = ("value", "test", "baseline", "seconds")
    table = table.astype({**dict.fromkeys(numbers, "float64"), "trials": "Int64", "complete": "Int64"})
    return table.sort_values(["started", "name"], ascending=[False, True], ignore_index=True)


def _study(folder: Path) -> dict[str, Any]:
    try:
        record = read_record(folder)
    except AutomlError as error:
        return {"name": folder.name, "state": "damaged", "message": str(error)}
    tested = record.evaluation
    known = {"test": tested.test, "baseline": tested.baseline} if tested else {"baseline": record.baseline}
    return {
        "name": record.name,
        "state": record.state.value,
        "model": record.plugin["name"],
        "data": record.config["data"]["name"],
        "task": record.task.name,
        "objective": record.objective,
        "value": record.best.value if record.best else None,
        "metric": record.task.metric,
        **{name: scores.get(record.task.metric) for name, scores in known.items()},
        "trials": len(record.trials),
        "complete": record.count(TrialState.COMPLETE),
        "seconds": record.seconds or record.ran(time.time()),
        "started": record.started,
        "message": record.message,
    }


def _board(study: StudyRecord, records: Sequence[TrialRecord]) -> pd.DataFrame:
    table = trials(records)
    table["state"] = [one.outcome for one in records]
    table["error"] = _column([standard_error(one.scores) if len(one.scores) > 1 else None for one in records])
    table["confirmed"] = _column([fmean(one.fresh) if one.fresh else None for one in records])
    table.index = pd.RangeIndex(1, len(table) + 1, name="rank")
    told = [
        *_objectives(table, study, records),
        *(name for name in ("error", "confirmed") if table[name].notna().any()),
    ]
    searched = [name for name in _names(one.params for one in study.trials) if name in table]
    return table[["number", "state", *told, *searched, "epochs", "seconds"]]


def _objectives(table: pd.DataFrame, study: StudyRecord, records: Sequence[TrialRecord]) -> list[str]:
    """The columns that tell what trials came to; those of several objectives are put into the table."""
    if not study.further:
        return ["value"]
    leading = {one.number for one in study.front}
    table["front"] = [one.number in leading for one in records]
    told = [study.values(one) or [float("nan")] * len(study.objectives) for one in records]
    for place, one in enumerate(study.objectives):
        table[one.metric] = pd.Series([each[place] for each in told], table.index, "float64")
    return ["front", *(one.metric for one in study.objectives)]


def _names(mappings: Iterable[Any]) -> list[str]:
    """The keys of all of them, in the order of their first appearance."""
    return list(dict.fromkeys(name for one in mappings for name in one))


def _column(values: list[Any]) -> pd.Series[Any]:
    """Parameters in the type that holds them, missing ones included."""
    kinds = {type(value) for value in values if value is not None}
    missing = None in values
    if kinds == {int}:
        return pd.Series(values, dtype="Int64" if missing else "int64")
    if kinds == {bool}:
        return pd.Series(values, dtype="boolean" if missing else "bool")
    if kinds and kinds <= {int, float}:
        return pd.Series(values, dtype="float64")
    return pd.Series(values, dtype=object)
