"""The journal of a study that another process goes on with."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from automl.files import sweep_scratch
from automl.jobs import Step
from automl.records import StudyState
from automl.study.journal import Journal
from automl.study.journal.events import StudyResumed
from automl.study.killed import death

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.records import StudyRecord


def reopen(folder: Path, config: Mapping[str, Any], slots: int, trials: int, timeout: float | None) -> Journal:
    """The journal of a study that is resumed; who was killed without a word is told of as killed first.

    Args:
        folder: The study's, whose lock is held.
        config: The configuration that it goes on with.
        slots: How many trials run side by side.
        trials: How many there are at most.
        timeout: Seconds of the whole study, those that it has run included.

    Raises:
        StorageError: The journal is damaged.
        OSError: It cannot be written.
    """
    sweep_scratch(folder)
    journal = Journal.reopen(folder)
    try:
        if journal.record.state is StudyState.RUNNING:
            journal.append(death(journal.record, journal.last))
        now = time.time()
        deadline = _deadline(journal.record, timeout, now)
        journal.append(StudyResumed(time=now, config=config, slots=slots, max_trials=trials, deadline=deadline))
    except BaseException:
        journal.close()
        raise
    return journal


def _deadline(record: StudyRecord, timeout: float | None, now: float) -> float | None:
    """When all is to be over: what was spent counts, yet the final evaluation has its share where it is due."""
    if timeout is None:
        return None
    done = record.evaluation.done if record.evaluation else ()
    kept = 0.0 if set(Step) <= set(done) else record.reserve
    return now + max(timeout - record.seconds, kept)
