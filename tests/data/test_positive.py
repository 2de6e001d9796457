"""The positive class, named by its label in whatever has labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from automl.data.arrays.npz import Npz
from automl.data.images.folder import ImageFolder
from automl.data.tables.csv import Csv
from automl.data.texts.csv import TextCsv
from automl.errors import ConfigError
from automl.tasks import load_task
from automl.tasks.base import SupervisedTask

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def table(folder: Path, **fields: Any) -> Csv:
    rows = [f"{row % 7},{('no', '예')[row % 2]}" for row in range(40)]
    (folder / "t.csv").write_text("\n".join(["size,bought", *rows]), encoding="utf-8")
    return Csv("t", path=str(folder / "t.csv"), target="bought", **fields)


def texts(folder: Path, **fields: Any) -> TextCsv:
    rows = [f"a {('dull', 'fine')[row % 2]} film {row % 5},{('no', '예')[row % 2]}" for row in range(40)]
    (folder / "t.csv").write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    return TextCsv("t", path=str(folder / "t.csv"), **fields)


def images(folder: Path, **fields: Any) -> ImageFolder:
    for row in range(20):
        place = folder / "images" / ("no", "예")[row % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4), row).save(place / f"{row}.png")
    return ImageFolder("i", task="image_classification", path=str(folder / "images"), **fields)


def arrays(folder: Path, **fields: Any) -> Npz:
    np.savez(folder / "a.npz", x=np.zeros((20, 4, 4), np.uint8), y=np.array(["no", "예"])[np.arange(20) % 2])
    return Npz("a", task="image_classification", path=str(folder / "a.npz"), **fields)


@pytest.mark.parametrize("make", [table, texts, images, arrays])
def test_the_label_is_found_or_refused_with_the_nearest(make: Callable[..., Any], tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    plain, named = make(tmp_path).open(cache, 0), make(tmp_path, positive="no").open(cache, 0)
    assert "positive" not in plain.spec.details
    assert named.spec.details["positive"] == named.spec.classes.index("no") == 0
    assert (named.test.target() == plain.test.target()).all()
    with pytest.raises(ConfigError, match=r"^data.positive: there is no label 'noo'. Did you mean: no\?"):
        make(tmp_path, positive="noo").open(cache, 0)


def test_the_metrics_are_those_of_the_class(tmp_path: Path) -> None:
    task, target = load_task("tabular_classification"), np.array([0, 0, 0, 1])
    assert isinstance(task, SupervisedTask)
    called = np.eye(2)[[0, 0, 1, 1]]
    no, yes = (table(tmp_path, positive=label).open(tmp_path / "cache", 0).spec for label in ("no", "예"))
    assert task.scores(no, target, called, ["precision", "recall"]) == pytest.approx({"precision": 1, "recall": 2 / 3})
    assert task.scores(yes, target, called, ["precision", "recall"]) == pytest.approx({"precision": 0.5, "recall": 1})


def test_values_have_no_positive_class(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("a,b\n" + "\n".join(f"{row % 7},{row / 3}" for row in range(40)))
    with pytest.raises(ConfigError, match=r"^data.positive: tabular_regression has no classes; leave it out"):
        Csv("v", path=str(tmp_path / "v.csv"), target="b", positive="1").open(tmp_path / "cache", 0)
