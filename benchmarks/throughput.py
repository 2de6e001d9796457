"""Trials per hour beside Keras Tuner's RandomSearch and a plain Optuna and Keras loop.

All three search the same space over the same split of the digits: 20 trials of 20 epochs at batch 32, sampled at
random, nothing pruned, nothing stopped early. Each runs in a process of its own, from start to end, one after the other
in every round, with the threads that it takes by itself.

    python benchmarks/throughput.py [--rounds 1]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from processes import run

HERE = Path(__file__).parent
OURS = (
    "+model=cnn",
    "name=bench",
    "model.filters={choices:[16,32]}",
    "model.blocks={low:1,high:2}",
    "model.dense={choices:[32,64]}",
    "model.dropout={low:0.0,high:0.5}",
    "training.learning_rate={low:1e-3,high:1e-2,log:true}",
    "training.schedule=constant",
    "training.epochs=20",
    "training.batch_size=32",
    "training.patience=null",
    "search.trials=20",
    "search.sampler=random",
    "search.pruner=none",
)


def commands(folder: Path) -> dict[str, list[str]]:
    """What is measured, by name; each may write into ``folder``."""
    return {
        "automl": [sys.executable, "-m", "automl", *OURS, f"experiments={folder / 'automl'}"],
        "Keras Tuner": [sys.executable, str(HERE / "peer_keras_tuner.py"), str(folder / "tuner")],
        "Optuna and Keras": [sys.executable, str(HERE / "peer_optuna.py")],
    }


def measure(command: list[str]) -> float:
    """Seconds from start to end of a process."""
    began = time.perf_counter()
    run(command)
    return time.perf_counter() - began


def main() -> None:
    """Print seconds, trials per hour and the ratio to each peer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    rounds = parser.parse_args().rounds
    seconds: dict[str, list[float]] = {}
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            for name, command in commands(Path(folder)).items():
                seconds.setdefault(name, []).append(measure(command))
                print(f"round {number + 1}: {name:<18}{seconds[name][-1]:8.1f} s", flush=True)
    ours = seconds["automl"]
    for name, taken in seconds.items():
        ratio = statistics.median(peer / own for peer, own in zip(taken, ours, strict=True))
        median = statistics.median(taken)
        print(f"{name:<18}{median:8.1f} s{20 * 3600 / median:8.0f} trials/h   automl is {ratio:.2f} times as fast")


if __name__ == "__main__":
    main()
