"""Which family gets the next trial."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from by_hand import add, put, started

from automl.records import StudyRecord, TrialRecord, TrialState
from automl.study.journal.apply import begun
from automl.study.loop.allocation import Allocation

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ["linear", "trees", "net"]


@pytest.fixture
def record(tmp_path: Path) -> StudyRecord:
    found = begun(started(), tmp_path)
    put(found, baseline={"accuracy": 0.5})
    return found


@pytest.fixture
def ended(record: StudyRecord) -> Callable[..., None]:
    def end(family: str, value: float | None, seconds: float = 1.0) -> None:
        config: dict[str, Any] = {"model": {"name": family}}
        state = TrialState.FAILED if value is None else TrialState.COMPLETE
        fields: dict[str, Any] = {"value": value, "state": state, "seconds": seconds}
        add(record, TrialRecord(len(record.trials), {}, config, Path("x"), **fields))

    return end


def turns(record: StudyRecord, ended: Any, values: dict[str, float], count: int) -> list[str]:
    taken = []
    for _ in range(count):
        taken.append(Allocation(record).next(NAMES))
        ended(taken[-1], values[taken[-1]])
    return taken


def test_every_family_is_tried_in_order_and_twice(record: StudyRecord, ended: Any) -> None:
    taken = turns(record, ended, {"linear": 0.6, "trees": 0.9, "net": 0.9}, 6)
    assert taken[:3] == NAMES
    assert sorted(taken) == sorted(NAMES * 2)


def test_time_goes_to_those_that_lead_and_none_to_those_that_are_clearly_behind(
    record: StudyRecord, ended: Any
) -> None:
    taken = turns(record, ended, {"linear": 0.7, "trees": 0.9, "net": 0.89}, 40)
    assert taken.count("linear") == 2
    assert 14 <= taken.count("net") < taken.count("trees")


def test_a_dear_family_gets_no_more_time_than_the_others(record: StudyRecord, ended: Any) -> None:
    for _ in range(4):
        ended("linear", 0.9)
        ended("trees", 0.9)
    ended("net", 0.9, seconds=100.0)
    assert Allocation(record).next(NAMES) in {"linear", "trees"}
    taken = turns(record, ended, {"linear": 0.9, "trees": 0.9, "net": 0.9}, 20)
    assert "net" not in taken


def test_a_slow_start_is_compared_at_equal_time(record: StudyRecord, ended: Any) -> None:
    for value in (0.6, 0.7, 0.9):
        ended("trees", value, seconds=10.0)
    ended("net", 0.7, seconds=10.0)
    ended("net", 0.71, seconds=10.0)
    assert Allocation(record).next(["trees", "net"]) == "net"  # the trees had 0.7 after as many seconds


def test_a_family_that_only_fails_is_left(record: StudyRecord, ended: Any) -> None:
    ended("trees", 0.9)
    ended("trees", 0.9)
    ended("net", None, seconds=0.1)
    ended("net", None, seconds=0.1)
    assert Allocation(record).next(["trees", "net"]) == "trees"
