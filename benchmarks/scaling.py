"""How many workers one driver feeds.

python benchmarks/scaling.py --calls [1000] [--storage ADDRESS] [--sampler tpe]  what ask, report and tell cost
python benchmarks/scaling.py --workers 8 64 256 [--epoch 2.0] [--storage ADDRESS] [--tracking mlflow [--uri URI]]
    a study whose workers sleep, on the real loop, journal, engine and tracker
"""

from __future__ import annotations

import argparse
import heapq
import random
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.data.spec import DataSpec, TensorSpec
from automl.engines.base import Problem, Proposal
from automl.engines.optuna import OptunaSearch
from automl.interrupts import Interrupts
from automl.jobs.results import Trained
from automl.plugin import Decision
from automl.records import TrialState
from automl.runner.base import Event, Finished, OnReport, Reported, Runner
from automl.space import parse
from automl.study.audience import Audience
from automl.study.context import Context
from automl.study.journal import Journal
from automl.study.journal.events import PreflightEnded, StudyStarted
from automl.study.loop import Plan, Proposals, Trials
from automl.tasks import task_info
from automl.tracking import make_tracker

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.jobs.base import Job
    from automl.space import Space

STEPS = 20
"""Epochs of a trial."""

LAST = 100
"""Trials at the end that are told of."""


def sections() -> dict[str, Any]:
    """Nine parameters: rates, sizes, choices, and one that has a condition."""
    rate = {"low": 1e-5, "high": 1e-1, "log": True}
    return {
        "model": {
            "name": "scripted",
            "tasks": ["image_classification"],
            "x": {"low": 0.0, "high": 1.0},
            "filters": {"low": 8, "high": 128, "step": 8},
            "blocks": {"low": 1, "high": 6},
            "dropout": {"low": 0.0, "high": 0.5},
            "activation": {"choices": ["relu", "gelu", "silu"]},
        },
        "training": {
            "learning_rate": rate,
            "weight_decay": rate,
            "optimizer": {"choices": ["adam", "sgd"]},
            "momentum": {"low": 0.5, "high": 0.99, "when": {"training.optimizer": "sgd"}},
        },
    }


def space() -> Space:
    """What is searched."""
    return parse(sections())


def timed(spent: list[float], call: Callable[[], object], clock: Callable[[], float]) -> object:
    """What a call returns; its seconds are added to those spent."""
    began = clock()
    found = call()
    spent.append(clock() - began)
    return found


