"""Tables as people have them: each is read rightly, or refused in one sentence."""

from __future__ import annotations

import decimal
import gzip
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from automl.data.tables.csv import Csv
from automl.data.texts.csv import TextCsv
from automl.errors import AutomlError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from automl.data import Dataset

ROWS = 90
RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=ROWS)
LINES = [f"{row % 7}.5,{'ab'[row % 2]}" for row in range(30)]


def frame(**columns: Any) -> pd.DataFrame:
    base = {"age": NORMAL.round(2), "town": np.array(["Rome", "Oslo", "Lima"])[np.arange(ROWS) % 3]}
    return pd.DataFrame({**base, "label": np.where(np.arange(ROWS) % 2, "sick", "well"), **columns})


def opened(folder: Path, content: bytes | pd.DataFrame, name: str = "table.csv", **fields: Any) -> Dataset:
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif path.suffix == ".parquet":
        content.to_parquet(path)
    else:
        content.to_csv(path, index=False, sep=fields.pop("sep", ","))
    return Csv("odd", path=str(path), **{"target": "label", **fields}).open(folder / "cache", 0)


def rows(data: Dataset, column: str) -> np.ndarray:
    """The raw values of all rows in the order of the table, told by a first column of row numbers."""
    found: dict[Any, Any] = {}
    for part in (data.train, data.validation, data.test):
        raw, _ = part.arrays()
        found |= dict(zip(raw["row"], raw[column], strict=True))
    return np.array([found[row] for row in sorted(found)])


def comma(values: Iterable[float]) -> list[str]:
    return [f"{value:.2f}".replace(".", ",") for value in values]


def finite(data: Dataset) -> bool:
    (batch,) = data.train.batches(100_000)
    return all(np.isfinite(values.numpy()).all() for values in batch[0].values())


SPACED = np.arange(ROWS) * 7 % ROWS
"""A row number that is not taken for one."""


@pytest.mark.parametrize(
    ("texts", "expected", "note"),
    [
        ([f"{value:.6e}" for value in NORMAL * 1e300], NORMAL * 1e300, ""),
        ([str(10**12 + row) for row in range(0, ROWS * 3, 3)], 1e12 + np.arange(ROWS) * 3, ""),
        (["inf", "-Infinity", *map(str, NORMAL[2:])], [np.nan, np.nan, *NORMAL[2:]], "2 infinite values, taken as"),
        (comma(NORMAL), NORMAL.round(2), "decimal commas (such as 0,13)"),
        ([f"{row * 1000 + 1000:,}" for row in range(ROWS)], np.arange(1, ROWS + 1) * 1000.0, "1,000) and was read as"),
        ([f"{row * 98765 + 0.5:,}" for row in range(ROWS)], np.arange(ROWS) * 98765 + 0.5, "separators of thousands"),
        ([f"{row * 98765:,}".replace(",", ".") for row in range(ROWS)], np.arange(ROWS) * 98765.0, "decimal commas"),
        ([f"{row * 98765:,}".replace(",", " ") for row in range(ROWS)], np.arange(ROWS) * 98765.0, "separators of"),
        (["NA", "-", "#DIV/0!", *map(str, NORMAL[3:])], [np.nan] * 3 + list(NORMAL[3:]), ""),
    ],
)
@pytest.mark.parametrize("sep", [",", ";"])
def test_numbers_are_read_as_they_are_written(
    tmp_path: Path, texts: list[str], expected: Any, note: str, sep: str
) -> None:
    data = opened(tmp_path, frame(row=SPACED, x=np.array(texts, object)[SPACED]), sep=sep)
    np.testing.assert_allclose(rows(data, "x"), expected, rtol=1e-6)
    assert note in " ".join(data.spec.warnings)
    assert finite(data)


DAYS = pd.date_range("2024-01-01", periods=ROWS)


@pytest.mark.parametrize(
    ("texts", "note"),
    [
        (DAYS.strftime("%d/%m/%Y"), ""),
        (DAYS.strftime("%m/%d/%Y"), ""),
        (DAYS.strftime("%d.%m.%y"), ""),
        (DAYS.strftime("%d-%m-%Y %H:%M"), ""),
        (DAYS.strftime("%m/%d/%Y %I:%M %p"), ""),
        (DAYS.strftime("%Y/%m/%d"), ""),
        (DAYS.strftime("%Y-%m-%dT%H:%M:%SZ"), ""),
        ([day.strftime("%d.%m.%Y" if day.day % 2 else "%Y-%m-%d") for day in DAYS], ""),
        ([day.strftime("%d.%m.%Y" if day.day % 2 else "%m/%d/%Y") for day in DAYS], ""),
    ],
)
def test_dates_are_read_one_way_in_a_column(tmp_path: Path, texts: Any, note: str) -> None:
    data = opened(tmp_path, frame(row=SPACED, x=np.array(list(texts), object)[SPACED]))
    assert [text[:10] for text in rows(data, "x")] == list(DAYS.strftime("%Y-%m-%d"))
    assert list(data.spec.warnings) == ([note] if note else [])


