"""The README's commands are those that run."""

from __future__ import annotations

import json
import math
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from automl.__main__ import COMMANDS
from automl.config.compose import compose_all
from automl.registry import Group, names

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
THIRD_PARTY = ROOT / "tests" / "third_party" / "perceptron"


def commands() -> list[str]:
    """Every ``python -m automl`` command that starts a study, without its comment."""
    lines = "".join(text for kind, text in BLOCKS if kind == "bash").splitlines()
    found = [line.partition("  #")[0].strip() for line in lines if line.startswith("python -m automl")]
    return [command for command in found if command.split()[3] not in COMMANDS and " resume=" not in command]


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


def models() -> list[str]:
    """The commands of the section on models."""
    section = README[README.index("## Models") : README.index("## No model named")]
    lines = [line.partition("  #")[0].strip() for line in section.splitlines()]
    return [command for command in commands() if command in lines]


def marked(command: str) -> Any:
    """The command; slow where the model is run by other tests on data of the same kind."""
    name = command.partition("model=")[2].split()[0]
    return pytest.param(command, marks=[pytest.mark.slow] if name in ELSEWHERE else [])


ELSEWHERE = {
    "boosting",
    "cnn",
    "dcgan",
    "dlinear",
    "ft_transformer",
    "linear",
    "naive",
    "ppo",
    "resnet",
    "transfer",
    "transformer",
    "vae",
}
TINY = {
    "transfer": "model.weights=null model.size=32 model.unfreeze=0",
    "transformer": "model.width=16 model.layers=1",
    "vae": "model.width=16",
    "dcgan": "model.width=4 training.steps=3 training.batch_size=8",
    "dqn": "training.steps=400 training.episodes=2 data.episodes=2",
    "ppo": "training.steps=400 training.episodes=2 data.episodes=2",
    "mlp": "model.width=16",
    "unet": "model.width=4 model.depth=1",
}


@pytest.mark.parametrize("command", map(marked, models()))
def test_every_command_of_the_models_runs_at_tiny_scale(command: str, tmp_path: Path) -> None:
    _make_data(tmp_path)
    model = re.search(r"model=(\w+)", command)
    assert model is not None
    if model[1] in {"dqn", "ppo"}:
        pytest.importorskip("gymnasium", reason="the extra rl is not installed")
    short = "search.trials=1 training.epochs=1 data.folds=1 refit=false"
    tiny = f"{TINY.get(model[1], '')} {short} tracking=none name=tiny"
    done = subprocess.run(f"{command} {tiny}", shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    study = json.loads((tmp_path / "experiments" / "tiny" / "study.json").read_text())
    assert study["state"] == "finished"
    assert all(math.isfinite(value) for value in study["test"].values())
    assert any((tmp_path / "experiments" / "tiny" / "evaluation" / "figures").iterdir())


def test_the_script_runs_as_it_stands_here(tmp_path: Path) -> None:
    _make_data(tmp_path)
    (code,) = (text for kind, text in BLOCKS if kind == "python" and "import automl" in text)
    tiny = 'trials=1, training={"epochs": 1}, tracking="none", verbose=False'
    assert code.count("trials=20") == 1
    (tmp_path / "script.py").write_text(f"{code.replace('trials=20', tiny)}\nprint(study)")
    done = subprocess.run([sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Best(number=0, value=")
    assert "\n59 " in done.stdout
    assert "mlp on table, finished, 1 complete. Best: trial 0, val_rmse " in done.stdout.splitlines()[-1]


def test_every_model_has_a_row_and_a_command() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    shown = {name for command in models() for name in re.findall(r"model=(\w+)", command)}
    assert rows == shown == set(names(Group.MODELS))


def _make_data(folder: Path) -> None:
    """Files such as the commands name."""
    rng = np.random.default_rng(0)
    for number in range(24):
        place = folder / "photos" / ("cat" if number % 2 else "dog")
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (16, 16, 3), np.uint8)).save(place / f"{number}.png")
    for number in range(12):
        for kind in ("images", "masks"):
            (folder / "cells" / kind).mkdir(parents=True, exist_ok=True)
            pixels = rng.integers(0, 2, (16, 16), np.uint8) * 255
            Image.fromarray(pixels).save(folder / "cells" / kind / f"{number}.png")
    rows = [f"{rng.normal():.3f},{'ab'[row % 2]},{100 * rng.random():.2f}" for row in range(60)]
    (folder / "people.csv").write_text("\n".join(["age,town,income", *rows]))
    texts = [f"{'fine' if row % 2 else 'dull'} film number {row % 5}\t{row % 2}" for row in range(40)]
    (folder / "reviews.tsv").write_text("\n".join(texts))
    loads = [f"{np.sin(row / 4):.3f},{rng.normal():.3f}" for row in range(900)]
    (folder / "power.csv").write_text("\n".join(["load,heat", *loads]))


@pytest.mark.parametrize("command", commands())
def test_every_study_command_composes(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command, comments=True)
    assert words[:3] == ["python", "-m", "automl"]
    assert all("model" in config for config in compose_all(words[3:]))


def test_the_tutorial_shows_the_very_plugin_that_the_tests_run() -> None:
    shown = [text for kind, text in BLOCKS if kind in {"python", "yaml", "toml"} and "import automl" not in text]
    source = (THIRD_PARTY / "automl_perceptron" / "perceptron.py").read_text()
    code = re.sub(r'\n    """.*?"""\n', "\n", source, count=0, flags=re.DOTALL)
    code = re.sub(r'\n        """.*?"""', "", code)
    assert re.sub(r"\n\n+", "\n", shown[0].strip()) in re.sub(r"\n\n+", "\n", code)
    assert shown[1] == (THIRD_PARTY / "automl_perceptron" / "conf" / "model" / "perceptron.yaml").read_text()
    project = tomllib.loads((THIRD_PARTY / "pyproject.toml").read_text())["project"]
    assert tomllib.loads(shown[2])["project"]["entry-points"] == project["entry-points"]