def calls(trials: int, storage: str | None, sampler: str, at_once: int = 8) -> None:
    """A study without a study: the engine alone, eight trials at a time, a quarter of them pruned."""
    # Who computes is told by the processor's time, on a busy machine too; who waits for a database by the wall's.
    clock = time.thread_time if storage is None else time.perf_counter
    spent: dict[str, list[float]] = {"ask": [], "report": [], "tell": []}
    running: list[tuple[Proposal, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        engine = OptunaSearch(sampler=sampler, storage=storage, study=storage and f"calls-{time.time()}")  # type: ignore[arg-type]
        engine.start(Problem(space(), ("maximize",), 1, "calls", Path(folder), STEPS + 1))
        begun, memory = 0, 0
        while begun < trials or running:
            while begun < trials and len(running) < at_once:
                found = timed(spent["ask"], engine.ask, clock)
                assert isinstance(found, Proposal)
                running.append((found, 0))
                begun += 1
            one, step = running.pop(0)
            value = -abs(one.params["model.x"] - 0.7) + 0.01 * step
            if timed(spent["report"], lambda: engine.report(one.number, step + 1, value), clock):  # noqa: B023
                timed(spent["tell"], lambda: engine.tell(one.number, TrialState.PRUNED), clock)  # noqa: B023
            elif step + 1 == STEPS:
                timed(spent["tell"], lambda: engine.tell(one.number, TrialState.COMPLETE, [value]), clock)  # noqa: B023
            else:
                running.append((one, step + 1))
            if begun == trials // 2:
                memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
        engine.close()
    told = {name: 1000 * statistics.median(values[-LAST:]) for name, values in spent.items()}
    told["a trial"] = sum(
        1000 * statistics.mean(values[-len(values) // 10 :]) * len(values) for values in spent.values()
    )
    told["a trial"] /= trials
    print(f"{sampler}, {(storage or 'journal').partition(':')[0]}, {trials} trials, milliseconds at the end, median:")
    print("  " + ", ".join(f"{name} {value:.2f}" for name, value in told.items()), f"(+{grown / 1024:.1f} MB)")


class Sleepers(Runner):
    """Workers that sleep through their epochs, and wait for an answer after each.

    Args:
        workers: How many.
        epoch: Seconds of an epoch on average; they differ by half.

    Attributes:
        late: Seconds from each report to its answer.
        free: Seconds from each end of a trial to the next one's start.
        slept: Seconds of all epochs.
    """

    def __init__(self, workers: int, epoch: float) -> None:
        self._workers, self._epoch = workers, epoch
        self._due: list[tuple[float, int, int, Job[Any]]] = []
        self._rng = random.Random(0)  # noqa: S311 - a simulation
        self._freed: list[float] = []
        self.late: list[float] = []
        self.free: list[float] = []
        self.slept = 0.0

    def start(self, on_report: OnReport, most: int) -> None:
        """Get ready."""
        del most
        self._on_report = on_report

    @property
    def capacity(self) -> int:
        """How many workers there are."""
        return self._workers

    def submit(self, job: Job[Any]) -> None:
        """Start a trial."""
        if self._freed:
            self.free.append(time.perf_counter() - self._freed.pop(0))
        self._sleep(job, 1)

    def events(self, timeout: float) -> list[Event]:
        """Wake who has slept enough."""
        end = time.perf_counter() + timeout
        while self._due:
            wait = min(self._due[0][0], end) - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            if self._due[0][0] > time.perf_counter():
                return []
            due, _, step, job = heapq.heappop(self._due)
            value = {"val_accuracy": 1.0 - abs(job.config["model"]["x"] - 0.7) - 0.3 / step}
            metrics = {**value, "loss": 1 / step, "val_log_loss": 1 / step, "seconds": self._epoch}
            decision = self._on_report(Reported(job, step, metrics))
            self.late.append(time.perf_counter() - due)
            if decision is Decision.PRUNE or step == STEPS:
                self._freed.append(time.perf_counter())
                result = Trained(value, step, step, 1000, {}, [])
                return [Finished(job, result, pruned=decision is Decision.PRUNE, seconds=step * self._epoch)]
            self._sleep(job, step + 1)
        return []

    def kill(self, job: int, kind: str, message: str) -> None:
        """Nothing is killed here."""

    def close(self) -> None:
        """Nothing is held."""

    def _sleep(self, job: Job[Any], step: int) -> None:
        seconds = self._epoch * self._rng.uniform(0.5, 1.5)
        self.slept += seconds
        heapq.heappush(self._due, (time.perf_counter() + seconds, len(self.late) * 1000 + job.id, step, job))


def fleet(workers: int, epoch: float, rounds: int, storage: str | None, tracking: str, uri: str | None) -> None:
    """A study of some trials a worker, from its first trial to its last."""
    task = task_info("image_classification")
    search = {"name": "optuna", "trials": workers * rounds}
    config = {**sections(), "seed": 1, "data": {"name": "digits"}, "search": search, "runner": {"name": "local"}}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "study"
        folder.mkdir()
        (folder / "config.yaml").write_text("{}")
        about: dict[str, Any] = {"objective": "val_accuracy", "direction": "maximize", "task": task}
        event = StudyStarted(
            name="study", config=config, plugin={"name": "scripted", "distribution": "none", "version": "0"},
            seed=1, slots=workers, max_trials=workers * rounds, **about,
        )  # fmt: skip
        journal = Journal.begin(folder, event)
        section = {"name": tracking, **({"uri": uri} if uri else {})}
        runner, audience = Sleepers(workers, epoch), Audience([make_tracker(section, Path(place))])
        context = Context(journal, runner, audience, Path(place), {}, Interrupts())
        context.kept.begin()
        audience.study_started(journal.record)
        spec = DataSpec("digits", task.name, TensorSpec((8, 8, 1), "float32"), TensorSpec((), "int64"))
        journal.append(PreflightEnded(spec=spec, baseline={}, parameters=0, **about))
        audience.preflight_ended(journal.record)
        engine = OptunaSearch(storage=storage, study=storage and f"fleet-{time.time()}")
        engine.start(Problem(space(), ("maximize",), 1, "study", folder, STEPS))
        trials = Trials(context, space(), Proposals(engine, journal.record), Plan(context, space()))
        runner.start(trials.on_report, workers)
        began, used = time.perf_counter(), time.process_time()
        trials.run()
        wall, used = time.perf_counter() - began, time.process_time() - used
        engine.close()
        late = sorted(runner.late)
        waited = sum(runner.late) + sum(runner.free)
        print(
            f"{workers:4d} workers, {(storage or 'journal').partition(':')[0]}, tracking={tracking} {uri or ''}:"
            f" {len(late) / wall:6.1f} reports/s, {len(journal.record.trials) / wall:5.2f} trials/s in {wall:.0f} s;"
            f" answered within {1000 * late[len(late) // 2]:.1f} ms (median),"
            f" {1000 * late[int(0.99 * len(late))]:.0f} ms (99 %);"
            f" driver {used / wall:.0%} of a core; workers wait {waited / (waited + runner.slept):.1%} of their time",
            flush=True,
        )
        began = time.perf_counter()
        audience.close()
        print(f"     tracking went on for {time.perf_counter() - began:.1f} s", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, nargs="?", const=1000)
    parser.add_argument("--sampler", default="tpe")
    parser.add_argument("--storage")
    parser.add_argument("--workers", type=int, nargs="+", default=[])
    parser.add_argument("--epoch", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--tracking", default="none")
    parser.add_argument("--uri")
    given = parser.parse_args(sys.argv[1:])
    if given.calls or not given.workers:
        calls(given.calls or 1000, given.storage, given.sampler)
    for count in given.workers:
        fleet(count, given.epoch, given.rounds, given.storage, given.tracking, given.uri)
