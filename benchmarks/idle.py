"""How long slots stand idle in a study, between the end of a trial and the start of the next.

    python benchmarks/idle.py                     # a study of 40 trials of a small network, as its journal tells it
    python benchmarks/idle.py <study's folder>    # any study

What runs but does not train yet, since it reads its data or builds its model, is told apart.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from automl.study.journal import replay

STUDY = (
    "+model=cnn",
    "name=idle",
    "search.trials=40",
    "search.pruner=none",
    "training.epochs=20",
    "training.patience=null",
)


def idle(folder: Path) -> tuple[float, float, float]:
    """Shares of the slots' time between the first trial's start and the last one's.

    Returns:
        The share in which no trial runs; that in which one runs but does not train yet, reading its data and building
        its model; and the seconds that the slots were looked at.
    """
    record = replay(folder / "journal.jsonl")
    trials = record.trials
    began, ended = trials[0].started, max(trial.started for trial in trials)
    inside = [(max(one.started, began), min(one.started + one.seconds, ended), one.startup) for one in trials]
    whole = (ended - began) * record.slots
    busy = sum(max(0.0, last - first) for first, last, _ in inside)
    starting = sum(min(startup, max(0.0, last - first)) for first, last, startup in inside)
    return 1.0 - busy / whole, starting / whole, whole


def main() -> None:
    """Print the shares."""
    if len(sys.argv) > 1:
        folders = [Path(name) for name in sys.argv[1:]]
    else:
        place = Path(tempfile.mkdtemp())
        subprocess.run([sys.executable, "-m", "automl", *STUDY, f"experiments={place}"], check=True)
        folders = [place / "idle"]
    for folder in folders:
        without, starting, whole = idle(folder)
        print(f"{folder.name}: {whole:.0f} s of slots; idle {without:.2%}, starting a trial {starting:.2%}")


if __name__ == "__main__":
    main()
