"""Who finds a good model sooner: automl, Keras Tuner's Hyperband, and plain Optuna with a median pruner.

All three search the space of a small convolutional network over the same split, with pruning (or Hyperband's early
ends), each in a process of its own, one after the other, with the threads that it takes by itself.

    python benchmarks/race.py digits [--seeds 5]   # seconds until a validation accuracy of 0.99 is first reported
    python benchmarks/race.py cifar [--seeds 3]    # test accuracy of the model that is chosen after ten minutes

CIFAR-10 is read from ``../shared/data``: 8,000 files to train, 2,000 to validate, 4,000 to test.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from processes import run

HERE = Path(__file__).parent
ARCHIVE = HERE.parent.parent / "shared" / "data" / "cifar10-24k-jpg.zip"
PEERS = ("Keras Tuner, Hyperband", "Optuna, median pruner")
TARGET, MINUTES = 0.99, 10.0
OURS = (
    "+model=cnn",
    "name=race",
    "model.filters={choices:[16,32,48]}",
    "model.blocks={low:1,high:3}",
    "model.dense={choices:[0,64,128]}",
    "model.dropout={low:0.0,high:0.5}",
    "training.learning_rate={low:3e-4,high:1e-2,log:true}",
    "training.epochs=30",
)


def ours(case: str, seed: int, data: Path, folder: Path) -> float:
    """What automl comes to: seconds until the target, or the test accuracy."""
    about = [f"seed={seed}", f"experiments={folder}"]
    if case == "digits":
        about += [f"search.target={TARGET}", "search.trials=200"]
    else:
        about += ["data=image_folder", f"data.path={data}", f"search.timeout={60 * MINUTES}", "search.trials=1000"]
    began = time.time()
    run([sys.executable, "-m", "automl", *OURS, *about])
    if case == "cifar":
        return float(json.loads((folder / "race" / "study.json").read_text())["test"]["accuracy"])
    reports = map(json.loads, (folder / "race" / "journal.jsonl").read_text().splitlines())
    times = [one["time"] for one in reports if one.get("metrics", {}).get("val_accuracy", 0.0) >= TARGET]
    return float(min(times) - began) if times else float("inf")


def peer(name: str, case: str, seed: int, data: Path, folder: Path) -> float:
    """What a peer comes to."""
    limits = {"target": TARGET} if case == "digits" else {"seconds": 60 * MINUTES}
    order = {"peer": name, "data": str(data), "seed": seed, "folder": str(folder), "epochs": 30, **limits}
    began = time.time()
    told = json.loads(run([sys.executable, str(HERE / "peer_race.py"), json.dumps(order)]).splitlines()[-1])
    return float(told["reached"] - began) if case == "digits" else float(told["test"])


def subset(folder: Path) -> Path:
    """A tree of 800 and 200 files a class to train and validate, and all that are to test."""
    taken: dict[str, int] = {}
    with zipfile.ZipFile(ARCHIVE) as archive:
        for name in sorted(archive.namelist()):
            if not name.endswith(".jpg"):
                continue
            part, label, file = Path(name).parts[-3:]
            taken[part + label] = count = taken.get(part + label, 0) + 1
            part = part if part == "test" or count <= 800 else "validation"
            if part == "validation" and count > 1000:
                continue
            path = folder / part / label / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(archive.read(name))
    return folder


def main() -> None:
    """Print each result, and the medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("case", choices=["digits", "cifar"])
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as place:
        data = subset(Path(place) / "cifar") if given.case == "cifar" else Path()
        for seed in range(1, given.seeds + 1):
            for name in ("automl", *PEERS):
                folder = Path(place) / f"{name}-{seed}"
                args = given.case, seed, data, folder
                found.setdefault(name, []).append(ours(*args) if name == "automl" else peer(name, *args))
                print(f"seed {seed}: {name:<24}{found[name][-1]:8.4g}", flush=True)
    for name, results in found.items():
        print(f"{name:<24}median {statistics.median(results):8.4g}")


if __name__ == "__main__":
    main()
