"""How many workers one driver feeds.

python benchmarks/scaling.py --calls [1000] [--storage ADDRESS] [--sampler tpe]  what ask, report and tell cost
python benchmarks/scaling.py --workers 8 64 256 [--epoch 2.0] [--storage ADDRESS] [--tracking mlflow]
    a study whose workers sleep, on the real loop, journal, engine and tracker
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from automl.engines.base import Problem, Proposal
from automl.engines.optuna import OptunaSearch
from automl.records import TrialState
from automl.space import parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.space import Space

STEPS = 20
"""Epochs of a trial."""

LAST = 100
"""Trials at the end that are told of."""


def space() -> Space:
    """Nine parameters: rates, sizes, choices, and one that has a condition."""
    rate = {"low": 1e-5, "high": 1e-1, "log": True}
    return parse(
        {
            "model": {
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
    )


def timed(spent: list[float], call: Callable[[], object]) -> object:
    """What a call returns; its seconds of processor time are added to those spent."""
    began = time.thread_time()
    found = call()
    spent.append(time.thread_time() - began)
    return found


def calls(trials: int, storage: str | None, sampler: str, at_once: int = 8) -> None:
    """A study without a study: the engine alone, eight trials at a time, a quarter of them pruned."""
    spent: dict[str, list[float]] = {"ask": [], "report": [], "tell": []}
    running: list[tuple[Proposal, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        engine = OptunaSearch(sampler=sampler, storage=storage, study=storage and f"calls-{time.time()}")  # type: ignore[arg-type]
        engine.start(Problem(space(), ("maximize",), 1, "calls", Path(folder), STEPS + 1))
        begun, memory = 0, 0
        while begun < trials or running:
            while begun < trials and len(running) < at_once:
                found = timed(spent["ask"], engine.ask)
                assert isinstance(found, Proposal)
                running.append((found, 0))
                begun += 1
            one, step = running.pop(0)
            value = -abs(one.params["model.x"] - 0.7) + 0.01 * step
            if timed(spent["report"], lambda: engine.report(one.number, step + 1, value)):  # noqa: B023
                timed(spent["tell"], lambda: engine.tell(one.number, TrialState.PRUNED))  # noqa: B023
            elif step + 1 == STEPS:
                timed(spent["tell"], lambda: engine.tell(one.number, TrialState.COMPLETE, [value]))  # noqa: B023
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, nargs="?", const=1000)
    parser.add_argument("--sampler", default="tpe")
    parser.add_argument("--storage")
    given = parser.parse_args(sys.argv[1:])
    calls(given.calls or 1000, given.storage, given.sampler)
