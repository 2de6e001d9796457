"""Data that a portfolio is chosen on, by task, small enough for dozens of configurations each."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import data_sets
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SEED = 1000
"""Generated tables are drawn with another seed than those that benchmarks measure on."""

Data = tuple[Any, str | None]
"""What ``automl.search`` takes as ``data`` and ``target``."""


def data_for(task: str, rows: int, shared: Path, folder: Path) -> dict[str, Callable[[], Data]]:
    """What makes the data of a task, by name; what lies in a folder that is not there is left out.

    Args:
        task: Its name.
        rows: The most samples of each.
        shared: The folder with data that are too large for the project.
        folder: Where files may be written.
    """
    if task.startswith("tabular_"):
        return dict(_tables(task, rows, shared))
    made: dict[str, Callable[[], Data]] = {}
    match task:
        case "image_classification":
            made = {"digits": lambda: ("digits", None), "noisy digits": lambda: (_noisy_digits(rows), None)}
            if (path := shared / "cifar10-24k-jpg.zip").is_file():
                made["CIFAR-10"] = lambda: (_cifar(path, rows), None)
        case "text_classification":
            if (path := shared / "sst2-train.tsv").is_file():
                made = {f"SST-2, {count:,}": _texts(path, count) for count in (rows // 4, rows)}
        case "sequence_classification":
            made = {f"waves, {steps} steps": _waves(rows, steps) for steps in (32, 128)}
        case "forecasting":
            made = {"seasons": lambda: (_series(_seasons(rows), folder / "seasons.csv"), None)}
            if (path := shared / "ETTh1.csv").is_file():
                made["ETTh1"] = lambda: ({"loader": "time_series", "path": str(path), "lookback": 96}, None)
    return made


def _tables(task: str, rows: int, shared: Path) -> Iterator[tuple[str, Callable[[], Data]]]:
    for name in data_sets.names(shared):
        table = data_sets.table(name, SEED, shared)
        if table.task == task:
            small = table.at_most(rows)
            yield name, lambda small=small: (small.frame, small.target)  # type: ignore[misc]


def _noisy_digits(rows: int) -> tuple[Any, Any]:
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    noisy = x + np.random.default_rng(SEED).normal(0.0, 4.0, x.shape)
    return noisy.clip(0, 16).astype(np.uint8).reshape(-1, 8, 8)[:rows], y[:rows]


def _cifar(path: Path, rows: int) -> tuple[Any, Any]:
    """As many train images of each class as there is room for."""
    from PIL import Image

    with zipfile.ZipFile(path) as packed:
        files = sorted(name for name in packed.namelist() if name.endswith(".jpg") and "/test/" not in name)
        chosen = np.random.default_rng(SEED).permutation(len(files))[:rows]
        images = [np.asarray(Image.open(io.BytesIO(packed.read(files[number])))) for number in chosen]
        return np.stack(images), np.array([files[number].split("/")[-2] for number in chosen])


def _texts(path: Path, rows: int) -> Callable[[], Data]:
    def make() -> Data:
        table = pd.read_csv(path, sep="\t", header=None, quoting=3).sample(frac=1.0, random_state=SEED)[:rows]
        return (table.iloc[:, 0].astype(str).tolist(), table.iloc[:, 1].to_numpy()), None

    return make


def _waves(rows: int, steps: int) -> Callable[[], Data]:
    """Which of four shapes a noisy wave of any phase and length has."""

    def make() -> Data:
        rng = np.random.default_rng(SEED)
        y = rng.integers(0, 4, rows)
        angle = rng.uniform(0, 6.3, (rows, 1)) + np.linspace(0, 1, steps) * rng.uniform(10, 30, (rows, 1))
        shapes = np.stack([np.sin(angle), np.sign(np.sin(angle)), np.abs(np.sin(angle)), np.sin(angle) ** 3])
        x = shapes[y, np.arange(rows)] + rng.normal(0.0, 0.5, (rows, steps))
        return (x[..., None].astype(np.float32), y), None

    return make


def _seasons(rows: int) -> pd.DataFrame:
    """A trend with days, weeks and noise that remembers."""
    rng, hours = np.random.default_rng(SEED), np.arange(max(rows, 2000))
    noise = np.convolve(rng.normal(size=len(hours) + 23), 0.8 ** np.arange(24), "valid")
    load = 50 + hours / 500 + 8 * np.sin(hours / 24 * 6.283) + 4 * np.sin(hours / 168 * 6.283) + noise
    when = pd.date_range("2024-01-01", periods=len(hours), freq="h")
    return pd.DataFrame({"날짜": when, "load (MW)": load.round(3)})


def _series(frame: pd.DataFrame, path: Path) -> dict[str, Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False)
    return {"loader": "time_series", "path": str(path), "lookback": 96}
