"""Every loader of ours passes the suite by its name."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from automl.testing import LoaderConformance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def write(path: Path, rows: list[list[Any]]) -> dict[str, Any]:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return {"path": str(path)}


def table(folder: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    rows: list[list[Any]] = [["크기", "colour", "day", "answer"]]
    for row in range(90):
        size = "" if row % 9 == 0 else f"{rng.normal():.4f}"
        rows.append(
            [size, ("red", "blue")[row % 2], f"20{row // 12 + 10}-{1 + row % 12:02}-03", ("no", "yes")[row % 3 > 1]]
        )
    return {**write(folder / "a table.csv", rows), "target": "answer"}


def texts(folder: Path) -> dict[str, Any]:
    rows = [[f"film {row} is {('lovely', 'awful')[row % 2]}", ("good", "bad")[row % 2]] for row in range(60)]
    return {**write(folder / "texts.csv", [["text", "label"], *rows]), "min_count": 1}


def series(folder: Path) -> dict[str, Any]:
    rows = [[f"{np.sin(row / 3):.4f}", row] for row in range(300)]
    return {**write(folder / "series.csv", [["level (m)", "수위"], *rows]), "lookback": 24, "horizon": 6}


def images(folder: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    for row in range(30):
        place = folder / "그림" / f"class {row % 2}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (12, 10, 3), dtype=np.uint8)).save(place / f"{row}.png")
    return {"path": str(folder / "그림")}


def arrays(folder: Path) -> dict[str, Any]:
    pixels = np.random.default_rng(0).integers(0, 255, (60, 6, 6, 1), np.uint8)
    np.savez(folder / "arrays.npz", x=pixels, y=np.arange(60) % 2)
    return {"path": str(folder / "arrays.npz")}


def downloaded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Keras would fetch, made up."""
    import keras

    images = np.random.default_rng(0).integers(0, 255, (90, 28, 28), np.uint8)
    labels = np.arange(90) % 10
    made = (images[:60], labels[:60]), (images[60:], labels[60:])
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: made)


def masks(folder: Path) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    for row in range(30):
        image = rng.integers(0, 255, (12, 10), dtype=np.uint8)
        for kind, pixels in (("images", image), ("masks", 255 * (image // 128))):
            (folder / "세포" / kind).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / "세포" / kind / f"{row}.png")
    return {"path": str(folder / "세포")}


MADE: dict[str, Callable[[Path], dict[str, Any]]] = {
    "csv": table,
    "text_csv": texts,
    "time_series": series,
    "image_folder": images,
    "image_masks": masks,
    "npz": arrays,
    "digits": lambda _: {},
    "digit_scenes": lambda _: {"scenes": 60, "side": 24},
    "keras_dataset": lambda _: {"name": "mnist", "dataset": "mnist"},
    "sklearn_table": lambda _: {"name": "wine", "task": "tabular_classification", "table": "wine"},
    "gymnasium": lambda _: {"env": "CartPole-v1", "episodes": 3},
}
OTHERS: dict[str, dict[str, Any]] = {
    "csv": {"drop": ["colour"]},
    "text_csv": {"max_tokens": 10, "min_count": 2, "length": 3},
    "time_series": {"lookback": 12},
    "image_folder": {"image_size": 6, "color": "grayscale"},
    "image_masks": {"crop": 8},
    "npz": {"crop": 8},
}


@pytest.mark.parametrize("loader", sorted(MADE))
class TestEveryLoader(LoaderConformance):
    @pytest.fixture(autouse=True)
    def named(self, loader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.loader, self.rows = loader, loader != "gymnasium"
        if loader == "keras_dataset":
            downloaded(tmp_path, monkeypatch)

    @pytest.fixture
    def fields(self, loader: str, tmp_path: Path) -> Mapping[str, Any]:
        return MADE[loader](tmp_path)

    @pytest.fixture
    def others(self, loader: str) -> Mapping[str, Any]:
        return OTHERS.get(loader, {})


def test_no_loader_is_left_out() -> None:
    from automl.registry import Group, entries

    ours = {name for name, one in entries(Group.DATASETS).items() if one.distribution == "automl"}
    assert set(MADE) == ours
