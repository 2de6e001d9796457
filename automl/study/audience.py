"""Those who hear of a study; what becomes of one of them is nothing to the study, or to the others."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from automl.records import Observer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from automl.records import StudyRecord, TrialRecord


class Audience(Observer):
    """Observers as one, told one after the other; one that raises is told no more, and is closed like the others."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        self._all = list(observers)
        self._listening = list(self._all)

    def study_started(self, study: StudyRecord) -> None:
        """Tell everyone."""
        self._tell(study, lambda one: one.study_started(study))

    def preflight_ended(self, study: StudyRecord) -> None:
        """Tell everyone."""
        self._tell(study, lambda one: one.preflight_ended(study))

    def trial_started(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Tell everyone."""
        self._tell(study, lambda one: one.trial_started(study, trial))

    def trial_reported(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Tell everyone."""
        self._tell(study, lambda one: one.trial_reported(study, trial))

    def trial_ended(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Tell everyone."""
        self._tell(study, lambda one: one.trial_ended(study, trial))

    def search_ended(self, study: StudyRecord) -> None:
        """Tell everyone."""
        self._tell(study, lambda one: one.search_ended(study))

    def study_ended(self, study: StudyRecord) -> None:
        """Tell everyone."""
        self._tell(study, lambda one: one.study_ended(study))

    def tick(self, study: StudyRecord) -> None:
        """Tell everyone."""
        self._tell(study, lambda one: one.tick(study))

    def noted(self, study: StudyRecord, text: str) -> None:
        """Tell everyone."""
        self._tell(study, lambda one: one.noted(study, text))

    def close(self) -> None:
        """Close each of them, those that are told no more included."""
        for observer in self._all:
            with suppress(Exception):
                observer.close()

    def _tell(self, study: StudyRecord, call: Callable[[Observer], None]) -> None:
        for observer in list(self._listening):
            try:
                call(observer)
            except Exception as error:  # noqa: BLE001 - a display must not end what it shows
                self._listening.remove(observer)
                name = type(observer).__name__
                self.noted(study, f"{name} is left out from here on: {type(error).__name__}: {error}")
