"""What tracking, the driver and checkpoints cost.

python benchmarks/overhead.py [--rounds 3]   processor time of the driver, and wall-clock with tracking beside without
python benchmarks/overhead.py --checkpoints  share of a trial that writes where it stands, by the size of the model
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = ("+model=resnet", "name=bench", "search.trials=20", "search.pruner=none", "training.patience=null")


def study(tracking: str) -> tuple[float, float, float]:
    """Wall-clock of the command, wall-clock of its trials, and processor time of the driver alone, in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(Path(__file__)), "--driver", *WORDS, f"tracking={tracking}"]
        began = time.perf_counter()
        done = subprocess.run([*command, f"experiments={folder}"], capture_output=True, text=True, check=True)
        wall = time.perf_counter() - began
        trials = json.loads((Path(folder) / "bench" / "study.json").read_text())["trials"]
    return wall, sum(trial["seconds"] for trial in trials) / 2, float(done.stderr.strip().splitlines()[-1])


def driver(words: list[str]) -> None:
    """Run a study in this process and tell, last, the processor time that it took without its children."""
    from automl.__main__ import main as automl

    automl(words)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime, file=sys.stderr)


def checkpoints() -> None:
    """Write networks of several sizes, with the two moments of Adam and the best weights, and print what it costs.

    The longer a write takes, the further apart they are.
    """
    import numpy as np

    from automl.checkpoint import SECONDS, Checkpoint

    epoch = 5.0
    for parameters in (10_000, 1_000_000, 10_000_000, 25_000_000):
        rows = np.random.default_rng(0).normal(size=(4, 100, parameters // 100)).astype(np.float32)
        with tempfile.TemporaryDirectory() as folder:
            file = Checkpoint(Path(folder) / "checkpoint.npz", "benchmark", SECONDS, time.monotonic())
            seconds, between = [], []
            for _ in range(5):
                began = time.monotonic()
                file.write({"state": [list(part) for part in rows]})
                seconds.append(time.monotonic() - began)
                between.append(max(epoch, file.seconds_left))
        share = statistics.median(one / (one + gap) for one, gap in zip(seconds, between, strict=True))
        print(
            f"{parameters:>12,} parameters {statistics.median(seconds):7.3f} s a checkpoint, at most every"
            f" {statistics.median(between):5.1f} s: {share:.2%} of the time in epochs of {epoch:g} s"
        )


def main() -> None:
    """Print what was asked for."""
    if sys.argv[1:] == ["--checkpoints"]:
        checkpoints()
        return
    if sys.argv[1:2] == ["--driver"]:
        driver(sys.argv[2:])
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    walls: dict[str, list[float]] = {"mlflow": [], "none": []}
    shares = []
    for number in range(parser.parse_args().rounds):
        for tracking, taken in walls.items():
            wall, trials, cpu = study(tracking)
            taken.append(wall)
            if tracking == "mlflow":
                shares.append(cpu / (2 * wall))
            line = f"tracking={tracking:<7}{wall:6.1f} s, trials {trials:6.1f} s, driver {cpu:4.1f} s of processor"
            print(f"round {number + 1}: {line}", flush=True)
    ratio = statistics.median(ours / bare for ours, bare in zip(walls["mlflow"], walls["none"], strict=True))
    print(f"with tracking / without: {ratio:.3f} of the wall-clock (median of pairs)")
    print(f"driver and tracking: {statistics.median(shares):.1%} of the two cores' time")


if __name__ == "__main__":
    main()
