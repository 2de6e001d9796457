from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from automl.runner import watchdog
from automl.runner.process import Effort, effort, family_cpu
from automl.runner.watchdog import Vitals, Watchdog

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    """The monotonic clock, moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(watchdog, "time", moved)
    return moved


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """A process that does as told: what ``effort`` says of it."""
    done = {"cpu": 0.0, "turns": 0.0, "family": 0.0}
    monkeypatch.setattr(watchdog, "effort", lambda pid: Effort(done["cpu"], int(done["turns"])))
    monkeypatch.setattr(watchdog, "family_cpu", lambda pid: done["family"])
    return done


def run(clock: Clock, dog: Watchdog, vitals: Vitals, seconds: float) -> str | None:
    """Let time pass, looked at as often as a driver does; what is said of the process then."""
    end = clock.now + seconds
    while clock.now < end and vitals.verdict() is None:
        clock.now += 0.2
        if dog.look():
            vitals.observe(1)
    return vitals.verdict()


def test_a_process_without_a_sign_of_life_is_given_up_after_its_silence(clock: Clock, quiet: dict[str, float]) -> None:
    dog = Watchdog(120.0)
    vitals = Vitals(dog)
    assert run(clock, dog, vitals, 115.0) is None
    verdict = run(clock, dog, vitals, 15.0)
    assert verdict is not None
    assert "no sign of life for 120 s" in verdict
    assert "runner.silence" in verdict


def test_every_sign_of_life_starts_the_silence_again(clock: Clock, quiet: dict[str, float]) -> None:
    dog = Watchdog(120.0)
    vitals = Vitals(dog)
    for sign in ("report", "beat", "cpu", "turns", "family"):
        assert run(clock, dog, vitals, 100.0) is None, sign
        match sign:
            case "report":
                vitals.report()
            case "beat":
                vitals.alive(1, 0.0)
            case _:
                quiet[sign] += 5.0
    assert run(clock, dog, vitals, 100.0) is None
    assert run(clock, dog, vitals, 60.0) is not None


def test_a_heartbeat_alone_is_no_sign_of_life(clock: Clock, quiet: dict[str, float]) -> None:
    dog = Watchdog(120.0)
    vitals = Vitals(dog)
    for second in range(130):
        quiet["cpu"] += 0.0002
        vitals.alive(0, second * 0.0002)
        if run(clock, dog, vitals, 1.0) is not None:
            return
    pytest.fail("a heartbeat kept the worker alive")


def test_a_process_that_computes_without_a_word_has_five_times_as_long(clock: Clock, quiet: dict[str, float]) -> None:
    dog = Watchdog(10.0)
    vitals = Vitals(dog)

    def compute(seconds: float) -> str | None:
        for _ in range(int(seconds)):
            quiet["cpu"] += 1.0
            if (verdict := run(clock, dog, vitals, 1.0)) is not None:
                return verdict
        return None

    assert compute(45.0) is None
    verdict = compute(10.0)
    assert verdict is not None
    assert "computed for 50 s without a report or a beat" in verdict


def test_a_long_epoch_lengthens_what_a_process_that_computes_is_given(clock: Clock, quiet: dict[str, float]) -> None:
    dog = Watchdog(10.0)
    vitals = Vitals(dog)
    for _ in range(30):
        quiet["cpu"] += 1.0
        run(clock, dog, vitals, 1.0)
    vitals.report()
    assert dog.patience == pytest.approx(600.0, rel=0.05)


def test_a_driver_that_was_stopped_holds_it_against_nobody(clock: Clock, quiet: dict[str, float]) -> None:
    dog = Watchdog(120.0)
    vitals = Vitals(dog)
    run(clock, dog, vitals, 60.0)
    clock.now += 8 * 3600.0
    assert run(clock, dog, vitals, 40.0) is None
    assert run(clock, dog, vitals, 30.0) is not None


@pytest.fixture
def busy() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield process
    process.kill()
    process.wait()


@pytest.mark.skipif(effort(os.getpid()) is None, reason="the system does not tell of its processes")
def test_a_process_is_seen_from_outside(busy: subprocess.Popen[bytes]) -> None:
    time.sleep(0.5)
    first = effort(busy.pid)
    assert first is not None
    assert first.cpu > 0.0
    assert family_cpu(os.getpid()) >= first.cpu
    os.kill(busy.pid, signal.SIGSTOP)
    time.sleep(0.1)
    stopped = effort(busy.pid)
    time.sleep(0.4)
    assert effort(busy.pid) == stopped
    busy.kill()
    busy.wait()
    assert effort(busy.pid) is None
