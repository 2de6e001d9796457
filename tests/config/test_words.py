from __future__ import annotations

import pytest

from automl.config.quoting import parsed, quote
from automl.config.words import read
from automl.errors import ConfigError


@pytest.mark.parametrize(
    "value",
    [
        "사진", "/data/실험 폴더", " both ends ", "it's", 'say "hi"', "'", '"', '\\"', "100%", "#1", "photos (1).csv",
        "a,b.csv", "US$", "C:\\new\\x", "C:\\new\\", "\\", "[2024] photos", "[2024] photos [1]", "{", "]", "a=b",
        "a\\,b", "tab\there", "two\nlines", "~x", "!x", "&;|<>", "`ls`", "😀", "हिन्दी", "choice(1,2)", "int(x)",
        "sales-*.parquet",
    ],
)  # fmt: skip
def test_text_means_what_it_says(value: str) -> None:
    for prefix in ("", "+", "++"):
        assert parsed(quote(f"{prefix}data.path={value}", sweep=False)).value() == value


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("a=1", 1),
        ("a=1e-3", 1e-3),
        ("a=true", True),
        ("a=null", None),
        ('a="sales-*.parquet"', "sales-*.parquet"),
        ("a='it's'", "it's"),
        ("a=[8640,2880,2880]", [8640, 2880, 2880]),
        ("a=[이름,b c,-1,.5]", ["이름", "b c", -1, 0.5]),
        ('a=["가,나",[다]]', ["가,나", ["다"]]),
        ("a={choices:[소득,나이]}", {"choices": ["소득", "나이"]}),
        ("a={low:1e-4,high:1e-2,log:true}", {"low": 1e-4, "high": 1e-2, "log": True}),
        ("a=${experiments}/사진", "${experiments}/사진"),
    ],
)
def test_lists_numbers_quoted_text_and_interpolations_stay_what_they_are(word: str, meaning: object) -> None:
    assert parsed(quote(word, sweep=False)).value() == meaning


@pytest.mark.parametrize(
    ("word", "studies"),
    [
        ("seed=1,2", ["seed=1", "seed=2"]),
        ("seed=choice(1,2)", ["seed=1", "seed=2"]),
        ("data.target=소득,나이", ['data.target="소득"', 'data.target="나이"']),
        ("tracking=glob(*)", ["tracking=mlflow", "tracking=none"]),
        ("name=실험", ['name="실험"']),
    ],
)
def test_a_sweep_is_counted_out(word: str, studies: list[str]) -> None:
    assert [one for (one,) in read([word, "-m"]).studies()] == studies


def test_arguments_are_put_in_hydras_words() -> None:
    line = read(["seed=1", "--cfg", "job", "model=cnn", "+data=iris", "experiment=quick", "-m"])
    assert line.flags == ("--cfg", "job")
    assert line.overrides == ("seed=1", "+model=cnn", "data=iris", "+experiment=quick")
    assert line.sweep
    assert read(["data.a={low:1,high:2}"]).overrides == ("data.a=0", "~data.a", "+data.a={low:1,high:2}")
    assert read(["training.a.log=true"]).overrides == ("++training.a.log=true",)


def test_what_the_locale_could_not_decode_is_utf_8() -> None:
    assert read(["name=실험".encode().decode("ascii", "surrogateescape")]).overrides == ('name="실험"',)
    with pytest.raises(ConfigError, match="expected text in UTF-8"):
        read([b"name=\xff".decode("ascii", "surrogateescape")])
