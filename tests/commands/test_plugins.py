from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from authors import FACE, MODULE, distribution

from automl.commands.plugins import main
from automl.errors import ConfigError, PluginError

if TYPE_CHECKING:
    from pathlib import Path

ENGINE = """
from dataclasses import dataclass

from automl.engines.base import SearchEngine


@dataclass
class Mine(SearchEngine):
    def start(self, problem):
        raise KeyError("nothing of the kind")

    def ask(self):
        return None

    def tell(self, number, state, values):
        pass

    def report(self, number, step, value):
        return False
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    return tmp_path


def test_all_that_is_installed_is_listed_with_what_is_broken(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    distribution(site, face=FACE.replace("units", "depth"))
    assert main([]) == 1
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "Models (automl.models)" in lines
    assert (
        "mlp automl 0.1.0 tabular_classification, tabular_regression Dense layers over embedded columns, plain or"
        in (next(line for line in lines if line.startswith("mlp ")))
    )
    assert next(line for line in lines if line.startswith("mine ")) == (
        "mine automl-mine 0.1 broken: automl_mine/conf/model/mine.yaml:4: 'depth' is no field of Mine"
        " (automl_mine/mine.py:10). Available: units."
    )
    for name in ("digits ", "forecasting ", "supervised ", "optuna ", "inline "):
        assert any(line.startswith(name) for line in lines)


def test_listing_and_showing_import_nothing_heavy() -> None:
    code = (
        "import sys; from automl.commands.plugins import main; main([]); main(['show', 'cnn'])\n"
        "print('heavy:', [one for one in ('tensorflow', 'keras', 'numpy', 'automl_vision') if one in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).endswith("heavy: []\n")


def test_one_is_shown_with_its_fields_bounds_and_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "cnn"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    for line in (
        "tasks image_classification",
        "blocks an integer from 1 to 10 1 to 3",
        "pooling one of max, average, stride 'max' 'max'",
        "dropout a number of at least 0 and below 1 0.0 to 0.5 0.0",
        "run it python -m automl +model=cnn",
        "check it python -m automl plugins check cnn",
    ):
        assert line in lines
    assert main(["show", "iris"]) == 0
    shown = capsys.readouterr().out
    assert "Iris (Fisher 1936)" in shown
    assert re.search(r"python -m automl \+model=\w+ data=iris", shown)
    assert main(["show", "control"]) == 0  # a task, and a kind of training
    assert "task control: " in (shown := capsys.readouterr().out)
    assert "kind of training control: " in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["shw"], "plugins: unknown argument 'shw'. Did you mean: show?"),
        (["show"], "plugins show: one plugin is expected, by its name. Received: none."),
        (["show", "a", "b"], "plugins show: one plugin is expected, by its name. Received: a, b."),
        (["check", "a", "b"], "plugins check: one plugin at a time. Received: a, b."),
        (["check", "cnn", "한 글=1"], "plugins check: expected <field>=<value>. Received: 한 글=1."),
    ],
)
def test_words_that_it_does_not_know_are_refused(words: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        main(words)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("verb", ["show", "check"])
def test_a_name_that_nobody_has_is_answered_with_the_nearest(verb: str) -> None:
    with pytest.raises(PluginError, match=r"Nothing of the name 'resnt' is installed. Did you mean: resnet\?"):
        main([verb, "resnt"])


def test_without_pytest_checking_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytest", None)
    monkeypatch.setattr("automl.commands.plugins.check.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"Install it: pip install 'automl\[testing\]'"):
        main(["check", "cnn"])


def test_what_files_tell_is_told_without_running_the_suite(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    distribution(site, MODULE.replace("@dataclass\n", ""))
    assert main(["check"]) == 1
    told = capsys.readouterr().out
    assert "model mine, of automl-mine 0.1 (automl_mine.mine:Mine)" in told
    assert "automl_mine/mine.py:9: Mine declares units, but is no dataclass. Write @dataclass above it." in told


def test_the_suite_is_told_promise_by_promise_with_the_author_s_line(
    site: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    distribution(site, ENGINE, "name: mine\n", place="automl_mine/conf/search/mine.yaml",
                 group="automl.search_engines")  # fmt: skip
    assert main(["check", "mine"]) == 1
    told = capfd.readouterr().out
    assert "KeyError: 'nothing of the kind' (mine.py:9)" in told
    assert "\n  ✓ " in told
    assert "\n  ✗ " in told
    assert " failed" in told.splitlines()[-2]
    assert told.splitlines()[-1].startswith("Tracebacks: ")
