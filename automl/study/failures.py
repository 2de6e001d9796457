"""When failures end a study, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.errors import BudgetError, StudyError
from automl.failure import closed
from automl.records import TrialState
from automl.report.wording import duration, evidence

if TYPE_CHECKING:
    from automl.errors import AutomlError
    from automl.records import StudyRecord
    from automl.runner.base import Failed

_FAILURES_IN_A_ROW = 10
_FAILURES_AT_START = 5
_LOST = ("crash", "hang", "oom")


def too_many_failures(record: StudyRecord) -> str:
    """Why no further trial is worth it, in a sentence; empty where one is."""
    ended = [trial for trial in record.trials if trial.state is not TrialState.RUNNING]
    failed = [trial.state is TrialState.FAILED for trial in ended]
    if len(failed) >= _FAILURES_AT_START and all(failed[:_FAILURES_AT_START]):
        return f"Each of the first {_FAILURES_AT_START} trials failed."
    if len(failed) >= _FAILURES_IN_A_ROW and all(failed[-_FAILURES_IN_A_ROW:]):
        return f"{_FAILURES_IN_A_ROW} trials in a row failed."
    return ""


def is_lost(event: Failed) -> bool:
    """Whether the worker was lost rather than refused: the same job may well succeed in another."""
    return event.kind in _LOST


def told(event: Failed) -> str:
    """What ended a job that is not a trial, and the file that tells more."""
    return f"{event.message.rstrip().rstrip('.')}. See {evidence(event.job.dir)}."


def nothing_complete(record: StudyRecord, reserve: float) -> AutomlError:
    """What to say of a study without a complete trial."""
    failed = [trial for trial in record.trials if trial.state is TrialState.FAILED]
    if not record.trials and record.deadline is not None:
        return _no_time(record, reserve)
    if not failed:
        return _all_pruned(record)
    last = failed[-1]
    late = last.failure == "timeout" and not last.history
    hint = " It had not ended its first epoch by then: give it more time." if late else ""
    why = f" {closed(record.message)}" if record.message else ""
    return StudyError(
        f"No trial completed.{why} The last one, {last.number}, {last.outcome}: {closed(last.message)}{hint}"
        f" See {evidence(last.folder)}."
    )


def _all_pruned(record: StudyRecord) -> StudyError:
    broken = [trial for trial in record.trials if trial.violation]
    if broken and len(broken) == len(record.trials):
        least = min(broken, key=lambda trial: trial.violation)
        return StudyError(
            f"No trial completed: each of {len(broken)} broke a constraint. The nearest was trial {least.number}:"
            f" {least.message} Loosen search.constraints, or let the space reach what keeps to them."
        )
    return StudyError(f"No trial completed within search.timeout. {record.count(TrialState.PRUNED)} were pruned.")


def _no_time(record: StudyRecord, reserve: float) -> BudgetError:
    assert record.deadline is not None
    given = duration(record.ran(record.deadline))
    return BudgetError(
        f"search.timeout: no time is left for a trial. Received: {given}, of which {duration(reserve)} are"
        " kept back for the final evaluation. Give it more, or leave it out and set search.trials."
    )