def test_dates_that_can_be_read_two_ways_are_told(tmp_path: Path) -> None:
    data = opened(tmp_path, frame(x=[f"{1 + row % 12:02}/{1 + row % 9:02}/2024" for row in range(ROWS)]))
    assert "can be read in two ways; they were read with the month first: 12/" in data.spec.warnings[0]
    mixed = opened(tmp_path, frame(x=["13/02/2024", "02/13/2024"] * (ROWS // 2)), "mixed.csv")
    told = "was left out: it mixes dates with the day first and with the month first (13/02/2024 and 02/13/2024)."
    assert mixed.spec.warnings == (f"column 'x' {told}",)


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (b"\xef\xbb\xbfage,label\n" + "\n".join(LINES).encode(), {}),
        ("age,label\n".encode("utf-16") + "\n".join(LINES).encode("utf-16-le"), {}),
        (("age,label\n" + "\n".join(LINES)).encode("utf-32"), {}),
        (b"age,label\r" + "\r".join(LINES).encode(), {}),
        (b"age,label\r\n" + "\r\n".join(LINES).encode(), {}),
        (b"\n\nage,label\n\n" + "\n".join(LINES).encode(), {}),
        (b" age , label \n" + "\n".join(LINES).encode(), {}),
        (b"age,label\n" + ",\n".join(LINES).encode() + b",\n", {}),
        ("나이;표지\n".encode("cp949") + "\n".join(LINES).replace(",", ";").encode(), {"encoding": "cp949"}),
    ],
)
def test_text_files_of_any_make_are_read(tmp_path: Path, content: bytes, fields: dict[str, Any]) -> None:
    data = opened(tmp_path, content, **({"target": "표지", **fields} if fields else {}))
    assert len(data.spec.inputs) == 1  # type: ignore[arg-type]
    assert data.spec.classes == ("a", "b")
    assert sum(data.spec.sizes.values()) == 30


def test_compressed_tables_and_newlines_in_quotes(tmp_path: Path) -> None:
    lines = [f'{row % 7},5;{"ab"[row % 2]};"two\nlines {row % 3}"' for row in range(30)]
    content = gzip.compress(("age;label;note\n" + "\n".join(lines)).encode())
    data = opened(tmp_path, content, "table.csv.gz")
    assert dict(data.spec.details["columns"]) == {"age": "numeric", "note": "categorical"}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.array([True, False] * 45, "boolean"), "boolean"),
        (pd.date_range("2020-01-01", periods=ROWS, tz="Asia/Seoul"), "date"),
        ([day.date() for day in DAYS], "date"),
        (pd.timedelta_range("1h", periods=ROWS), "numeric"),
        ([decimal.Decimal("1.25") * row for row in range(ROWS)], "numeric"),
        (pd.array([1, None, 3] * 30, "Int64"), "numeric"),
        (pd.Categorical(["a", "b", None] * 30), "categorical"),
        ([[1, 2]] * ROWS, None),
        ([{"a": 1}] * ROWS, None),
        ([b"a"] * ROWS, None),
    ],
)
def test_types_of_parquet(tmp_path: Path, values: Any, kind: str | None) -> None:
    data = opened(tmp_path, frame(x=values), "table.parquet")
    assert dict(data.spec.details["columns"]).get("x") == kind
    assert (kind is None) == ("column 'x' was left out: it holds" in " ".join(data.spec.warnings))
    assert finite(data)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["none", "null", "na", "n/a", "?"] * 18, ("?", "n/a", "na", "none", "null")),
        ([True, False] * 45, ("False", "True")),
        (pd.Categorical(["u", "v"] * 45), ("u", "v")),
        (pd.array([1, 2] * 45, "Int64"), ("1", "2")),
    ],
)
@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_labels_of_any_type_are_classes(tmp_path: Path, labels: Any, classes: tuple[str, ...], name: str) -> None:
    assert opened(tmp_path, frame(label=labels), name).spec.classes == classes


