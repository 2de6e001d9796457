"""Trials an hour on Ray's runner beside the local one: ``python benchmarks/ray_runner.py``.

Both have two workers and are warm. By turns each is given two trials of one configuration (a CNN on the digits, batches
of 32), so that a machine that does other work too is as busy for one as for the other; the figure is the median of the
ratios of neighbours. What a cluster of Ray's costs once, when it is started, is told apart.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.config.compose import compose_all
from automl.jobs import Place, TrainJob
from automl.plugin import Decision
from automl.runner.base import Finished
from automl.runner.local import LocalRunner
from automl.runner.ray import RayRunner

if TYPE_CHECKING:
    from automl.runner.base import Runner

_PINS = {"filters": 32, "blocks": 2, "kernel": 3, "dense": 64, "dropout": 0.25}
_WORKERS = 2


def configuration(epochs: int) -> dict[str, Any]:
    """One without a space."""
    words = [
        "+model=cnn",
        *(f"model.{name}={value}" for name, value in _PINS.items()),
        "training.learning_rate=2e-3",
        "training.momentum=0.9",
        "training.batch_size=32",
    ]
    (config,) = compose_all([*words, f"training.epochs={epochs}", f"training.patience={epochs}"])
    return config


class Turns:
    """A runner that is given two trials at a time."""

    def __init__(self, runner: Runner, config: dict[str, Any], folder: Path) -> None:
        self._runner, self._config, self._folder = runner, config, folder
        self._numbers = itertools.count()
        began = time.monotonic()
        runner.start(lambda _: Decision.CONTINUE, _WORKERS)
        self.take()
        self.first = time.monotonic() - began

    def take(self) -> float:
        """Seconds of two trials side by side."""
        began, left = time.monotonic(), _WORKERS
        for number in itertools.islice(self._numbers, _WORKERS):
            (self._folder / str(number)).mkdir(parents=True)
            place = Place(self._folder, self._folder / "cache")
            self._runner.submit(TrainJob(number, self._config, place, str(number), {}, "val_accuracy", "maximize"))
        while left:
            for event in self._runner.events(1.0):
                assert isinstance(event, Finished), event
                left -= 1
        return time.monotonic() - began


def main() -> None:
    """Take turns and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    config = configuration(options.epochs)
    runners: dict[str, Runner] = {"local": LocalRunner(slots=_WORKERS), "ray": RayRunner(slots=_WORKERS)}
    with tempfile.TemporaryDirectory() as folder:
        try:
            turns = {name: Turns(runner, config, Path(folder) / name) for name, runner in runners.items()}
            for name, one in turns.items():
                print(f"{name:<6} the first two trials, its start among them: {one.first:.1f} s", flush=True)
            taken: dict[str, list[float]] = {name: [] for name in turns}
            for _ in range(options.rounds):
                for name, one in turns.items():
                    taken[name].append(one.take())
                print(f"local {taken['local'][-1]:6.2f} s, ray {taken['ray'][-1]:6.2f} s", flush=True)
        finally:
            for runner in runners.values():
                runner.close()
    for name, seconds in taken.items():
        print(f"{name:<6} {_WORKERS * 3600 / statistics.median(seconds):6.0f} trials/h")
    ratios = [local / ray for local, ray in zip(*taken.values(), strict=True)]
    print(f"ratio of throughput, Ray to local: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
