"""What a person types, and the sentence that answers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from automl import __version__
from automl.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

CNN = "+model=cnn"


def refused(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one sentence that a command line is refused with, at once, nothing written."""
    began = time.process_time()
    code = main(list(words))
    assert time.process_time() - began < 2.5, "it is to be refused at once"
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1, err
    assert err.startswith("automl: ")
    assert list(folder.iterdir()) == []
    return err.removeprefix("automl: ").rstrip("\n")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("data=null", "data: there is no 'null'. Available: breast_cancer"),
        ("data=5", "data: there is no '5'. Available: breast_cancer"),
        ("data=", "data: there is no ''."),
        ("data=사진", "data: there is no '사진'."),
        ("data=digits,iris", "data: one choice is expected; several need --multirun (-m). Received: digits,iris."),
        ("~data", "data: the section is missing. Choose one with data=<name>. Available: breast_cancer"),
        ("~runner", "runner: the section is missing. Choose one with runner=<name>. Available: inline, local, ray."),
        ("~tracking", "tracking: the section is missing."),
        ("~search", "search: the section is missing."),
        ("~training", "training: the section is missing."),
        ("~model", "No model was chosen. Add +model=<name>, one of: auto, boosting, cnn"),
        ("~model.filters", "model.filters: a value is needed. Received: none."),
        ("~seed", "seed: a value is needed."),
        ("~name", "name: every study has this key. Leave '~name' out."),
        ("~training.epoch", "training.epoch: there is no such key. Did you mean: training.epochs"),
        ("training=nonsense", "training: there is no 'nonsense'. Available: adversarial, control"),
        ("+experiment=nonsense", "experiment: there is no 'nonsense'. Available: quick."),
        ("+data=iris", "model=cnn does not take the task of data=iris, tabular_classification."),
    ],
)
def test_choices_and_sections(elsewhere: Path, capsys: pytest.CaptureFixture[str], word: str, sentence: str) -> None:
    assert refused(elsewhere, capsys, CNN, word).startswith(sentence)


@pytest.mark.parametrize("word", ["model=5", "model=null", "model=", "+model=[a]", "+model=크기"])
def test_models_that_there_are_not(elsewhere: Path, capsys: pytest.CaptureFixture[str], word: str) -> None:
    assert refused(elsewhere, capsys, word).startswith("model: there is no '")


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("++x.y=1", "x: there is no such key. Available: calibrate, data, deterministic, ensemble"),
        ("++seeds=1", "seeds: there is no such key. Did you mean: seed?"),
        ("++data.pth=1", "data.pth: there is no such field."),
        ("++tracking.url=1", "tracking.url: there is no such field. Did you mean: uri?"),
        ("trials=5", "trials: there is no such key. Did you mean: search.trials?"),
        ("model.epochs=5", "model.epochs: there is no such key. Did you mean: training.epochs?"),
        ("training.dropout=0.1", "training.dropout: there is no such key. Did you mean: model.dropout?"),
        ("training.epochs.most=1", "training.epochs.most: there is no such key."),
        ("model.foo=1", "model.foo: there is no such key. Available: model.blocks"),
        ("+training.epochs=2", "training.epochs: the key is there already. Leave out the '+': training.epochs=<value>"),
        ("사진=1", "사진: there is no such key."),
        ("name =x", "Leave out the spaces around '=': name=x."),
        ("\u202ename=x", "'\\u202ename': there is no such key. Did you mean: name?"),
        ("data/x=3", "data/x: there is no such key."),
        ("=value", "Cannot read '=value': expected <key>=<value>, as in search.trials=10."),
        ("", "Cannot read '': expected <key>=<value>"),
        ("trials", "Cannot read 'trials': expected <key>=<value>"),
        ("\x1b[31m", "Cannot read '\\x1b[31m': expected <key>=<value>"),
        ("[" * 5000, "Cannot read '[[["),
        ("resnet", "'resnet' is a model. Run it with +model=resnet."),
    ],
)
def test_keys(elsewhere: Path, capsys: pytest.CaptureFixture[str], word: str, sentence: str) -> None:
    assert refused(elsewhere, capsys, CNN, word).startswith(sentence)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("name=a=b", "name: expected letters, digits, '.', '-' and '_'. Received: 'a=b'."),
        ("name=it's", "name: expected letters, digits, '.', '-' and '_'. Received: \"it's\"."),
        ("name=a\tb", "name: expected letters, digits, '.', '-' and '_'. Received: 'a\\tb'."),
        ("name=two\nlines", "name: expected letters, digits, '.', '-' and '_'. Received: 'two\\nlines'."),
        ("name=" + "a" * 100_000, "name: expected a name of at most 200 bytes. Received: 'aaa"),
        ("name=" + "9" * 5000, "name: expected a name of at most 200 bytes. Received: '999"),
        ("name=" + "실" * 70, "name: expected a name of at most 200 bytes. Received: '실"),
        ("name=Cache", "name: the experiments folder keeps 'Cache' for itself. Choose another name."),
        ("name=true", "name: expected a string or null. Received: true. Put it into double quotes"),
        ("name=${foo}", "name: Interpolation key 'foo' not found."),
        ("name=${foo", 'Cannot read name="${foo": '),
        ("experiments=", "experiments: expected a string that is not empty. Received: ''."),
        ("experiments= ", "experiments: expected a folder. Received: ' '."),
        ("experiments=" + "a" * 300, "experiments: 'aaa"),
        ("search.objective=", "search.objective: expected a string that is not empty or a list or null. Received: ''."),
        ("training.epochs=" + "[" * 1500 + "]" * 1500, "training.epochs: expected an integer. Received: "),
        ("training.batch_size=16,32", "training.batch_size: expected an integer. Received: '16,32'. To search several"),
        ("training.batch_size={choices:[16,32}", "training.batch_size: expected an integer. Received: '{choices"),
    ],
)  # fmt: skip
def test_values(elsewhere: Path, capsys: pytest.CaptureFixture[str], word: str, sentence: str) -> None:
    assert refused(elsewhere, capsys, CNN, word).startswith(sentence)


