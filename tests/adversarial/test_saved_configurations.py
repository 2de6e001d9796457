"""Saved configurations, whole and damaged, and the sentence that names the file and what is wrong in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from automl.__main__ import main
from automl.config.compose import run


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    taken: list[dict[str, Any]] = []
    run(["+model=cnn", "model.blocks=1"], lambda config: taken.append(config) or 0)  # type: ignore[func-returns-value]
    return taken[0]


@pytest.fixture(scope="module")
def text(whole: dict[str, Any]) -> str:
    return OmegaConf.to_yaml(OmegaConf.create(whole))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(content: str | bytes, capsys: pytest.CaptureFixture[str], path: str = "best.yaml") -> str:
    """What is said of a file of this content."""
    Path(path).write_bytes(content.encode() if isinstance(content, str) else content)
    code = main([path])
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1, err
    assert err.startswith(f"automl: {path}: ")
    assert list(Path().iterdir()) == [Path(path)]
    return err.removeprefix(f"automl: {path}: ").rstrip("\n")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "expected sections of keys and values. Received: an empty file."),
        ("# nothing else\n", "expected sections of keys and values. Received: an empty file."),
        ("hello", "expected sections of keys and values. Received: 'hello'."),
        ("- a\n- b\n", "expected sections of keys and values. Received: ['a', 'b']."),
        ("5", "expected sections of keys and values. Received: 5."),
        ("a: [1,\nb: }", "it cannot be read: line 2: expected the node content, but found '}'."),
        ("a:\n\tb: 1", "it cannot be read: line 2: found character '\\t' that cannot start any token."),
        ("a: *b", "it cannot be read: line 1: found undefined alias 'b'."),
        ("a: 1\n---\nb: 2\n", "it cannot be read: line 2: "),
        ("a: !!python/object:os.system x", "it cannot be read: line 1: could not determine a constructor"),
        ("a: \0", "it cannot be read: unacceptable character"),
        ("seed: 1\nseed: 2\n", "it cannot be read: line 2: found duplicate key seed."),
        (b"\x89PNG\r\n\x1a\n\xfe\x00", "expected YAML in UTF-8. Received: no text."),
        ("name: caf\u00e9".encode("latin-1"), "expected YAML in UTF-8. Received: no text."),
        ("model: {name: cnn}".encode("utf-16"), "expected YAML in UTF-8. Received: UTF-16 text."),
        ('{"model": {"name": "cnn"}}', "data: the section is missing."),
        ("[" * 3000, "it cannot be read: "),
        ("1: 2\n", "model: the section is missing."),
    ],
)
def test_what_is_no_configuration(capsys: pytest.CaptureFixture[str], content: str | bytes, sentence: str) -> None:
    assert refused(content, capsys).startswith(sentence)


@pytest.mark.parametrize("section", ["model", "data", "training", "search", "runner", "tracking"])
def test_sections_that_are_none(capsys: pytest.CaptureFixture[str], whole: dict[str, Any], section: str) -> None:
    rest = {key: value for key, value in whole.items() if key != section}
    missing = f"{section}: the section is missing. A whole configuration has model, data, training, search, runner, t"
    assert refused(OmegaConf.to_yaml(OmegaConf.create(rest)), capsys).startswith(missing)
    assert refused(OmegaConf.to_yaml(OmegaConf.create({**rest, section: None})), capsys).startswith(missing)
    for value, received in (("hello", "'hello'"), (5, "5"), ([1], "[1]"), (True, "True")):
        sentence = f"{section}: expected a section of keys and values. Received: {received}."
        assert refused(OmegaConf.to_yaml(OmegaConf.create({**rest, section: value})), capsys) == sentence
    assert refused(OmegaConf.to_yaml(OmegaConf.create({**rest, section: {"name": 3.5}})), capsys).startswith(
        f"{section}.name: expected a string. Received: 3.5."
    )


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("nonsense", 1, "nonsense: there is no such key. Available: calibrate, data, deterministic, ensemble"),
        ("training.epocs", 1, "training.epocs: there is no such field. Did you mean: epochs?"),
        ("model.nonsense", 1, "model.nonsense: there is no such field."),
        ("model.name", "cnnn", "Unknown model 'cnnn'. Did you mean: cnn?"),
        ("training.epochs", -30, "training.epochs: expected an integer of at least 1. Received: -30."),
        ("training.epochs", None, "training.epochs: expected an integer. Received: null."),
        ("training.learning_rate", float("nan"), "training.learning_rate: expected a finite number"),
        ("training.epochs", "${nowhere}", "training.epochs: Interpolation key 'nowhere' not found."),
        ("model.dropout.high", None, "model.dropout.high: expected a number. Received: None."),
        ("seed", -1, "seed: expected an integer of at least 0. Received: -1."),
        ("experiments", None, "experiments: expected a string. Received: null."),
    ],
)
def test_values_that_are_wrong(
    capsys: pytest.CaptureFixture[str], whole: dict[str, Any], path: str, value: Any, sentence: str
) -> None:
    config = OmegaConf.create(whole)
    OmegaConf.update(config, path, value, force_add=True)
    assert refused(OmegaConf.to_yaml(config), capsys).startswith(sentence)


def test_a_file_that_was_cut_off_is_refused_wherever_it_shows(capsys: pytest.CaptureFixture[str], text: str) -> None:
    needed = text.index("- 16")  # fewer choices are choices too, and what comes after them has defaults
    for end in range(0, needed, 37):
        refused(text[:end], capsys)


def test_a_file_that_cannot_be_had(capsys: pytest.CaptureFixture[str], text: str) -> None:
    folder = Path("study")
    folder.mkdir()
    (folder / "best.yaml").write_text(text)
    os.mkfifo("pipe.yaml")
    for word, sentence in (
        ("nowhere.yaml", "nowhere.yaml: there is no such configuration file."),
        ("pipe.yaml", "pipe.yaml: there is no such configuration file."),
        (
            "./study",
            "./study: expected a configuration file. Received: a folder. Name the file in it: study/best.yaml.",
        ),
        ("a/" * 3000 + "b.yaml", "'a/a/"),
    ):
        assert main([word]) == 2
        assert capsys.readouterr().err.startswith(f"automl: {sentence}")


def test_a_file_that_may_not_be_read(
    capsys: pytest.CaptureFixture[str], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    Path("best.yaml").write_text(text)
    monkeypatch.setattr(Path, "read_bytes", denied)
    assert main(["best.yaml"]) == 2
    assert capsys.readouterr().err == "automl: best.yaml: the file cannot be read: Permission denied.\n"


def test_other_sections_can_be_chosen_over_saved_ones(
    capsys: pytest.CaptureFixture[str], whole: dict[str, Any], text: str
) -> None:
    taken: list[dict[str, Any]] = []

    def job(config: dict[str, Any]) -> int:
        taken.append(config)
        return 0

    Path("best.yaml").write_text(text)
    run(["best.yaml", "tracking=none", "training=on_policy", "training.epochs=3"], job)
    assert taken[0]["tracking"] == {"name": "none"}
    assert {key: taken[0]["training"][key] for key in ("name", "clip_norm", "epochs")} == {
        "name": "control",
        "clip_norm": 0.5,
        "epochs": 3,
    }
    assert main(["best.yaml", "tracking=nne"]) == 2
    assert (
        capsys.readouterr().err == "automl: tracking: there is no 'nne'. Did you mean: none? Available: mlflow, none.\n"
    )


@pytest.mark.parametrize("name", ["best.yaml", "best.yml", "실험 1.yaml", "a=b, (c) 100%.yaml", "best.v2.yaml"])
def test_a_whole_file_runs_whatever_its_name(whole: dict[str, Any], text: str, name: str) -> None:
    taken: list[dict[str, Any]] = []
    Path(name).write_bytes(b"\xef\xbb\xbf" + text.encode())
    run([name, "seed=7"], lambda config: taken.append(config) or 0)  # type: ignore[func-returns-value]
    assert taken == [{**whole, "seed": 7}]
