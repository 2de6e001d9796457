"""Samples as rows of numbers, for models that are no networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from automl.data import ArrayPart, DataSpec, Matrix, TensorSpec
from automl.data.tables.csv import Csv
from automl.errors import ConfigError, DataError
from automl.tasks import load_task

if TYPE_CHECKING:
    from pathlib import Path


def table(folder: Path) -> str:
    rng = np.random.default_rng(0)
    rows = ["크기,colour,new,day,answer"]
    for row in range(120):
        size = "" if row % 10 == 0 else f"{50 + 9 * rng.normal():.3f}"
        colour = ("red", "green", "blue")[int(rng.integers(3))]
        rows.append(f"{size},{colour},{'yes' if row % 2 else 'no'},2024-{1 + row % 12:02}-01,{('a', 'b')[row % 2]}")
    path = folder / "table.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return str(path)


def test_a_table_is_imputed_standardised_and_one_hot(tmp_path: Path) -> None:
    data = Csv("t", path=table(tmp_path), target="answer").open(tmp_path / "cache", 0)
    rows = data.train.encoded(data.spec)
    assert rows.dtype == np.float32
    assert rows.shape == (len(data.train), 2 + 1 + 7 + 3)  # size and its indicator, new, the parts of the day, colours
    assert np.isfinite(rows).all()
    assert rows[:, 0].mean() == pytest.approx(0.0, abs=1e-5)
    assert rows[:, 0].std() == pytest.approx(1.0, abs=1e-5)
    assert (rows[:, -3:].sum(axis=1) == 1).all()
    raw, _ = data.test.arrays()
    restored = Matrix(DataSpec.from_dict(data.spec.to_dict()))
    assert restored.width == rows.shape[1]
    np.testing.assert_allclose(restored(raw), data.test.encoded(data.spec), atol=1e-5)
    unknown = {**raw, "colour": np.array(["violet"] * len(data.test), object)}
    assert not restored(unknown)[:, -3:].any()


def test_of_many_labels_the_most_frequent_have_a_column_each() -> None:
    details = {"encoding": "table", "columns": [["word", "categorical"]]}
    statistics = {"vocabularies": {"word": [str(number) for number in range(60)]}}
    spec = DataSpec("t", "x", {"word": TensorSpec((), "string")}, None, statistics=statistics, details=details)
    rows = Matrix(spec).of_features({"categorical": np.array([[0], [1], [50], [51]])})
    assert rows.shape == (4, 50)
    assert rows.sum(axis=1).tolist() == [0, 1, 1, 0]


def test_images_are_standardised_by_channel_and_flattened() -> None:
    images = np.random.default_rng(0).integers(0, 255, (30, 2, 3, 2), np.uint8)
    moments = {"mean": images.mean(axis=(0, 1, 2)).tolist(), "variance": images.var(axis=(0, 1, 2)).tolist()}
    spec = DataSpec("i", "x", TensorSpec((2, 3, 2), "uint8"), None, statistics=moments)
    assert Matrix(spec).width == 12
    rows = ArrayPart(images, None, np.arange(30)).encoded(spec)
    assert rows.shape == (30, 12)
    channels = rows.reshape(30, 6, 2)
    np.testing.assert_allclose(channels.mean(axis=(0, 1)), 0.0, atol=1e-5)
    np.testing.assert_allclose(channels.std(axis=(0, 1)), 1.0, atol=1e-5)


def test_texts_are_refused(tmp_path: Path) -> None:
    data = load_task("text_classification").tiny(tmp_path)
    with pytest.raises(DataError, match=r"^data=tiny: texts are no columns of numbers\."):
        data.train.encoded(data.spec)


def test_a_table_without_a_target_has_samples_and_one_that_is_named_is_not_seen(
    tmp_path: Path, clustering: str
) -> None:
    path = table(tmp_path)
    plain = Csv("t", clustering, path=path).open(tmp_path / "cache", 0)
    assert plain.spec.target is None
    assert plain.spec.task == clustering
    assert plain.spec.classes == ()
    assert "answer" in plain.spec.inputs  # type: ignore[operator]
    assert sorted(plain.spec.sizes.values()) == [24, 24, 72]
    assert plain.train.encoded(plain.spec).shape[0] == 72
    named = Csv("t", clustering, path=path, target="answer").open(tmp_path / "cache", 0)
    assert named.spec.target is None
    assert "answer" not in named.spec.inputs  # type: ignore[operator]
    (inputs, target), *_ = named.train.batches(8)
    assert inputs["numeric"].shape[0] == 8
    assert not target.numpy().any()


def test_a_supervised_model_without_a_target_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"^data.target: the column to predict is needed. The columns are: 크기, colo"
    ):
        Csv("t", path=table(tmp_path)).open(tmp_path / "cache", 0)


def test_a_table_serves_no_task_of_images(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^data.task: a table is for tabular_classification or tabular_r"):
        Csv("t", "generation", path=table(tmp_path)).open(tmp_path / "cache", 0)
