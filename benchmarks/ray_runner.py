"""Trials an hour on Ray's runner beside the local one: ``python benchmarks/ray_runner.py``.

The same study (a CNN on the digits, 20 trials of 20 epochs at batch 32, random sampling, no pruning, no early
stopping), two workers, by turns; with ``--together`` both at once, so that a machine that does other work too is as
busy for one as for the other. Told are the seconds of the whole command, and those of its search alone, since a cluster
that is started for the study costs some seconds once.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_WORDS = ["+model=cnn", "training.epochs=20", "training.patience=20", "training.batch_size=32", "search.pruner=none"]
_WORDS += ["search.sampler=random", "tracking=none", "runner.slots=2"]


def study(runner: str, trials: int, folder: Path) -> tuple[float, float]:
    """Seconds of the command, and from its first trial's start to its last one's end."""
    began = time.monotonic()
    words = [*_WORDS, f"runner={runner}", f"search.trials={trials}", f"name={runner}"]
    subprocess.run([sys.executable, "-m", "automl", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - began
    journal = folder / "experiments" / runner / "journal.jsonl"
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    times = [one["time"] for one in events if one["event"] in ("trial_started", "trial_ended")]
    return seconds, max(times) - min(times)


def main() -> None:
    """Run both by turns and print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--together", action="store_true", help="both at once")
    options = parser.parse_args()
    taken: dict[str, list[tuple[float, float]]] = {"local": [], "ray": []}
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2 if options.together else 1) as pool:
            found = {name: pool.submit(study, name, options.trials, Path(folder)) for name in taken}
            for name, one in found.items():
                taken[name].append(one.result())
                print(f"{name:<6} command {one.result()[0]:6.1f} s, search {one.result()[1]:6.1f} s", flush=True)
    for part, what in enumerate(("command", "search")):
        local, ray = (statistics.median(one[part] for one in times) for times in taken.values())
        rate = 3600 * options.trials
        print(f"{what:<8} local {rate / local:6.0f} trials/h, ray {rate / ray:6.0f} trials/h, ratio {local / ray:.2f}")


if __name__ == "__main__":
    main()
