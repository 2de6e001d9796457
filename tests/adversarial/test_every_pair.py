"""Every model by its bare name, and every data preset with every model that takes it, up to the served prediction."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from omegaconf import OmegaConf
from PIL import Image

from automl import registry
from automl.commands.study import main
from automl.registry import Group
from automl.tasks import task_info

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TINY = (
    "runner=inline", "tracking=none", "name=study", "search.trials=1", "training.epochs=1",
    "data.folds=1", "refit=false",
)  # fmt: skip
ADVERSARIAL = ("training.steps=3", "training.batch_size=8", "model.width=4")
CONTROL = ("training.steps=400", "training.episodes=2", "training.environments=2", "data.episodes=2")
PINNED = {"transfer": ("model.weights=null",)}
"""Words that keep a model off the network."""
FAST = {"mlp", "cnn", "dlinear", "lstm"}
"""The models that the fast suite runs by their bare names."""
DOWNLOADED = {"mnist": (28, 28), "fashion_mnist": (28, 28), "cifar10": (32, 32, 3)}
ALSO = {"npz": ["sequence_classification", "segmentation"], "csv": ["tabular_classification", "tabular_regression"]}
"""Tasks of presets that name another one, or none."""


def face(group: str, name: str) -> dict[str, Any]:
    path = registry.config_file(group, name)
    assert path is not None
    return dict(OmegaConf.to_container(OmegaConf.load(path)))  # type: ignore[arg-type]


def tasks_of(preset: str) -> list[str]:
    named = face("data", preset).get("task")
    found = [*([named] if named else []), *ALSO.get(preset, [])]
    return found + [other for name in found for other in task_info(name).serves]


def models() -> list[str]:
    return [name for name, one in registry.entries(Group.MODELS).items() if one.distribution == "automl"]


def pairs() -> Iterator[Any]:
    for preset in registry.choices("data"):
        for model in models():
            for task in tasks_of(preset):
                if task in face("model", model)["tasks"]:
                    fast = (preset, model, task) == ("csv", "mlp", "tabular_classification")
                    yield pytest.param(preset, model, task, marks=[] if fast else [pytest.mark.slow])


def write(path: Path, rows: list[list[Any]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return str(path)


def table(folder: Path, task: str) -> str:
    rng = np.random.default_rng(0)
    rows: list[list[Any]] = [["Hours per week", "소득", "PM2.5", "a b", "a_b", 'say "hi"', "50%", "", "a b", "answer"]]
    for row in range(90):
        values = [f"{value:.2f}" for value in rng.normal(size=5)]
        answer = ("none", "well")[row % 2] if task == "tabular_classification" else f"{1e12 + 1e3 * rng.normal():.1f}"
        rows.append([*values, rng.choice(["x", "y"]), f"2024-01-{1 + row % 28:02}", row % 7, row % 5, answer])
    return write(folder / "table.csv", rows)


def texts(folder: Path, task: str) -> str:
    del task
    words = ("lovely", "awful")
    return write(
        folder / "texts.csv",
        [["text", "label"], *([f"a {words[row % 2]} film of {row % 7} acts", row % 2] for row in range(60))],
    )


def series(folder: Path, task: str) -> str:
    del task
    rows = [[f"{np.sin(row):.3f}", f"{np.cos(row / 3):.3f}"] for row in range(400)]
    return write(folder / "series.csv", [["level (m)", "수위"], *rows])


def arrays(folder: Path, task: str) -> str:
    rng = np.random.default_rng(0)
    steps, pixels = rng.normal(size=(60, 24, 2)).astype(np.float32), rng.integers(0, 255, (60, 8, 8, 1), np.uint8)
    answers = pixels[..., 0] // 128 if task == "segmentation" else np.arange(60) % 2
    np.savez(folder / "arrays.npz", x=steps if task == "sequence_classification" else pixels, y=answers)
    return str(folder / "arrays.npz")


def images(folder: Path, task: str) -> str:
    del task
    rng = np.random.default_rng(0)
    for row in range(40):
        place = folder / "images" / f"class {row % 2}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (12, 12, 3), dtype=np.uint8)).save(place / f"{row}.png")
    return str(folder / "images")


def masks(folder: Path, task: str) -> str:
    del task
    rng = np.random.default_rng(0)
    for row in range(20):
        image = rng.integers(0, 255, (12, 10, 3), dtype=np.uint8)
        for kind, pixels in (("images", image), ("masks", 255 * (image[..., 0] // 128))):
            (folder / "세포 사진" / kind).mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).save(folder / "세포 사진" / kind / f"{row}.png")
    return str(folder / "세포 사진")


MADE: dict[str, tuple[Callable[[Path, str], str], tuple[str, ...]]] = {
    "csv": (table, ("data.target=answer",)),
    "text_csv": (texts, ()),
    "time_series": (series, ("data.lookback=48", "data.horizon=6")),
    "npz": (arrays, ()),
    "image_folder": (images, ()),
    "image_masks": (masks, ("data.crop=8",)),
}
"""Presets that need a path, each with what makes it, and further words."""


def words_for(preset: str, task: str, folder: Path) -> list[str]:
    if preset == "gymnasium":
        return ["data.env=CartPole-v1"]
    words = [f"data.task={task}"] if task != face("data", preset).get("task") else []
    if preset in MADE:
        make, further = MADE[preset]
        words += [f"data.path={make(folder, task)}", *further]
    return words


def fake(preset: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a few images in the place of those that Keras would download."""
    import keras

    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 255, (60, *DOWNLOADED[preset]), dtype=np.uint8), np.arange(60) % 10
    parts = (images, labels), (images[:20], labels[:20])
    monkeypatch.setattr(getattr(keras.datasets, preset), "load_data", lambda: parts)


