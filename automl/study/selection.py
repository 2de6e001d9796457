"""Which model is kept: the best one's alone, as disks are small."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from automl.report.summary import write_best

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from automl.records import StudyRecord, TrialRecord


class Selection:
    """The best trial so far: its model stays in its folder, its configuration is ``best.yaml``.

    Args:
        record: The study.
    """

    def __init__(self, record: StudyRecord) -> None:
        self._record = record
        self._best = record.best

    def trial_ended(self, trial: TrialRecord, runner: Mapping[str, Any]) -> None:
        """Keep the model of the best trial, and let go of the other.

        Args:
            trial: The one that has ended.
            runner: Keys of the ``runner`` section to pin, so that the scores come out the same.

        Raises:
            OSError: The study's folder cannot be written.
        """
        worse: TrialRecord | None = trial
        if self._record.best is trial:
            worse, self._best = self._best, trial
            write_best(self._record, runner)
        if worse is not None:
            shutil.rmtree(worse.folder / "plugin", ignore_errors=True)
