"""The final evaluation in steps, none of which is lost with a later one."""

from __future__ import annotations

import shutil
from collections import Counter
from typing import TYPE_CHECKING

from automl.errors import StudyError
from automl.handover import Form
from automl.interrupts import Interrupted
from automl.jobs import EvaluateJob, Notes, Scores, Step, Subject
from automl.jobs.results import Point
from automl.plugin import Decision
from automl.runner.base import Failed
from automl.study.failures import told
from automl.study.journal.events import EvaluationStepEnded, Scored
from automl.study.loop.handover import Handover

if TYPE_CHECKING:
    from automl.handover import Handed
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
    """Scores what is handed back on the test part, draws, packs: in one worker where all goes well.

    Where that is not the best single model, that one is scored beside it, and handed back where the other cannot be
    scored. The worker reports each step that is done. Where it fails or is lost, the steps that remain are another job;
    a step that fails twice is given up, and told as a note where there are scores.
    """

    def __init__(self, study: Context, best: TrialRecord) -> None:
        self._study = study
        self._record = study.record
        self._best = best
        before = study.record.evaluation
        done = before.done if before is not None and before.trial == best.number else ()
        self._left = [step for step in Step if step not in done]
        self._failed: Counter[Step] = Counter()

    @property
    def _handed(self) -> Handed:
        handed = self._record.handed
        assert handed is not None
        return handed

    def run(self) -> None:
        """Put the evaluation into the record, as far as it got.

        Raises:
            StudyError: The best model could not be scored.
            Interrupted: The user ended it.
        """
        if len(self._left) == len(Step):  # what another model left there, or a process that was killed
            shutil.rmtree(self._record.folder / "evaluation", ignore_errors=True)
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
            assert isinstance(report.content, Scores)
            scores = vars(report.content)
            self._study.journal.append(Scored(trial=self._best.number, folder=report.job.folder, **scores))
            self._study.kept.summarise()
        else:
            assert isinstance(report.content, Notes)
            self._step_ended(step, *report.content.notes)
        return Decision.CONTINUE

    def _job(self, folder: str) -> EvaluateJob:
        best, handed, root = self._best, self._handed, self._record.folder
        several = self._record.objectives if self._record.further else ()
        is_single = handed.form is Form.TRIAL
        subject = Subject(
            plugin=handed.folder.relative_to(root).as_posix(),
            history=best.history,
            objective=self._record.objective,
            best_step=best.best_step,
            objectives=several,
            points=self._points() if several else (),
            single="" if is_single else (best.folder / "plugin").relative_to(root).as_posix(),
            seen=handed.form is Form.REFIT,
        )
        return EvaluateJob(_ID, best.config, self._study.place, folder, subject, tuple(self._left))

    def _points(self) -> list[Point]:
        front = {trial.number for trial in self._record.front}
        ranked = self._record.ranked
        return [Point(one.number, self._record.values(one), one.number in front) for one in ranked]

    def _lose(self, step: Step, event: Failed) -> None:
        """Try a step again, or give it up."""
        self._failed[step] += 1
        again = event.kind not in ("user", "timeout") and self._failed[step] < _TRIES
        if again:
            self._study.note(f"{event.message.rstrip()} The final evaluation is tried again.")
            return
        if step is Step.SCORE and self._handed.form is not Form.TRIAL:
            self._study.note(f"trial {self._best.number} is handed back: the {self._handed.form} could not be scored")
            Handover(self._study).give_up(f"it could not be scored. {told(event)}".rstrip("."))
            self._failed.clear()
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
