"""What tracking, the driver and checkpoints cost.

python benchmarks/overhead.py [--rounds 3]   processor time of the driver, and wall-clock with tracking beside without
python benchmarks/overhead.py --checkpoints  share of a trial that writes where it stands, by the size of the model
python benchmarks/overhead.py --journal [folder]  an event in a study's journal, synced to that disk or not
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
from typing import Any

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


def journal(parent: str | None) -> None:
    """Write and replay the journal of a study of 1,000 trials with 20 epochs each, and print what an event costs.

    Args:
        parent: On whose disk; by default that of temporary files.
    """
    from automl.study.journal import JOURNAL, Journal, replay
    from automl.study.journal.events import StudyStarted, TrialReported, TrialStarted
    from automl.tasks import task_info

    task = task_info("image_classification")
    names = ("loss", "accuracy", "val_loss", *(f"val_{name}" for name in task.metrics), "seconds")
    metrics = {name: 1.0 / (3 + number) for number, name in enumerate(names)}
    about: dict[str, Any] = {"objective": task.objective, "direction": task.direction, "plugin": {"name": "cnn"}}
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        started = StudyStarted(name="bench", config={}, task=task, seed=1, slots=1, max_trials=1000, **about)
        book = Journal.begin(Path(folder), started)
        trials, reports = [], []
        for number in range(1000):
            began = time.perf_counter()
            book.append(TrialStarted(number=number, params=metrics, sections={"model": metrics}, folder="trial"))
            trials.append(time.perf_counter() - began)
            began = time.process_time()
            for step in range(1, 21):
                book.append(TrialReported(number=number, step=step, metrics=metrics))
            reports.append((time.process_time() - began) / 20)
        book.close()
        began = time.perf_counter()
        replay(Path(folder) / JOURNAL)
        seconds, size = time.perf_counter() - began, (Path(folder) / JOURNAL).stat().st_size
    print(f"a trial begins or ends, synced: {statistics.median(trials) * 1e3:.2f} ms of wall-clock")
    print(f"a report of {len(metrics)} metrics: {statistics.median(reports) * 1e6:.0f} us of processor")
    print(f"21,001 events read again: {seconds:.2f} s, {size / 1e6:.1f} MB")


def main() -> None:
    """Print what was asked for."""
    if sys.argv[1:2] == ["--journal"]:
        journal(sys.argv[2] if len(sys.argv) > 2 else None)
        return
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
