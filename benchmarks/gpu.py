"""Trials an hour on one GPU: 1, 2, 4 and 8 side by side, in 32 and in 16 bits, beside Keras Tuner and a plain ``fit``.

Two networks on images of CIFAR's size, made up: a small CNN and a ResNet-20. A study is measured from the start of its
first trial to the end of its last one, as its journal tells it; the peers, which run one trial after the other, once
they have imported TensorFlow and read the data. How busy the GPU was is what ``nvidia-smi`` says four times a second.

    python benchmarks/gpu.py                 # needs a GPU
    python benchmarks/gpu.py --dry           # the same at a hundredth of the size, on whatever there is
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from statistics import fmean
from typing import NamedTuple, Self

import numpy as np
from processes import run

from automl.study.journal import replay

HERE = Path(__file__).parent
SIDE_BY_SIDE = (1, 2, 4, 8)
MODELS = {
    "cnn": ("+model=cnn", "model.blocks=2", "model.filters=32", "model.dense=64", "model.dropout=0.2"),
    "resnet20": ("+model=resnet", "model.depth=20", "model.width=16", "model.preactivation=false", "model.dropout=0.0"),
}


class Size(NamedTuple):
    """How much is trained."""

    images: int
    trials: int
    epochs: int


FULL, DRY = Size(20_000, 16, 10), Size(400, 2, 1)


class Busy:
    """The share of the time in which a GPU computes, while it is entered; not-a-number where nobody can say."""

    def __enter__(self) -> Self:
        self._samples: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def share(self) -> float:
        """The mean of what was seen."""
        return fmean(self._samples) / 100.0 if self._samples else float("nan")

    def _watch(self) -> None:
        program = shutil.which("nvidia-smi")
        command = [program or "", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "-i", "0"]
        while program and not self._over.wait(0.25):
            told = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
            if told.isdigit():
                self._samples.append(float(told))


def images(folder: Path, size: Size) -> Path:
    """Noise in ten classes, told apart by their mean colour."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 10, size.images)
    x = (rng.random((size.images, 32, 32, 3)) * 128 + y[:, None, None, None] * 12).astype(np.uint8)
    path = folder / "images.npz"
    np.savez(path, x=x, y=y)
    return path


def study(name: str, slots: int, precision: str, data: Path, folder: Path, size: Size) -> tuple[float, float]:
    """Trials an hour of a study, and how busy the GPU was."""
    words = [
        *MODELS[name], "name=bench", "data=npz", f"data.path={data}", "data.task=image_classification",
        "training.learning_rate={low:1e-4,high:1e-2,log:true}", f"training.epochs={size.epochs}",
        "training.batch_size=128", "training.patience=null", f"training.mixed_precision={precision}",
        f"search.trials={size.trials}", "search.sampler=random", "search.pruner=none", "tracking=none",
        f"runner.slots={slots}", f"runner.gpus_per_trial={1 / slots}", f"experiments={folder}",
    ]  # fmt: skip
    with Busy() as busy:
        run([sys.executable, "-m", "automl", *words])
    trials = replay(folder / "bench" / "journal.jsonl").trials
    shutil.rmtree(folder / "bench")
    if any(trial.value is None for trial in trials):
        sys.exit(f"{name} x {slots}: {[trial.outcome for trial in trials]}")
    seconds = max(one.started + one.seconds for one in trials) - trials[0].started
    return len(trials) * 3600 / seconds, busy.share


def peer(which: str, name: str, data: Path, folder: Path, size: Size) -> tuple[float, float]:
    """Trials an hour of a peer, and how busy the GPU was."""
    order = {"peer": which, "model": name, "data": str(data), "folder": str(folder), **size._asdict()}
    with Busy() as busy:
        told = run([sys.executable, str(HERE / "peer_gpu.py"), json.dumps(order)]).splitlines()[-1]
    return size.trials * 3600 / float(told), busy.share


def tell(title: str, rate: float, ratio: float, busy: float) -> None:
    """Print a line: trials an hour, how many times as many as one at a time, and the GPU's busy share."""
    print(f"{title:<50}{rate:8.0f} trials/h {ratio:6.2f} x  GPU busy {busy:.0%}", flush=True)


def main() -> None:
    """Print a line a measurement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--dry", action="store_true")
    dry = parser.parse_args().dry
    if not dry and not shutil.which("nvidia-smi"):
        sys.exit("There is no GPU here; --dry goes through the same steps without one.")
    size = DRY if dry else FULL
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        data = images(folder, size)
        for name in MODELS:
            alone = None
            for precision in ("off", "on"):
                for slots in SIDE_BY_SIDE[:2] if dry else SIDE_BY_SIDE:
                    rate, busy = study(name, slots, precision, data, folder, size)
                    alone = alone or rate
                    tell(f"{name}, {slots} side by side, mixed precision {precision}", rate, rate / alone, busy)
            for which in ("Keras Tuner", "plain fit"):
                rate, busy = peer(which, name, data, folder, size)
                tell(f"{name}, {which}", rate, rate / (alone or rate), busy)


if __name__ == "__main__":
    main()
