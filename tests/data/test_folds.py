"""Cross-validation: who is held out of which fold, when there are folds, and when there cannot be."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from automl.config.check import check_values
from automl.config.study import Split
from automl.data.arrays.digits import Digits
from automl.data.arrays.npz import Npz
from automl.data.folds import Strata, deal
from automl.data.series.time_series import TimeSeries
from automl.data.tables.csv import Csv
from automl.data.tables.sklearn_table import SklearnTable
from automl.data.texts.csv import TextCsv
from automl.errors import AutomlError, ConfigError, DataError
from automl.fields import field_hints
from automl.jobs import Place, PreflightJob
from automl.jobs.common import open_data

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset, Loader


def opened(loader: Loader, folds: Any, cache: Path, seed: int = 1) -> Dataset:
    loader.folds = folds
    return loader.open(cache, seed)


def iris() -> SklearnTable:
    return SklearnTable("iris", "tabular_classification", "target")


@pytest.mark.parametrize(("size", "folds", "draws"), [(90, 5, 2), (299, 5, 2), (300, 8, 1), (999, 8, 1), (1000, 5, 1)])
def test_the_fewer_samples_the_more_folds(size: int, folds: int, draws: int) -> None:
    dealt = deal("auto", Strata(size), 0)
    assert dealt is not None
    assert dealt.shape == (draws, size)
    assert {row.max() + 1 for row in dealt} == {folds}
    assert not any((one == other).all() for one, other in itertools.pairwise(dealt))


def test_every_fold_has_its_share_of_classes_and_of_high_and_low_values() -> None:
    rng = np.random.default_rng(0)
    target = rng.permutation(np.repeat([0, 1, 2], [60, 30, 10]))
    dealt = deal(5, Strata(100, target, ("a", "b", "c")), 0)
    assert dealt is not None
    assert all(np.bincount(target[dealt[0] == number]).tolist() == [12, 6, 2] for number in range(5))
    values = np.sort(rng.exponential(size=200))
    dealt = deal(4, Strata(200, rng.permutation(values)), 0)
    assert dealt is not None
    values = np.sort(values)
    spread = deal(4, Strata(200, values), 0)
    assert spread is not None
    assert all(4 <= (spread[0][180:] == number).sum() <= 6 for number in range(4))  # of the twenty highest


def test_groups_stay_whole_and_classes_are_in_what_is_learned_from() -> None:
    groups = np.repeat(np.arange(12), 10)
    target = np.tile([0, 1], 60)
    dealt = deal("auto", Strata(120, target, ("a", "b"), groups), 3)
    assert dealt is not None
    for row in dealt:
        assert all(len(np.unique(row[groups == group])) == 1 for group in range(12))
    lonely = np.where(groups == 0, 2, target)
    assert deal("auto", Strata(120, lonely, ("a", "b", "c"), groups), 3) is None
    with pytest.raises(DataError, match=r"data\.folds: with 4 folds of whole groups a class is missing"):
        deal(4, Strata(120, lonely, ("a", "b", "c"), groups), 3)


def test_there_are_no_more_folds_than_the_rarest_class_has_samples() -> None:
    target = np.repeat([0, 1], [90, 3])
    dealt = deal("auto", Strata(93, target, ("often", "rare")), 0)
    assert dealt is not None
    assert (len(dealt), dealt.max() + 1) == (3, 3)
    assert deal("auto", Strata(93, np.repeat([0, 1], [91, 2]), ("often", "rare")), 0) is None
    told = r"data\.folds: class 'rare' has 3 samples outside the test part, so that there can be 3 folds at most"
    with pytest.raises(DataError, match=rf"{told}\. Received: 4\."):
        deal(4, Strata(93, target, ("often", "rare")), 0)
    with pytest.raises(DataError, match="there are 2 groups outside the test part"):
        deal(3, Strata(4, groups=np.array([0, 0, 1, 1])), 0)


def test_a_small_table_is_folded_and_tells_it(tmp_path: Path) -> None:
    single, folded = opened(iris(), 1, tmp_path), opened(iris(), "auto", tmp_path)
    assert (single.folds, single.pool, single.spec.folds) == ((), None, 1)
    assert (len(folded.folds), folded.spec.folds, folded.spec.sizes) == (
        10,
        10,
        {"train": 96, "validation": 24, "test": 30},
    )
    assert folded.pool is folded.compared
    assert single.compared is single.validation
    assert single.spec.fingerprint != folded.spec.fingerprint
    np.testing.assert_array_equal(folded.test.target(), single.test.target())
    table, target = folded.compared.arrays()
    held = np.zeros(len(target), int)
    for fold in folded.folds:
        np.testing.assert_array_equal(fold.validation.target(), target[fold.rows])
        np.testing.assert_array_equal(
            fold.validation.arrays()[0]["sepal length (cm)"], table["sepal length (cm)"][fold.rows]
        )
        assert len(fold.train) + len(fold.validation) == len(target) == 120
        held[fold.rows] += 1
    assert (held == 2).all()
    np.testing.assert_array_equal(folded.validation.target(), folded.folds[0].validation.target())
    medians = folded.spec.statistics["medians"]["sepal length (cm)"]
    assert medians == pytest.approx(np.median(table["sepal length (cm)"]))  # of all that folds share


def test_the_seed_makes_the_folds(tmp_path: Path) -> None:
    first, again, other = (opened(iris(), 3, tmp_path, seed) for seed in (1, 1, 2))
    assert first.spec.fingerprint == again.spec.fingerprint != other.spec.fingerprint
    np.testing.assert_array_equal(first.folds[0].rows, again.folds[0].rows)
    assert not np.array_equal(first.folds[0].rows, other.folds[0].rows)


def test_large_tables_and_those_of_other_tasks_are_not_folded(tmp_path: Path, clustering: str) -> None:
    rng = np.random.default_rng(0)
    pd.DataFrame({"a": rng.normal(size=3750), "y": rng.normal(size=3750)}).to_csv(tmp_path / "large.csv", index=False)
    assert opened(Csv("large", target="y", path=str(tmp_path / "large.csv")), "auto", tmp_path).folds == ()
    pd.DataFrame({"a": rng.normal(size=60), "y": rng.normal(size=60)}).to_csv(tmp_path / "small.csv", index=False)
    assert len(opened(Csv("small", target="y", path=str(tmp_path / "small.csv")), "auto", tmp_path).folds) == 10
    unlabelled = Csv("small", clustering, path=str(tmp_path / "small.csv"))
    assert opened(unlabelled, "auto", tmp_path).folds == ()
    with pytest.raises(ConfigError, match=r"data\.folds: predictions for the task clustering cannot be averaged"):
        opened(unlabelled, 3, tmp_path)


def test_images_and_texts_are_folded_where_that_is_asked_for(tmp_path: Path) -> None:
    digits = Digits("digits", "image_classification")
    assert opened(digits, "auto", tmp_path).folds == ()
    folded = opened(digits, 3, tmp_path)
    assert [len(one.validation) for one in folded.folds] == [480, 479, 479]
    rows = [f"number {number} of them,{'good' if number % 3 else 'bad'}" for number in range(80)]
    (tmp_path / "texts.csv").write_text("\n".join(["text,label", *rows]))
    texts = opened(TextCsv("texts", str(tmp_path / "texts.csv")), 4, tmp_path)
    assert (len(texts.folds), texts.spec.folds, len(texts.compared)) == (4, 4, 68)


def test_data_with_a_validation_part_of_their_own_are_not_folded(tmp_path: Path) -> None:
    x = np.random.default_rng(0).integers(0, 255, (40, 4, 4, 1)).astype(np.uint8)
    y = np.arange(40) % 2
    np.savez(tmp_path / "made.npz", x_train=x, y_train=y, x_val=x, y_val=y, x_test=x, y_test=y)
    loader = Npz("made", "image_classification", path=str(tmp_path / "made.npz"))
    assert opened(loader, "auto", tmp_path).folds == ()
    with pytest.raises(ConfigError, match=r"data\.folds: data=made come with a validation part"):
        opened(loader, 3, tmp_path)


def test_short_series_are_forecast_from_a_rolling_origin(tmp_path: Path) -> None:
    rows = pd.DataFrame({"load": np.arange(300.0)})
    rows.to_csv(tmp_path / "series.csv", index=False)
    loader = TimeSeries("series", str(tmp_path / "series.csv"), lookback=12, horizon=5)
    single, folded = opened(loader, 1, tmp_path), opened(loader, "auto", tmp_path)
    assert (single.folds, len(folded.folds), folded.spec.folds) == ((), 3, 3)
    inputs, _ = folded.compared.arrays()
    for fold in folded.folds:
        (seen, future), (held, aims) = fold.train.arrays(), fold.validation.arrays()
        assert max(seen.max(), future.max()) < aims.min()
        np.testing.assert_array_equal(inputs[fold.rows], held)
    first, last = folded.folds[0], folded.folds[-1]
    assert len(first.train) == len(single.train) < len(last.train)  # no model learns from less than a single one would
    assert last.validation.arrays()[1].max() == single.validation.arrays()[1].max()
    assert folded.spec.sizes == {
        "train": len(first.train),
        "validation": len(first.validation),
        "test": len(single.test),
    }
    with pytest.raises(DataError, match=r"holds 6 stretches of data\.horizon=5 steps at most\. Received: 9\."):
        opened(loader, 9, tmp_path)


def test_of_a_very_short_series_rows_before_the_validation_part_are_forecast_too(tmp_path: Path) -> None:
    pd.DataFrame({"passengers": np.arange(144.0)}).to_csv(tmp_path / "series.csv", index=False)
    loader = TimeSeries("series", str(tmp_path / "series.csv"), horizon=12)
    data = opened(loader, "auto", tmp_path)
    aims = [fold.validation.arrays()[1] for fold in data.folds]
    assert [(one.min(), one.max()) for one in aims] == [(87, 100), (101, 114)]
    for fold, aim in zip(data.folds, aims, strict=True):
        assert fold.train.arrays()[1].max() == aim.min() - 1
    assert data.test.arrays()[1].min() == 115
    long = TimeSeries("series", str(tmp_path / "series.csv"), horizon=12, lookback=50)
    assert opened(long, "auto", tmp_path).folds == ()  # the windows before would be too few to learn from


@pytest.mark.parametrize("value", [0, -1, 101, 2.5, "many", None])
def test_what_is_no_number_of_folds_is_refused(value: Any) -> None:
    with pytest.raises(AutomlError, match=r"data\.folds"):
        check_values(value, field_hints(Split)["folds"], "data.folds")


def test_loaders_that_know_nothing_of_folds_go_on_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = SklearnTable.open

    def open_single(self: Any, cache: Path, seed: int) -> Dataset:
        self.folds = 1
        return plain(self, cache, seed)

    monkeypatch.setattr(SklearnTable, "open", open_single)
    section = {"name": "iris", "loader": "sklearn_table", "task": "tabular_classification", "target": "target"}

    def data(folds: Any) -> Dataset:
        config = {"seed": 1, "data": {**section, "folds": folds}}
        return open_data(PreflightJob(0, config, Place(tmp_path, tmp_path / "cache"), "", {}))

    assert data("auto").folds == ()
    with pytest.raises(ConfigError, match=r"data\.folds: data=iris cannot be parted into folds\. Set data\.folds=1\."):
        data(5)
