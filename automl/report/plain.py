"""Plain lines, for logs and pipes: one when a trial ends, no control characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from automl.records import Observer
from automl.report.closing import closing
from automl.report.wording import data_line, duration, objectives, opening, parameters, score, steps, tested

if TYPE_CHECKING:
    from automl.records import StudyRecord, TrialRecord


class PlainDisplay(Observer):
    """Writes a line for whatever is worth one."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def study_started(self, study: StudyRecord) -> None:
        """Name the study and its budget."""
        self._write(opening(study))

    def preflight_ended(self, study: StudyRecord) -> None:
        """Tell what the data are, and what to beat."""
        assert study.spec is not None
        self._write(data_line(study), *(f"note: {warning}" for warning in study.spec.warnings))

    def trial_ended(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Tell how a trial ended."""
        values = zip(study.objectives, objectives(study, trial), strict=True)
        value = "  ".join(f"{one.metric} {value:<8}" for one, value in values)
        best = score(study.best.value) if study.best else ""
        self._write(
            f"trial {trial.number:<4} {trial.outcome:<14} {value} {study.unit} {steps(trial):<7}"
            f" {duration(trial.seconds):<11} best {best:<8} {parameters(trial.params)}".rstrip()
        )
        if trial.message:
            self._write(f"           {trial.message}")

    def search_ended(self, study: StudyRecord) -> None:
        """Announce the final evaluation."""
        if study.best is not None:
            self._write(f"evaluating {tested(study)} on the test part")

    def noted(self, study: StudyRecord, text: str) -> None:
        """Tell it."""
        del study
        self._write(f"note: {text}")

    def study_ended(self, study: StudyRecord) -> None:
        """Close with the result and what to do next."""
        lines = [text for _, text in closing(study)]
        if lines:
            self._write("", *lines)

    def _write(self, *lines: str) -> None:
        self._stream.write("".join(f"{line}\n" for line in lines))
        self._stream.flush()
