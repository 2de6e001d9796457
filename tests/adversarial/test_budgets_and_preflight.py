"""A pre-flight whose worker is lost, and budgets too small for what they are to pay for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from automl.errors import AutomlError, BudgetError, StudyError
from automl.runner.base import Event, Failed
from automl.study.budget import Budget, evaluated_share, reserve_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.jobs import Job


def lose(study: Any, *kinds: str) -> list[str]:
    """The first jobs end so, without having run; the kinds that are still to come."""
    left, events = list(kinds), study.runner.events
    submit: Callable[[Job[Any]], None] = study.runner.submit
    lost: list[Event] = []

    def instead(job: Job[Any]) -> None:
        if left:
            lost.append(Failed(job, left.pop(0), "The worker is gone."))
        else:
            submit(job)

    def found(timeout: float) -> list[Event]:
        ended = [*lost, *events(timeout)]
        lost.clear()
        return ended

    study.runner.submit, study.runner.events = instead, found
    return left


@pytest.mark.parametrize("kind", ["crash", "hang", "oom"])
def test_pre_flight_is_tried_again_once(make_study: Any, kind: str) -> None:
    study, listener = make_study(trials=1)
    lose(study, kind)
    study.run()
    assert listener.heard[-1] == "study finished"
    study, listener = make_study(trials=1)
    lose(study, kind, kind)
    with pytest.raises(StudyError, match=r"^The worker is gone. See .*preflight.$"):
        study.run()
    assert study.is_worth_keeping


@pytest.mark.parametrize(("kind", "error"), [("user", AutomlError), ("error", StudyError), ("timeout", BudgetError)])
def test_what_would_come_out_the_same_is_not_tried_again(make_study: Any, kind: str, error: type[Exception]) -> None:
    study, _ = make_study(trials=1)
    left = lose(study, kind, "crash")
    with pytest.raises(error) as caught:
        study.run()
    assert type(caught.value) is error
    assert left == ["crash"]


def test_a_timeout_that_leaves_no_time_for_a_trial_says_what_it_is_kept_for(make_study: Any) -> None:
    study, _ = make_study(timeout=4.0)
    with pytest.raises(BudgetError, match=r"no time is left for a trial. Received: 4.0 s, of which [\d.]+ s are"):
        study.run()


def test_a_trial_that_needs_longer_than_is_left_is_stopped_before_it_is_killed() -> None:
    budget = Budget(time.time() + 100.0, reserve_for(4.0, 2.0), slowest=30.0)
    assert budget.left() == pytest.approx(50.0, abs=1.0)
    assert not budget.is_overdrawn()
    assert budget.grace() == 60.0


def test_an_evaluation_that_is_a_part_of_an_epoch_keeps_back_no_whole_one() -> None:
    share = evaluated_share({"train": 7000, "validation": 1500, "test": 1500})
    assert Budget(time.time() + 400.0, 90.0, slowest=85.0, share=share).left() == pytest.approx(280.0, abs=1.0)
    assert evaluated_share({"train": 10, "validation": 1000, "test": 1000}) == evaluated_share({}) == 1.0


def test_an_interrupted_study_waits_neither_too_short_nor_for_ever() -> None:
    assert Budget(None).grace() == 10.0
    assert Budget(None, slowest=10_000.0).grace() == 600.0
