"""Writes the report at the end of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.failure import sentence
from automl.records import Observer
from automl.report.page.rendering import write_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.records import StudyRecord


class ReportWriter(Observer):
    """Writes ``report.html`` into the study's folder, before anyone else hears of the end.

    Args:
        note: Tells the others what could not be done: a report is never worth the study.
    """

    def __init__(self, note: Callable[[StudyRecord, str], None]) -> None:
        self._note = note

    def study_ended(self, study: StudyRecord) -> None:
        """Write it, if there is a folder yet."""
        if not study.folder.is_dir():
            return
        try:
            write_report(study)
        except Exception as error:  # noqa: BLE001 - a fault of the page, or a full disk, is not the study's
            self._note(study, f"The report could not be written: {sentence(error)}.")
