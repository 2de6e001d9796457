"""The final evaluation in steps, none of which is lost with a later one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from automl.errors import StudyError
from automl.interrupts import Interrupted
from automl.jobs.steps import Scores, Step, notes_of
from automl.plugin import Decision
from automl.runner.base import Failed, Job, JobKind
from automl.study.failures import told
from automl.study.journal.events import EvaluationStepEnded, Scored

if TYPE_CHECKING:
    from pathlib import Path

    from automl.records import TrialRecord
    from automl.runner.base import Reported
    from automl.study.context import Context

_ID = -2
_TRIES = 2
_LOST = {
    Step.SCORE: "the best model could not be scored",
    Step.FIGURES: "the figures could not be drawn",
    Step.PACK: "the model could not be packed for serving",
}


class FinalEvaluation:
    """Scores the best trial on the test part, draws, packs: in one worker where all goes well.

    The worker reports each step that is done. Where it fails or is lost, the steps that remain are another job; a step
    that fails twice is given up, and told as a note where there are scores.
    """

    def __init__(self, study: Context, best: TrialRecord) -> None:
        self._study = study
        self._record = study.record
        self._best = best
        self._left: list[Step] = list(Step)
        self._failed: Counter[Step] = Counter()

    def run(self) -> None:
        """Put the evaluation into the record, as far as it got.

        Raises:
            StudyError: The best model could not be scored.
            Interrupted: The user ended it.
        """
        folder = self._study.kept.job_folder("evaluation")
        self._study.kept.job_folder("evaluation", "figures")
        while self._left:
            try:
                event = self._study.run(self._job(folder))
            except Interrupted:
                self._interrupted()
                raise
            if not isinstance(event, Failed):
                return
            self._study.kept.trace(event)
            for step in self._left[:1]:  # the one that the worker had begun, if it was not done with all of them
                self._lose(step, event)

    def on_report(self, report: Reported) -> Decision:
        """Take the result of a step."""
        step = self._left.pop(0)
        if step is Step.SCORE:
            found = vars(Scores.of(report.metrics))
            folder = str(report.job.dir.relative_to(self._record.folder))
            self._study.journal.append(Scored(trial=self._best.number, folder=folder, **found))
            self._study.kept.summarise()
        else:
            self._step_ended(step, *notes_of(report.metrics))
        return Decision.CONTINUE

    def _job(self, folder: Path) -> Job:
        extra = {
            "steps": [str(step) for step in self._left],
            "plugin_folder": str(self._best.folder / "plugin"),
            "history": self._best.history,
            "objective": self._record.objective,
            "best_step": self._best.best_step,
            "name": self._record.name,
        }
        return Job(_ID, JobKind.EVALUATE, self._best.config, folder, self._study.cache, extra)

    def _lose(self, step: Step, event: Failed) -> None:
        """Try a step again, or give it up."""
        self._failed[step] += 1
        again = event.kind not in ("user", "timeout") and self._failed[step] < _TRIES
        if again:
            self._study.note(f"{event.message.rstrip()} The final evaluation is tried again.")
            return
        if step is Step.SCORE:
            raise StudyError(
                f"The best model could not be scored on the test part: {told(event)} Its configuration is"
                f" {self._record.folder / 'best.yaml'}, its model in {self._best.folder / 'plugin'}."
            )
        self._step_ended(step, f"{_LOST[step].capitalize()}: {told(event)}")
        self._left.remove(step)
        if event.kind == "timeout":
            self._left.clear()

    def _step_ended(self, step: str, *notes: str) -> None:
        self._study.journal.append(EvaluationStepEnded(step=step, notes=notes))

    def _interrupted(self) -> None:
        """Say what the user did not wait for, where there are scores."""
        if self._record.evaluation is not None:
            self._step_ended(
                "", *(f"{_LOST[step].capitalize()}: the study was interrupted." for step in self._left[:1])
            )
