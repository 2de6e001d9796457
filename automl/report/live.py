"""The live table of a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from automl.records import Observer, TrialState
from automl.report.closing import closing
from automl.report.wording import (
    counts,
    data_line,
    duration,
    objectives,
    opening,
    outcome,
    parameters,
    score,
    steps,
    tested,
    time_left,
)

if TYPE_CHECKING:
    from automl.records import StudyRecord, TrialRecord

_STYLES = {
    TrialState.RUNNING: "cyan",
    TrialState.COMPLETE: "green",
    TrialState.PRUNED: "yellow",
    TrialState.FAILED: "red",
}
_ROLES = {"heading": "bold", "text": "", "warning": "yellow", "command": "cyan"}
_ENDED_ROWS = 8


class LiveDisplay(Observer):
    """A table that is redrawn in place: what runs, what ended last, the best; the result below it at the end."""

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream, highlight=False)
        self._live: Live | None = None
        self._phase = "reading data, checking the model"

    def study_started(self, study: StudyRecord) -> None:
        """Name the study and begin to draw."""
        self._console.print(Text(opening(study), style="bold"))
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._live.start()
        self.tick(study)

    def preflight_ended(self, study: StudyRecord) -> None:
        """Tell what the data are, and what to beat."""
        assert study.spec is not None
        self._console.print(Text(data_line(study)))
        for warning in study.spec.warnings:
            self._console.print(Text(f"note: {warning}", style="yellow"))
        self._phase = ""

    def trial_ended(self, study: StudyRecord, trial: TrialRecord) -> None:
        """Redraw at once, and keep a line of a failure."""
        if trial.state is TrialState.FAILED and trial.failure != "interrupted":
            self._console.print(Text(f"trial {trial.number} {trial.outcome}: {trial.message}", style="red"))
        self.tick(study)

    def search_ended(self, study: StudyRecord) -> None:
        """Announce the final evaluation."""
        if study.best is not None:
            self._phase = f"evaluating {tested(study)} on the test part"
        self.tick(study)

    def noted(self, study: StudyRecord, text: str) -> None:
        """Keep a line of it above the table."""
        del study
        self._console.print(Text(f"note: {text}", style="yellow"))

    def tick(self, study: StudyRecord) -> None:
        """Redraw."""
        if self._live is not None:
            self._live.update(self._draw(study), refresh=True)

    def study_ended(self, study: StudyRecord) -> None:
        """Leave the table as it stands and close with the result and what to do next."""
        self._stop()
        if study.trials:
            self._console.print(self._table(study))
        for role, text in closing(study):
            self._console.print(Text(text, style=_ROLES[role]), soft_wrap=True)

    def close(self) -> None:
        """Give the terminal back."""
        self._stop()

    def _stop(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _draw(self, study: StudyRecord) -> Group:
        parts: list[Table | Text] = [self._table(study)] if study.trials else []
        return Group(*parts, self._status(study))

    def _table(self, study: StudyRecord) -> Table:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
        for title in ("trial", "state", *(one.metric for one in study.objectives), study.unit, "time"):
            table.add_column(title, justify="left" if title == "state" else "right", no_wrap=True)
        table.add_column("parameters", no_wrap=True, overflow="ellipsis", ratio=1)
        best, front = study.best, [trial.number for trial in study.front]
        for trial in _shown(study, best):
            table.add_row(*_row(study, trial, best, front))
        return table

    def _status(self, study: StudyRecord) -> Text:
        elapsed = duration(study.ran(time.time()))
        if self._phase:
            return Text(f"{self._phase}  ·  {elapsed}", style="dim")
        best = f"  ·  best {score(study.best.value)}" if study.best else ""
        left = f"  ·  about {time_left(study)} left" if time_left(study) else ""
        done = sum(trial.state is not TrialState.RUNNING for trial in study.trials)
        return Text(f"{done}/{study.max_trials} trials ({counts(study)}){best}  ·  {elapsed}{left}", style="dim")


def _shown(study: StudyRecord, best: TrialRecord | None) -> list[TrialRecord]:
    """The best trial, those that ended last, and those that run, by number."""
    ended = [trial for trial in study.trials if trial.state is not TrialState.RUNNING][-_ENDED_ROWS:]
    running = [trial for trial in study.trials if trial.state is TrialState.RUNNING]
    first = [best] if best is not None and best not in ended else []
    return [*first, *ended, *running]


def _row(study: StudyRecord, trial: TrialRecord, best: TrialRecord | None, front: list[int]) -> list[Text]:
    style = "bold green" if trial is best else _STYLES[trial.state]
    running = trial.state is TrialState.RUNNING
    seconds = trial.ran(time.time()) if running else trial.seconds
    state = outcome(trial, best, front)
    cells = [str(trial.number), state, *objectives(study, trial), steps(trial), duration(seconds)]
    return [*(Text(cell, style=style) for cell in cells), Text(parameters(trial.params), style="dim")]