def study(folder: Path, model: str, *words: str) -> int:
    control = "control" in face("model", model)["tasks"]
    if control:
        pytest.importorskip("gymnasium", reason="the extra rl is not installed")
    further = CONTROL if control else ADVERSARIAL if model == "dcgan" else ()
    given = (f"+model={model}", *PINNED.get(model, ()), *further, *words, *TINY)
    return main([*given, f"experiments={folder / 'experiments'}"])


def served(folder: Path) -> None:
    """The packed model answers its raw example; a family without a servable form says so."""
    import mlflow.pyfunc

    evaluation = folder / "experiments" / "study" / "evaluation"
    assert (evaluation / "plugin").is_dir()
    if not (evaluation / "model").is_dir():
        return
    loaded = mlflow.pyfunc.load_model(str(evaluation / "model"))
    example = loaded.input_example
    assert len(loaded.predict(example)) == 2


@pytest.mark.parametrize(
    "model", [pytest.param(name, marks=[] if name in FAST else [pytest.mark.slow]) for name in models()]
)
def test_every_model_by_its_bare_name(model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overrides = [one for one in face("model", model).get("defaults", []) if "override /data@_global_.data" in one]
    preset = str(next(iter(overrides[0].values()))) if overrides else "digits"
    code = study(tmp_path, model)
    if set(tasks_of(preset)) & set(face("model", model)["tasks"]):
        assert code == 0, capsys.readouterr().err
        served(tmp_path)
    else:
        assert code == 2
        assert f"automl: model={model} does not take the task of data={preset}" in capsys.readouterr().err


@pytest.mark.parametrize(("preset", "model", "task"), pairs())
def test_every_data_preset_with_every_model_that_takes_it(
    preset: str,
    model: str,
    task: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if preset in DOWNLOADED:
        fake(preset, monkeypatch)
    code = study(tmp_path, model, f"data={preset}", *words_for(preset, task, tmp_path))
    assert code == 0, capsys.readouterr().err
    served(tmp_path)
