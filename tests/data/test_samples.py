"""New samples out of files, as loaders read them for trained models."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from automl.data.environments.gymnasium import Gymnasium
from automl.data.images.folder import ImageFolder
from automl.data.images.masks import ImageMasks
from automl.data.series.samples import following
from automl.data.series.time_series import TimeSeries
from automl.data.spec import DataSpec, TensorSpec
from automl.data.tables.csv import Csv
from automl.data.tables.sklearn_table import SklearnTable
from automl.data.texts.csv import TextCsv
from automl.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Loader
    from automl.data.samples import Samples


def read(loader: Loader, path: Path | str, spec: DataSpec, notes: list[str] | None = None) -> list[Samples]:
    """All chunks of the samples in files."""
    return list(loader.samples(str(path), spec, (notes if notes is not None else []).append))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Loader, DataSpec]:
    """A table with columns of every kind, opened, so that its spec tells what a model would know."""
    folder = tmp_path_factory.mktemp("people")
    rng = np.random.default_rng(0)
    rows = 80
    pd.DataFrame(
        {
            "나이": rng.integers(20, 70, rows),
            "salary": [f"{value:,.2f}".translate(str.maketrans(",.", ".,")) for value in rng.uniform(900, 9000, rows)],
            "town": rng.choice(["Seoul", "Busan"], rows),
            "member": rng.choice(["yes", "no"], rows),
            "since": [f"{1 + row % 28:02}.03.{2001 + row % 20}" for row in range(rows)],
            "rent": rng.uniform(1, 2, rows),
        }
    ).to_csv(folder / "people.csv", index=False, sep=";")
    loader = Csv(name="people", path=str(folder / "people.csv"), target="rent")
    return loader, loader.open(folder / "cache", seed=1).spec


def row(**values: Any) -> str:
    given = {"town": "Busan", "나이": 30, "member": "YES", "since": "14.03.2004", "salary": "1.234,50", **values}
    return ";".join(given) + "\n" + ";".join(map(str, given.values())) + "\n"


def test_rows_are_read_as_the_train_part_was(people: tuple[Loader, DataSpec], tmp_path: Path) -> None:
    loader, spec = people
    path = tmp_path / "새 손님.csv"
    path.write_text(row(beside="x", rent="?"))
    (chunk,) = read(loader, path, spec)
    assert chunk.inputs["salary"].tolist() == [1234.5]
    assert chunk.inputs["since"].tolist() == ["2004-03-14 00:00:00"]
    assert chunk.names.to_dict("list") == {"row": [1]}
    assert chunk.table is not None
    assert "beside" in chunk.table
    pd.DataFrame(
        {"나이": [1.5, None], "salary": [2, 3], "town": None, "member": True, "since": "01.01.2020"}
    ).to_parquet(tmp_path / "new.parquet")
    (chunk,) = read(loader, tmp_path / "*.parquet", spec)
    assert np.isnan(chunk.inputs["나이"]).tolist() == [False, True]
    notes: list[str] = []
    path.write_text(row(town="Atlantis", 나이="inf", salary=""))
    (chunk,) = read(loader, path, spec, notes)
    assert np.isnan([chunk.inputs["나이"][0], chunk.inputs["salary"][0]]).all()
    assert notes == ["values that the model has not met count as unknown in 'town' (1, such as 'Atlantis')."]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (row(나이="many"), "the column '나이' is to hold numbers. Received in row 1: 'many'."),
        (row(since="31/31/2004"), "the column 'since' is to hold dates. Received in row 1: '31/31/2004'."),
        ("Town;나이\nx;1\n", "the column 'salary' is missing"),
        ("", "predict: the file is empty"),
        (b"\x00\x01\x02", "is a binary file"),
    ],
)
def test_rows_that_do_not_fit_are_told(
    people: tuple[Loader, DataSpec], content: str | bytes, sentence: str, tmp_path: Path
) -> None:
    (tmp_path / "new.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError, match=sentence) as told:
        read(people[0], tmp_path / "new.csv", people[1])
    assert str(told.value).startswith("predict: ")


def test_long_tables_come_in_chunks_with_their_numbers(tmp_path: Path) -> None:
    loader = SklearnTable(name="iris", table="iris", target="target")
    spec = loader.open(tmp_path, seed=1).spec
    frame = pd.DataFrame({name: np.zeros(70_000) for name in spec.to_dict()["inputs"]})
    frame.to_csv(tmp_path / "long.csv", index=False)
    chunks = read(loader, tmp_path / "long.csv", spec)
    assert len(chunks) == 2
    assert chunks[1].names["row"].tolist()[-1] == 70_000


TEXTS = DataSpec("reviews", "text_classification", {"text": TensorSpec((), "string")}, None, details={"text": "본문"})


def test_texts_are_lines_files_or_a_column(tmp_path: Path) -> None:
    loader = TextCsv(name="reviews")
    (tmp_path / "lines.txt").write_text("one\n\n둘 \n")
    (tmp_path / "plain.csv").write_text('id,본문\n1,"good, really"\n2,dull\n')
    (tmp_path / "single.csv").write_text("본문\nfine\n")
    (tmp_path / "bare.tsv").write_text("7\ta long text without a header\n")
    (tmp_path / "folder").mkdir()
    for name in ("b.txt", "a.txt", "c.pdf"):
        (tmp_path / "folder" / name).write_text(f"in {name}")
    notes: list[str] = []
    for name, texts, first in (
        ("lines.txt", ["one", "", "둘"], {"line": [1, 2, 3]}),
        ("plain.csv", ["good, really", "dull"], {"row": [1, 2]}),
        ("single.csv", ["fine"], {"row": [1]}),
        ("bare.tsv", ["a long text without a header"], {"row": [1]}),
        ("folder", ["in a.txt", "in b.txt"], {"file": ["a.txt", "b.txt"]}),
    ):
        (chunk,) = read(loader, tmp_path / name, TEXTS, notes)
        assert (chunk.inputs["text"].tolist(), chunk.names.to_dict("list")) == (texts, first)
    assert notes == ["1 files that are no .txt files were left out."]
    (tmp_path / "korean.txt").write_bytes("하나\n".encode("cp949"))
    with pytest.raises(DataError, match=r"is not in utf-8 after line 0\. Set data.encoding to its own"):
        read(loader, tmp_path / "korean.txt", TEXTS)
    (chunk,) = read(TextCsv(name="reviews", encoding="cp949"), tmp_path / "korean.txt", TEXTS)
    assert chunk.inputs["text"].tolist() == ["하나"]
    (tmp_path / "body.csv").write_text("body,id\na,1\n")
    with pytest.raises(DataError, match=r"data.text: there is no column 'bod'\. Did you mean: body"):
        read(TextCsv(name="reviews", text="bod"), tmp_path / "body.csv", TEXTS)


SERIES = DataSpec(
    "power", "forecasting", TensorSpec((3, 2), "float32"), TensorSpec((2, 1), "float32"),
    details={"channels": ["load", "heat"], "target_channels": [0], "lookback": 3, "horizon": 2, "date": "언제"},
)  # fmt: skip


def test_the_end_of_a_series_is_named_by_the_dates_that_follow(tmp_path: Path) -> None:
    loader, path = TimeSeries(name="power"), tmp_path / "power.csv"
    frame = pd.DataFrame({"heat": range(9), "load": range(10, 19)})
    frame.assign(언제=pd.date_range("2024-02-20", periods=9, freq="D").astype(str)).to_csv(path, index=False)
    (chunk,) = read(loader, path, SERIES)
    assert chunk.inputs.tolist() == [[[16, 6], [17, 7], [18, 8]]]
    assert chunk.names["언제"].astype(str).tolist() == ["2024-02-29", "2024-03-01"]
    frame.to_csv(path, index=False)
    assert read(loader, path, SERIES)[0].names.to_dict("list") == {"step": [1, 2]}
    np.save(tmp_path / "windows.npy", np.zeros((4, 3, 2)))
    assert read(loader, tmp_path / "windows.npy", SERIES)[0].inputs.shape == (4, 3, 2)
    odd = frame.astype({"heat": object})
    odd.loc[7, "heat"] = None
    for broken, sentence in (
        (frame.head(2), "the model looks back on 3 steps. Received: 2 rows."),
        (frame.drop(columns="heat"), "the column 'heat' is missing"),
        (odd, "the column 'heat' has no value in row 8. Fill it in, or set data.missing=forward_fill."),
        (odd.fillna("warm"), "the column 'heat' is to hold numbers. Received in row 8: 'warm'."),
        (frame.assign(언제=list("987654321")), "'언제' must rise from row to row"),
    ):
        broken.to_csv(path, index=False)
        with pytest.raises(DataError, match=sentence):
            read(loader, path, SERIES)
    odd.to_csv(path, index=False)
    (chunk,) = read(TimeSeries(name="power", missing="forward_fill"), path, SERIES)
    assert chunk.inputs[0, :, 1].tolist() == [6, 6, 8]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (pd.date_range("2024-01-31", periods=4, freq="ME"), ["2024-05-31", "2024-06-30"]),
        (pd.date_range("2024-01-04", periods=7, freq="B"), ["2024-01-15", "2024-01-16"]),
        (pd.to_datetime(["2024-01-01", "2024-01-02"]), ["2024-01-03", "2024-01-04"]),
        (pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-04", "2024-01-05"]), ["2024-01-06", "2024-01-07"]),
        (pd.Series([1990.0, 1991.0, 1992.0]), ["1993", "1994"]),
    ],
)
def test_dates_go_on_with_their_own_frequency(dates: Any, expected: list[str]) -> None:
    assert [str(one).removesuffix(" 00:00:00") for one in following(pd.Series(dates), 2)] == expected


GREY = DataSpec(
    "digits", "image_classification", TensorSpec((4, 4, 1), "uint8"), None, details={"value_range": [0, 16]}
)  # fmt: skip


def test_images_get_the_shape_and_the_unit_of_the_models_own(tmp_path: Path) -> None:
    photos = tmp_path / "사진"
    (photos / "a").mkdir(parents=True)
    Image.new("RGB", (8, 6), (255, 255, 255)).save(photos / "a" / "흰.png")
    Image.new("L", (4, 4), 0).save(photos / "black.jpg")
    (photos / "notes.md").touch()
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as packed:
        for file in photos.rglob("*.*"):
            packed.write(file, file.relative_to(photos))
    loader = ImageFolder(name="photos", task="image_classification")
    for path in (photos, tmp_path / "photos.zip"):
        (chunk,) = read(loader, path, GREY)
        assert chunk.names["file"].tolist() == ["a/흰.png", "black.jpg"]
        assert chunk.inputs[:, 0, 0, 0].tolist() == [16, 0]
    assert read(loader, photos / "black.jpg", GREY)[0].names["file"].tolist() == ["black.jpg"]
    assert len(read(loader, photos / "*.jpg", GREY)[0].names) == 1
    (photos / "b.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"predict: .*b.png cannot be read as an image .* data.on_bad_file=skip"):
        read(loader, photos, GREY)
    loader.on_bad_file = "skip"
    notes: list[str] = []
    assert len(read(loader, photos, GREY, notes)[0].names) == 2
    assert notes == ["1 unreadable files were left out: b.png."]
    with pytest.raises(DataError, match="predict: there is no such file or folder"):
        read(loader, photos / "nowhere", GREY)


def test_images_to_be_segmented_come_back_in_their_own_size(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    for name, size in (("a", (8, 4)), ("b", (8, 4)), ("c", (6, 6))):
        Image.new("L", size, 90).save(tmp_path / "images" / f"{name}.png")
        Image.new("L", size, 1).save(tmp_path / "masks" / f"{name}.png")
    spec = DataSpec("cells", "segmentation", TensorSpec((None, None, 1), "uint8"), None)
    loader = ImageMasks(name="cells", task="segmentation", fit="pad")
    own = DataSpec(**{**vars(spec), "details": {"image_size": [6, 6], "own_size": True}})
    assert [chunk.inputs.shape for chunk in read(loader, tmp_path, own)] == [(2, 4, 8, 1), (1, 6, 6, 1)]
    scaled = DataSpec(**{**vars(spec), "details": {"image_size": [6, 6], "own_size": False}})
    (chunk,) = read(loader, tmp_path, scaled)
    assert chunk.inputs.shape == (3, 6, 6, 1)
    assert chunk.restore is not None
    mask = np.zeros((6, 6), np.uint8)
    mask[:3] = 1  # the image lies above, what pads it below
    assert chunk.restore(0, mask).tolist() == np.ones((4, 8)).tolist()


def test_arrays_are_read_whatever_the_loader_and_agents_read_nothing_else(tmp_path: Path) -> None:
    states = DataSpec("pole", "control", TensorSpec((4,), "float32"), None)
    np.savez(tmp_path / "seen.npz", seen=np.zeros((3, 4)))
    loader = Gymnasium(name="pole", env="CartPole-v1")
    assert len(read(loader, tmp_path / "seen.npz", states)[0].names) == 3
    with pytest.raises(DataError, match="an agent acts on what it observes, step by step"):
        read(loader, tmp_path / "seen.csv", states)
    np.savez(tmp_path / "seen.npz", seen=np.zeros((3, 5)))
    with pytest.raises(
        DataError, match=r"takes samples of shape \(4\), one a row. Received: an array of shape \(3, 5\)"
    ):
        read(loader, tmp_path / "seen.npz", states)
    np.save(tmp_path / "objects.npy", np.array([{}, []], object), allow_pickle=True)
    with pytest.raises(DataError, match="cannot be read as an array of numbers"):
        read(loader, tmp_path / "objects.npy", states)
