"""Ctrl-C, a request to end and a lost terminal, at any moment of a study."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from driver import scripted, start, summary, wait_for

from automl.interrupts import Interrupts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("delay", [0.15, 0.4, 0.8, 1.5, 3.0])
def test_an_early_interrupt_is_one_line_and_leaves_nothing_half_made(tmp_path: Path, delay: float) -> None:
    process = start(tmp_path, *scripted("model.pause=1", "search.trials=2"))
    time.sleep(delay)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert not (tmp_path / "experiments" / "study").exists()


@pytest.mark.parametrize("sent", [signal.SIGINT, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)])
def test_a_long_trial_that_runs_alone_keeps_its_best_epoch(tmp_path: Path, sent: signal.Signals) -> None:
    process = start(tmp_path, *scripted("model.pause=0.2", "model.steps=400", "search.trials=1"))
    log = tmp_path / "experiments" / "study" / "trials" / "0000" / "log.txt"
    wait_for(lambda: log.is_file() and "process" in log.read_text())
    time.sleep(2.0)
    process.send_signal(sent)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    study = summary(tmp_path)
    assert study["state"] == "interrupted"
    (trial,) = study["trials"]
    assert (trial["state"], trial["message"]) == ("complete", "Stopped early: the study was interrupted.")
    assert study["test"] is not None
    assert "Stopped early: the study was interrupted." in out


@pytest.mark.slow
def test_a_second_interrupt_ends_trials_that_take_long(tmp_path: Path) -> None:
    process = start(tmp_path, *scripted("model.pause=4", "model.steps=400", "search.trials=1"))
    log = tmp_path / "experiments" / "study" / "trials" / "0000" / "log.txt"
    wait_for(lambda: log.is_file() and "process" in log.read_text())
    time.sleep(5.0)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    began = time.monotonic()
    process.communicate(timeout=60)
    assert time.monotonic() - began < 3.0
    assert process.returncode == 130
    assert summary(tmp_path)["trials"][0]["state"] == "failed: interrupted"


def test_an_interrupt_ends_the_whole_sweep(tmp_path: Path) -> None:
    words = ["+model=scripted", "tracking=none", "model.pause=0.2", "model.steps=40,50,60", "search.trials=1"]
    process = start(tmp_path, *words, "--multirun")
    experiments = tmp_path / "experiments"
    wait_for(lambda: any(experiments.glob("*/trials/0000/log.txt")))
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    assert len(list(experiments.glob("*/study.json"))) <= 1


def test_each_interrupt_is_counted_and_handlers_come_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    interrupts = Interrupts()
    with interrupts.counted():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), number)
    assert interrupts.count == 3
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_study_that_does_not_listen_is_broken_off_at_the_fourth() -> None:
    interrupts = Interrupts()
    with interrupts.counted():
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_a_study_in_a_thread_leaves_signals_alone() -> None:
    found: list[Any] = []

    def work() -> None:
        with Interrupts().counted():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGINT)]


def test_nohup_is_respected() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        interrupts = Interrupts()
        with interrupts.counted():
            os.kill(os.getpid(), signal.SIGHUP)
        assert interrupts.count == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_an_interrupt_while_a_study_is_recorded_is_put_off_and_the_second_is_not(
    capfd: pytest.CaptureFixture[str],
) -> None:
    from automl.api.running import close
    from automl.records import Observer
    from automl.study.audience import Audience

    reached: list[int] = []

    class Slow(Observer):
        def close(self) -> None:
            for number in range(3):
                reached.append(number)
                os.kill(os.getpid(), signal.SIGINT)

    interrupts = Interrupts()
    with interrupts.counted():
        close(Audience([Slow()]), interrupts)
    assert reached == [0, 1]
    assert "interrupt again to leave sooner" in capfd.readouterr().err
