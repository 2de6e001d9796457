"""The README's commands are those that run."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
THIRD_PARTY = ROOT / "tests" / "third_party" / "perceptron"


def commands() -> list[str]:
    """Every ``python -m automl`` command that starts a study, without its comment."""
    lines = "".join(text for kind, text in BLOCKS if kind == "bash").splitlines()
    return [line.partition("  #")[0].strip() for line in lines if line.startswith("python -m automl")]


def test_the_first_two_blocks_do_all_the_set_up() -> None:
    (_, main), (_, test) = BLOCKS[:2]
    for block in (main, test):
        assert block.startswith("python3 -m venv .venv && . .venv/bin/activate && pip install -q -e ")
    assert main.strip().endswith("python -m automl +model=resnet")
    for tool in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"):
        assert tool in test


def test_ci_runs_the_test_command_as_it_stands_here() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    awk = re.search(r"awk '(.*?)' README.md", script)
    assert awk is not None
    taken = subprocess.check_output(["awk", awk[1], "README.md"], cwd=ROOT, text=True)
    assert taken == BLOCKS[1][1]


@pytest.mark.parametrize("command", commands())
def test_every_study_command_composes(command: str, tmp_path: Path) -> None:
    if " -m +model" in command:
        pytest.skip("a sweep composes every study on its own")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos.zip").write_bytes(b"")
    (tmp_path / "scans.npz").write_bytes(b"")
    done = subprocess.run(f"{command} --cfg job", shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "model:" in done.stdout


def test_the_tutorial_shows_the_very_plugin_that_the_tests_run() -> None:
    shown = [text for kind, text in BLOCKS if kind in {"python", "yaml", "toml"}]
    source = (THIRD_PARTY / "automl_perceptron" / "perceptron.py").read_text()
    code = re.sub(r'\n    """.*?"""\n', "\n", source, count=0, flags=re.DOTALL)
    code = re.sub(r'\n        """.*?"""', "", code)
    assert re.sub(r"\n\n+", "\n", shown[0].strip()) in re.sub(r"\n\n+", "\n", code)
    assert shown[1] == (THIRD_PARTY / "automl_perceptron" / "conf" / "model" / "perceptron.yaml").read_text()
    project = tomllib.loads((THIRD_PARTY / "pyproject.toml").read_text())["project"]
    assert tomllib.loads(shown[2])["project"]["entry-points"] == project["entry-points"]
