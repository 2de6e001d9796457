"""Where trials come from: what the user asked for first, then the search engine.

Whatever becomes of the engine ends the search, and nothing else.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from automl.engines.base import Done, Known, Proposal, Wait
from automl.errors import AutomlError
from automl.failure import sentence
from automl.outcome import keep_traceback
from automl.records import TrialState
from automl.study.journal.calls import known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from automl.engines.base import Call, SearchEngine
    from automl.records import StudyRecord, TrialRecord

T = TypeVar("T")


@dataclass(frozen=True)
class Offer:
    """A trial that is run before the engine is asked, which learns of it once it has ended.

    Attributes:
        params: A value for every active parameter, by path.
        origin: Where it comes from, in a word: ``default``, ``enqueued``, an ``earlier`` study, or the face's
            ``portfolio``.
    """

    params: Mapping[str, Any]
    origin: str


@dataclass(frozen=True)
class Look:
    """A family that is to be looked at before its first trial.

    Attributes:
        family: Its name.
    """

    family: str


class Proposals:
    """Asks an engine until it raises.

    Args:
        engine: It has started.
        record: The study.
        offers: What is proposed before it is asked.
    """

    def __init__(self, engine: SearchEngine, record: StudyRecord, offers: Iterable[Offer] = ()) -> None:
        self._engine = engine
        self._record = record
        self._folder: Path = record.folder
        self.fault = ""
        """In a sentence, why the engine is asked no more; else empty."""
        self._offers = deque(offers)
        for told in record.earlier.trials if record.earlier else ():
            known = Known(told["params"], TrialState(told["state"]), tuple(told["values"]), dict(told["reports"]))
            self._guard(partial(engine.learn, known))

    @property
    def note(self) -> str:
        """What the engine itself has to say of its storage."""
        return self._engine.note

    def restore(self, calls: Iterable[Call]) -> set[int]:
        """Bring the engine to where an earlier process left it; the engine's numbers of trials that it gave up.

        Raises:
            Diverged: It cannot be brought there.
            Exception: Of the engine.
        """
        return self._engine.restore(calls)

    def ask(self) -> Offer | Proposal | Wait | Done | Look:
        """The next trial, or what comes before it."""
        if self._offers:
            return self._offers.popleft()
        return self._guard(self._engine.ask) or Done(self.fault)

    def report(self, trial: TrialRecord, step: int, value: float) -> bool:
        """Take an intermediate objective; whether the trial is to be pruned, which one that was asked for never is."""
        asked = trial.asked
        if self._record.further:  # epochs tell the leading objective alone, which is not what a pruner is to judge by
            return False
        return asked is not None and bool(self._guard(lambda: self._engine.report(asked, step, value)))

    def tell(self, trial: TrialRecord) -> None:
        """Take a trial's end."""
        asked, values = trial.asked, self._record.values(trial)
        if asked is not None:
            self._guard(lambda: self._engine.tell(asked, trial.state, values, trial.violation))
        else:
            self._guard(lambda: self._engine.learn(known(self._record, trial)))

    def close(self) -> None:
        """Let go of the engine."""
        self._guard(self._engine.close)

    def _guard(self, call: Callable[[], T]) -> T | None:
        if self.fault:
            return None
        try:
            return call()
        except AutomlError as error:
            self.fault = str(error)
        except Exception as error:  # noqa: BLE001 - engines come from other distributions, and their storages from others
            kept = keep_traceback(error, self._folder)
            self.fault = f"The search engine cannot go on: {sentence(error)}. The traceback is in {kept}."
        return None
