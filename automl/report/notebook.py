"""The display of a notebook: one piece of HTML that is drawn anew in its place."""

from __future__ import annotations

import sys
import time
import warnings
from importlib import import_module
from typing import TYPE_CHECKING

from automl.records import Observer, TrialState
from automl.report.html import study_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.records import StudyRecord, TrialRecord

    Show = Callable[[str], Callable[[str], None]]

_SECONDS = 1.0
"""Between two drawings that nothing but time asks for: each is kept until the browser has taken it."""


def in_notebook() -> bool:
    """Whether this process is a notebook's; IPython is not imported to tell."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def show(html: str) -> Callable[[str], None]:
    """Show HTML below the cell that runs; what puts other HTML in its place."""
    from IPython.display import HTML, display

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")  # libraries' progress bars, which nobody sees here
        import_module("tqdm.auto")
    handle = display(HTML(html), display_id=True)
    return lambda html: handle.update(HTML(html))


class NotebookDisplay(Observer):
    """Shows the study and its trials, and keeps them up to date.

    Args:
        show: Shows HTML, and returns what replaces it.
    """

    def __init__(self, show: Show = show) -> None:
        self._show = show
        self._replace: Callable[[str], None] | None = None
        self._notes: list[str] = []
        self._next = 0.0

    def study_started(self, study: StudyRecord) -> None:
        """Name the study."""
        self._draw(study)

    def preflight_ended(self, study: StudyRecord) -> None:
        """Tell what the data are, and what to beat."""
        assert study.spec is not None
        self._notes += study.spec.warnings
        self._draw(study)

    def trial_started(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Show it."""
        del trial
        self._draw(study)

    def trial_ended(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Show how it ended, and keep a line of a failure."""
        if trial.state is TrialState.FAILED and trial.failure != "interrupted":
            self._notes.append(f"trial {trial.number} {trial.outcome}: {trial.message}")
        self._draw(study)

    def noted(self, study: StudyRecord, text: str) -> None:
        """Keep a line of it."""
        self._notes.append(text)
        self._draw(study)

    def tick(self, study: StudyRecord) -> None:
        """Let the clock go on."""
        if time.monotonic() >= self._next:
            self._draw(study)

    def study_ended(self, study: StudyRecord) -> None:
        """Leave the result."""
        self._notes += study.evaluation.notes if study.evaluation is not None else ()
        self._draw(study)

    def _draw(self, study: StudyRecord) -> None:
        html = study_html(study, tuple(self._notes))
        if self._replace is None:
            self._replace = self._show(html)
        else:
            self._replace(html)
        self._next = time.monotonic() + _SECONDS
