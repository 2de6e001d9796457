"""Texts: columns, vocabulary, parts, and what is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from automl.data.encoding import make_encoder
from automl.data.stacking import Stacking
from automl.data.texts.csv import TextCsv
from automl.errors import AutomlError

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
ROWS = [(f"a fine film number {number % 7}, really", "good") for number in range(20)]
ROWS += [(f"A dull film, number {number % 7}!", "bad") for number in range(20)]


def opened(folder: Path, lines: list[str], name: str = "texts.csv", **fields: Any) -> Any:
    (folder / name).write_text("\n".join(lines), encoding="utf-8")
    return TextCsv("t", str(folder / name), **fields).open(folder / "cache", 0)


def table(header: str = "text,label") -> list[str]:
    return [header, *(f'"{text}",{label}' for text, label in ROWS)]


def tree(folder: Path) -> Path:
    for number, (text, label) in enumerate(ROWS):
        place = folder / "reviews" / ("test" if number % 5 == 0 else "train") / label
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{number}.txt").write_text(text)
    return folder / "reviews"


@pytest.mark.parametrize("header", ["text,label", "review,sentiment", "words,tag"])
def test_columns_are_found_out(tmp_path: Path, header: str) -> None:
    data = opened(tmp_path, table(header), header=True if header == "words,tag" else None)
    assert data.spec.classes == ("bad", "good")
    assert sum(data.spec.sizes.values()) == 40


def test_a_file_without_a_header_and_with_quotes_in_its_texts(tmp_path: Path) -> None:
    lines = [f'{label}\tit says "{text}' for text, label in ROWS]
    data = opened(tmp_path, lines, "texts.tsv")
    assert sum(data.spec.sizes.values()) == 40
    assert data.train.examples(1)["text"][0].startswith('it says "')


def test_the_vocabulary_is_that_of_the_train_part(tmp_path: Path) -> None:
    lines = [*table(), '"unheard of once",good']
    data = opened(tmp_path, lines)
    vocabulary = data.spec.statistics["vocabulary"]
    assert vocabulary[:4] == [",", "a", "film", "number"]
    assert "," in vocabulary
    assert "unheard" not in vocabulary
    assert data.spec.details["tokens"] == len(vocabulary) + 2


def test_batches_hold_what_the_encoder_makes_of_raw_texts(tmp_path: Path) -> None:
    data = opened(tmp_path, table())
    raw, _ = data.test.arrays()
    encoder, stack = make_encoder(data.spec), Stacking(data.spec)
    assert encoder is not None
    (batch,) = data.test.batches(100)
    assert (batch[0].numpy() == encoder(stack(raw)).numpy()).all()
    unseen = encoder(stack({"text": ["Zebra film", ""]})).numpy()
    assert unseen[0, :2].tolist() == [1, 2 + data.spec.statistics["vocabulary"].index("film")]
    assert not unseen[1].any()


def test_letters_of_all_scripts_stay_in_their_words(tmp_path: Path) -> None:
    lines = ["text,label", *(f"{'füße naïve' if number % 2 else 'κόσμος мир'} so,{number % 2}" for number in range(20))]
    data = opened(tmp_path, lines)
    assert {"füße", "naïve", "κόσμος", "мир"} <= set(data.spec.statistics["vocabulary"])


def test_texts_in_folders_and_zips_are_the_same(tmp_path: Path) -> None:
    folder = tree(tmp_path)
    with zipfile.ZipFile(tmp_path / "reviews.zip", "w") as archive:
        for path in sorted(folder.rglob("*.txt")):
            archive.write(path, path.relative_to(tmp_path))
    one, other = (TextCsv("t", str(path)).open(tmp_path / "cache", 0) for path in (folder, tmp_path / "reviews.zip"))
    assert one.spec.sizes["test"] == 8
    assert (one.train.arrays()[0]["text"] == other.train.arrays()[0]["text"]).all()


@pytest.mark.skipif(not (SHARED / "sst2-train.tsv").is_file(), reason="the shared data are not here")
def test_a_validation_folder_is_the_validation_part(tmp_path: Path) -> None:
    for part, count in (("train", 12), ("validation", 3), ("test", 4)):
        for label in ("good", "bad"):
            (tmp_path / "리뷰 모음" / part / label).mkdir(parents=True)
            for number in range(count):
                text = f"a {label} film for the {part} part, number {number}"
                (tmp_path / "리뷰 모음" / part / label / f"{number}.txt").write_text(text)
    data = TextCsv("t", str(tmp_path / "리뷰 모음")).open(tmp_path / "cache", 0)
    assert data.spec.sizes == {"train": 24, "validation": 6, "test": 8}
    for part, rows in (("train", data.train), ("validation", data.validation), ("test", data.test)):
        assert all(f"the {part} part" in text for text in rows.arrays()[0]["text"])
    assert "the 6 texts of the validation folder" in data.spec.warnings[0]


def test_sst_2_as_it_is_given(tmp_path: Path) -> None:
    paths = {"": "train", "validation_": "dev", "test_": "test"}
    fields: dict[str, Any] = {f"{key}path": str(SHARED / f"sst2-{part}.tsv") for key, part in paths.items()}
    data = TextCsv("sst", **fields).open(tmp_path, 0)
    assert data.spec.sizes == {"train": 6920, "validation": 872, "test": 1821}
    assert data.spec.classes == ("0", "1")
    assert 2 * data.spec.statistics["vocabulary"].index("film") < 100


@pytest.mark.parametrize(
    ("lines", "fields", "message"),
    [
        (["text,label", '"",good', *table()[1:]], {}, "row 1 of {path} has no text. Fill it in, or set data.on_empty"),
        (["text,label", "fine,", *table()[1:]], {}, "'label' has 1 missing value, the first in row 1."),
        (["text,label", *(f"film {number},good" for number in range(9))], {}, "at least two classes are needed."),
        ([*table(), "odd one,ugly"], {}, "class 'ugly' has 1 text to learn from; at least 3 are needed."),
        (table(), {"text": "body"}, "data.text: there is no column 'body'"),
        (["label", "a", "b"], {}, "a column of texts and one of labels are needed. Received: label."),
        (table(), {"min_count": 500}, "data.min_count: no token occurs 500 times in the train part."),
    ],
)
def test_texts_that_are_unfit_are_refused(
    tmp_path: Path, lines: list[str], fields: dict[str, Any], message: str
) -> None:
    with pytest.raises(AutomlError) as error:
        opened(tmp_path, lines, **fields)
    assert message.format(path=tmp_path / "texts.csv") in str(error.value)


def test_empty_texts_can_be_left_out(tmp_path: Path) -> None:
    data = opened(tmp_path, ["text,label", '"",good', *table()[1:]], on_empty="skip")
    assert sum(data.spec.sizes.values()) == 40
    assert data.spec.warnings == ("1 empty text was left out.",)


def test_a_path_is_needed(tmp_path: Path) -> None:
    with pytest.raises(
        AutomlError, match=r"data.path: a file of texts, or a folder of them, is needed. Received: null"
    ):
        TextCsv("t").open(tmp_path, 0)