@pytest.mark.parametrize(
    "path", ["사진", "실험 폴더/a (1), b.npz", "it's", 'say "hi"', "100%", "#1", "a=b", "US$1", "a\\b"]
)
def test_paths_arrive_as_they_were_typed(elsewhere: Path, capsys: pytest.CaptureFixture[str], path: str) -> None:
    sentence = refused(elsewhere, capsys, CNN, "data=npz", f"data.path={path}")
    assert sentence == f"data.path: there is no such file or folder. Received: {path}"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--trials=5"],
            "There is no flag '--trials'. Keys have no dashes: <key>=<value>. Did you mean: search.trials?",
        ),
        (["--model", "cnn"], "There is no flag '--model'. Write +model=<name>."),
        (["--data=iris"], "There is no flag '--data'. Write data=iris."),
        (["--nonsense"], "There is no flag '--nonsense'."),
        (["--cfg", "jb"], "--cfg/-c: invalid choice: 'jb'"),
        (["--cfg"], "--cfg/-c: expected one argument."),
        (["--config-name", "nonsense"], "config: there is no 'nonsense'."),
        (["-m", "seed=interval(1,2)"], "seed: expected values that can be counted"),
    ],
)
def test_flags(elsewhere: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str) -> None:
    assert refused(elsewhere, capsys, CNN, *words).startswith(sentence)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("plugin", "There is no command 'plugin'. Did you mean: plugins?"),
        ("uii", "There is no command 'uii'. Did you mean: ui?"),
        ("cnn", "'cnn' is a model. Run it with +model=cnn."),
        ("nonsense", "Cannot read 'nonsense': expected <key>=<value>"),
    ],
)
def test_commands(elsewhere: Path, capsys: pytest.CaptureFixture[str], word: str, sentence: str) -> None:
    assert refused(elsewhere, capsys, word).startswith(sentence)


@pytest.mark.parametrize("words", [["-h"], [CNN, "--help"], ["-help"], ["search.trials=3", "-h"], []])
def test_help_is_given_wherever_it_is_asked_for(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(words) == 0
    assert "Usage" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"automl {__version__}\n"


def test_one_bad_study_of_several_leaves_the_others_their_turn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def search(config: dict[str, Any]) -> int:
        ran.append(config["model"]["name"])
        return 0

    monkeypatch.setattr("automl.commands.study._search_and_report", search)
    assert main(["--multirun", "+model=cnn,resnt,resnet"]) == 2
    assert ran == ["cnn", "resnet"]
    assert capsys.readouterr().err.startswith("automl: model: there is no 'resnt'. Did you mean: resnet?")


@pytest.mark.parametrize("environment", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}])
def test_whatever_the_locale(elsewhere: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "automl", CNN, "data=npz", "data.path=사진 1"]
    ended = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, check=False)
    assert ended.returncode == 2
    said = ended.stderr.decode()
    assert said.startswith("automl: data.path: there is no such file or folder. Received: ")
    assert len(said.splitlines()) == 1
    assert list(elsewhere.iterdir()) == []
