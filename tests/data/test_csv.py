"""Tables: what is told of their columns, what is refused, and that what is learned comes from the train part."""

from __future__ import annotations

import resource
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from automl.data.encoding import make_encoder
from automl.data.stacking import Stacking
from automl.data.tables.columns import judge, survey
from automl.data.tables.csv import Csv
from automl.data.tables.sklearn_table import SklearnTable
from automl.errors import AutomlError

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset

ROWS = 90


def frame(**columns: Any) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    base = {
        "age": rng.normal(40, 10, ROWS).round(1),
        "town": rng.choice(["Rome", "Oslo", "Lima"], ROWS),
        "label": np.arange(ROWS) % 2,
    }
    return pd.DataFrame({**base, **columns})


def opened(folder: Path, table: pd.DataFrame, **fields: Any) -> Dataset:
    table.to_csv(folder / "table.csv", index=False)
    fields = {"target": "label", **fields}
    return Csv("people", path=str(folder / "table.csv"), **fields).open(folder / "cache", 0)


def encoded(data: Dataset, raw: dict[str, Any]) -> dict[str, np.ndarray]:
    encoder = make_encoder(data.spec)
    assert encoder is not None
    stacked = {name: tf.constant(values) for name, values in Stacking(data.spec)(raw).items()}
    return {name: value.numpy() for name, value in encoder(stacked).items()}


def kinds(data: Dataset) -> dict[str, str]:
    return dict(data.spec.details["columns"])


def test_kinds_of_columns_are_told(tmp_path: Path) -> None:
    table = frame(
        member=np.where(np.arange(ROWS) % 3, "yes", "no"),
        born=pd.date_range("1990-01-31", periods=ROWS, freq="37D").strftime("%Y-%m-%d"),
        row=np.arange(ROWS) + 7,
        constant="x",
        empty="",
        name=[f"person {number}" for number in range(ROWS)],
    )
    data = opened(tmp_path, table)
    assert kinds(data) == {"age": "numeric", "town": "categorical", "member": "boolean", "born": "date"}
    told = " ".join(data.spec.warnings)
    assert "column 'row' was left out: it numbers the rows." in told
    assert "column 'constant' was left out: it has one value only." in told
    assert "column 'empty' was left out: it is empty." in told
    assert "column 'name' was left out: it holds 90 different texts in 90 rows, as identifiers do." in told


@pytest.mark.parametrize(
    ("target", "task", "classes"),
    [
        (np.arange(ROWS) % 3, "tabular_classification", ("0", "1", "2")),
        (np.where(np.arange(ROWS) % 2, "sick", "well"), "tabular_classification", ("sick", "well")),
        (np.linspace(0, 1, ROWS), "tabular_regression", ()),
        (np.arange(ROWS) ** 2, "tabular_regression", ()),
    ],
)
def test_the_task_follows_from_the_target(tmp_path: Path, target: Any, task: str, classes: tuple[str, ...]) -> None:
    data = opened(tmp_path, frame(label=target))
    assert data.spec.task == task
    assert data.spec.classes == classes


def test_the_task_can_be_asked_for(tmp_path: Path) -> None:
    data = opened(tmp_path, frame(), task="tabular_regression")
    assert data.spec.task == "tabular_regression"
    assert data.spec.statistics["target_mean"] == pytest.approx([0.5], abs=0.1)


def test_what_is_learned_comes_from_the_train_part(tmp_path: Path) -> None:
    table = frame()
    data = opened(tmp_path, table)
    raw, _ = data.train.arrays()
    assert data.spec.statistics["medians"]["age"] == pytest.approx(np.median(raw["age"]))
    (batch,) = data.train.batches(ROWS)
    assert batch[0]["numeric"].numpy().mean(axis=0) == pytest.approx(0, abs=1e-5)
    assert batch[0]["numeric"].numpy().std(axis=0) == pytest.approx(1, abs=1e-5)


def test_the_encoder_takes_what_it_has_never_seen(tmp_path: Path) -> None:
    table = frame(born=pd.date_range("1990-01-31", periods=ROWS, freq="37D").strftime("%d.%m.%Y"))
    table.loc[3, "age"] = np.nan
    table.loc[5, "town"] = ""
    data = opened(tmp_path, table, task="tabular_classification")
    coded = encoded(data, {"age": [np.nan, 40], "town": ["Atlantis", "Rome"], "born": ["", "2001-02-03 04:05:06"]})
    assert np.isfinite(coded["numeric"]).all()
    assert coded["categorical"][0, 0] == 0
    assert coded["categorical"][1, 0] > 0


def test_batches_hold_what_the_encoder_makes_of_raw_rows(tmp_path: Path) -> None:
    data = opened(tmp_path, frame(day=pd.date_range("2020-02-27", periods=ROWS).strftime("%Y-%m-%d")))
    raw, _ = data.test.arrays()
    (batch,) = data.test.batches(ROWS)
    for name, value in encoded(data, raw).items():
        np.testing.assert_allclose(batch[0][name], value, rtol=1e-5, atol=1e-6)


def test_date_parts_agree_with_the_calendar() -> None:
    from automl.data.encoding.date_layer import DateParts

    days = pd.date_range("1968-12-30", "2031-03-01", freq="97D")
    parts = DateParts()(tf.constant(days.strftime("%Y-%m-%d").to_numpy(object)[:, None], tf.string)).numpy()
    assert parts[:, 0] == pytest.approx((days - pd.Timestamp("1970-01-01")).days.to_numpy(), abs=0.01)
    angle = 2 * np.pi * days.dayofweek.to_numpy() / 7
    assert parts[:, 2] == pytest.approx(np.sin(angle), abs=1e-4)
    assert parts[:, 5] == pytest.approx(np.cos(angle), abs=1e-4)