@pytest.mark.parametrize(
    ("content", "fields", "message"),
    [
        (frame(), {"drop": ["label"]}, "data.drop: the target cannot be dropped. Received: data.target=label."),
        (frame(), {"group": "label"}, "data.group: the target cannot tell the groups too. Received: label."),
        (frame(label=[np.inf, *NORMAL[1:]]), {}, "data.target: 'label' has 1 infinite value."),
        (frame(label=NORMAL * 1e200), {}, "; at most 1e+150 can be computed with."),
        (frame(label=["NA", *map(str, NORMAL[1:])]), {}, "'label' has 1 missing value ('NA'), the first in row 1."),
        (frame(label=["", *map(str, NORMAL[1:])]), {}, "'label' has 1 missing value, the first in row 1."),
        (b"label\na\nb\na\nb\n", {}, "there is no column to learn from beside 'label'"),
        (b"PK\x03\x04\x14\x00xl/workbook.xml\x00", {}, "is an Excel workbook or another office file. Save the sheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x00", {}, "is an Excel workbook"),
        (b"\x89PNG\r\n\x1a\n\x00", {}, "is a binary file. Give a table as CSV, TSV or Parquet."),
        ("stra\u00dfe,label\n".encode("latin-1"), {}, "is not in utf-8. Set data.encoding to its own, such as latin-1"),
        (b"age,label\n1,a\n", {"encoding": "klingon"}, "data.encoding: there is no such encoding. Received: klingon."),
        (b"age,label\n1,a\n2,b,c\n", {}, "cannot be read as a table: Expected 2 fields in line 3, saw 3"),
    ],
)
def test_tables_that_cannot_be_learned_from_are_refused(
    tmp_path: Path, content: bytes | pd.DataFrame, fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(AutomlError) as error:
        opened(tmp_path, content, **fields)
    assert message in str(error.value)


def test_a_nested_target_is_named(tmp_path: Path) -> None:
    with pytest.raises(AutomlError, match=r"data.target: 'label' is to hold one value a row. Received: list"):
        opened(tmp_path, frame(label=[[1]] * ROWS), "table.parquet")


def test_parts_that_are_the_same_or_do_not_fit(tmp_path: Path) -> None:
    train = frame()
    train.to_csv(tmp_path / "copy.csv", index=False)
    with pytest.raises(AutomlError, match=r"data.test_path: a file that models learn from says nothing of new data."):
        opened(tmp_path, train, test_path=str(tmp_path / "copy.csv"))
    train.iloc[::-1].to_csv(tmp_path / "turned.csv", index=False)
    data = opened(tmp_path, train, test_path=str(tmp_path / "turned.csv"))
    assert "100% of the different rows of the test part are in the train file too" in data.spec.warnings[-1]
    frame(age=NORMAL + 5, label=["cured", *train["label"][1:]]).to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(AutomlError, match="class 'cured' of 'label' is in the test part alone"):
        opened(tmp_path, train, test_path=str(tmp_path / "other.csv"))


def test_texts_whose_parts_or_columns_are_the_same(tmp_path: Path) -> None:
    lines = [f"a {('lovely', 'awful')[row % 2]} film of {row % 7},{('none', 'null')[row % 2]}" for row in range(40)]
    (tmp_path / "train.csv").write_text("\n".join(["text,label", *lines]))
    (tmp_path / "test.csv").write_text("\n".join(["text,label", *lines[:20], "a film,unheard of"]))
    train = str(tmp_path / "train.csv")
    assert TextCsv("t", train).open(tmp_path / "cache", 0).spec.classes == ("none", "null")
    for fields, message in (
        ({"text": "label", "label": "label"}, "data.label: the texts cannot be the labels too."),
        ({"test_path": train}, "data.test_path: a file that models learn from"),
        ({"validation_path": train}, "data.validation_path: a file that models learn from"),
        ({"test_path": str(tmp_path / "test.csv")}, "class 'unheard of' is in the validation or test part alone"),
    ):
        with pytest.raises(AutomlError) as error:
            TextCsv("t", train, **fields).open(tmp_path / "cache", 0)  # type: ignore[arg-type]
        assert message in str(error.value)


def test_thousands_of_columns_take_seconds(tmp_path: Path) -> None:
    import time

    wide = pd.DataFrame(RNG.normal(size=(60, 3000)).round(3)).rename(columns=lambda place: f"column no. {place}")
    began = time.process_time()
    data = opened(tmp_path, wide.assign(label=np.arange(60) % 2))
    assert len(data.spec.inputs) == 3000  # type: ignore[arg-type]
    # With a tensor a column it took minutes; a loaded machine is given its time.
    assert time.process_time() - began < 30