def test_groups_stay_together(tmp_path: Path) -> None:
    family = np.arange(ROWS) // 6
    data = opened(tmp_path, frame(family=[f"f{number}" for number in family], age=np.arange(ROWS) / 7), group="family")
    parts = [set((part.arrays()[0]["age"] * 7).round().astype(int) // 6) for part in (data.train, data.validation)]
    parts.append(set((data.test.arrays()[0]["age"] * 7).round().astype(int) // 6))
    assert sum(map(len, parts)) == len(set.union(*parts)) == 15
    assert "family" not in kinds(data)


def test_a_test_file_is_the_test_part(tmp_path: Path) -> None:
    frame().iloc[::-1][["label", "town", "age"]].to_csv(tmp_path / "test.csv", index=False)
    data = opened(tmp_path, frame(), test_path=str(tmp_path / "test.csv"))
    assert data.spec.sizes["test"] == ROWS
    assert data.test.arrays()[0]["age"] == pytest.approx(frame()["age"].to_numpy()[::-1])


def test_parquet_and_several_files_are_the_same_table(tmp_path: Path) -> None:
    whole = opened(tmp_path, frame())
    for number in range(3):
        rows = frame().iloc[30 * number : 30 * number + 30]
        rows.to_parquet(tmp_path / f"part-{number}.parquet")
    parts = Csv("people", target="label", path=str(tmp_path / "part-*.parquet")).open(tmp_path / "cache", 0)
    assert parts.spec.statistics == whole.spec.statistics
    assert (parts.test.arrays()[0]["town"] == whole.test.arrays()[0]["town"]).all()


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    frame().to_csv(tmp_path / "table.csv", index=False, sep=delimiter)
    data = Csv("people", target="label", path=str(tmp_path / "table.csv")).open(tmp_path / "cache", 0)
    assert list(kinds(data)) == ["age", "town"]


@pytest.mark.parametrize(
    ("columns", "fields", "message"),
    [
        (
            {},
            {"target": "lable"},
            "data.target: there is no column 'lable'. Did you mean: label? Available: age, label",
        ),
        ({}, {"target": None}, "data.target: the column to predict is needed. The columns are: age, town, label."),
        ({}, {"drop": ["agee"]}, "data.drop: there is no column 'agee'. Did you mean: age?"),
        ({}, {"group": "x"}, "data.group: there is no column 'x'."),
        ({}, {"task": "forecasting"}, "data.task: a table is for tabular_classification or tabular_regression."),
        ({"label": [None, *range(ROWS - 1)]}, {}, "'label' has 1 missing value, the first in row 1. Leave these rows"),
        ({"label": "one"}, {}, "data.target: at least two classes are needed. 'label' holds: one."),
        ({"label": ["a", "b"] + ["c"] * (ROWS - 2)}, {}, "class 'a' of 'label' has 1 row; at least 3 are needed"),
        ({"label": [f"x{number}" for number in range(ROWS)]}, {}, "'label' holds 90 different values; classes are to"),
        ({"label": "word"}, {"task": "tabular_regression"}, "'label' is to hold numbers for tabular_regression."),
        ({}, {"drop": ["age", "town"]}, "there is no column to learn from beside 'label'."),
    ],
)
def test_tables_that_are_unfit_are_refused(
    tmp_path: Path, columns: dict[str, Any], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(AutomlError) as error:
        opened(tmp_path, frame(**columns), **fields)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "data.path: the file is empty."),
        (b"age,label\n", "holds no rows."),
        (b"age,label\n1,2,3,4\n5,6\n", "cannot be read as a table"),
        (b"\xff\xfe\x00a,b\n1,2\n", "is not in utf-8. Set data.encoding"),
    ],
)
def test_files_that_are_no_tables_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "bad.csv").write_bytes(content)
    with pytest.raises(AutomlError, match=message):
        Csv("bad", target="label", path=str(tmp_path / "bad.csv")).open(tmp_path / "cache", 0)


def test_a_column_is_judged_across_chunks() -> None:
    chunks = [pd.DataFrame({"x": ["1", "2"], "row": ["0", "1"]}), pd.DataFrame({"x": ["3", "many"], "row": ["2", "3"]})]
    seen = survey(chunks)
    column, _ = judge("x", seen["x"])
    assert column is not None
    assert column.kind == "categorical"
    assert seen["x"].first_odd == 3
    assert judge("row", seen["row"]) == (None, "column 'row' was left out: it numbers the rows.")


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    code = (
        "import sys, resource\nfrom pathlib import Path\nfrom automl.data.tables.csv import Csv\n"
        "data = Csv('big', target='y', path=sys.argv[1]).open(Path(sys.argv[2]), 0)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )

    def peak(rows: int) -> int:
        rng = np.random.default_rng(0)
        table = pd.DataFrame(rng.normal(size=(rows, 20)).round(6)).rename(columns=str).assign(y=rng.normal(size=rows))
        table.to_csv(tmp_path / f"{rows}.csv", index=False)
        command = [sys.executable, "-c", code, str(tmp_path / f"{rows}.csv"), str(tmp_path / f"cache{rows}")]
        return int(subprocess.check_output(command, text=True).splitlines()[-1])

    assert resource.RUSAGE_SELF == 0
    # 100,000 rows of 21 columns as Python strings alone would take more than 125 MB.
    assert peak(130_000) - peak(30_000) < 100


@pytest.mark.parametrize(("table", "task"), [("iris", "tabular_classification"), ("diabetes", "tabular_regression")])
def test_bundled_tables_need_no_file(tmp_path: Path, table: Any, task: str) -> None:
    data = SklearnTable(table, None, "target", table=table).open(tmp_path, 0)
    assert data.spec.task == task
    assert sum(data.spec.sizes.values()) == (150 if table == "iris" else 442)
