"""The project and a foreign plugin, built, installed and run from outside the checkout."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest
from environments import build, make_environment

ROOT = Path(__file__).parents[1]
FOREIGN = [
    *sorted((ROOT / "tests" / "third_party").glob("*/pyproject.toml")),
    *sorted((ROOT / "examples").glob("*/pyproject.toml")),
]
QUICK = ("search.trials=2", "training.epochs=2", "refit=false", "tracking=none")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel and those of the foreign distributions."""
    folder = tmp_path_factory.mktemp("foreign")
    foreign = [build(path.parent, folder) for path in FOREIGN]
    return make_environment(tmp_path_factory.mktemp("environment") / "venv", wheel, *foreign)


def run(python: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [str(python), "-m", "automl", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_the_wheel_holds_code_configuration_and_plugins_but_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    wanted = ("automl/conf/config.yaml", "automl/py.typed", "automl_vision/cnn.py", "automl_vision/conf/model/cnn.yaml")
    assert set(wanted) <= set(names)
    plugins = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir()}
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"automl", *plugins}


def test_the_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    archive = build(ROOT, tmp_path / "dist", "sdist")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    (unpacked,) = (path for path in tmp_path.iterdir() if path.name != "dist")
    again = build(unpacked, tmp_path / "again")
    assert sorted(zipfile.ZipFile(again).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_an_installed_foreign_plugin_is_run_by_its_name_with_a_foreign_engine(python: Path, tmp_path: Path) -> None:
    engine = ("search=uniform", "search.most=2")
    done = run(python, tmp_path, "+model=perceptron", "name=foreign", *QUICK, "search.trials=3", *engine)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Enough." in done.stdout
    study = json.loads((tmp_path / "experiments" / "foreign" / "study.json").read_text())
    assert study["plugin"] == {"name": "perceptron", "distribution": "automl-perceptron", "version": "0.3.0"}
    assert [trial["state"] for trial in study["trials"]] == ["complete", "complete"]
    assert study["test"]["accuracy"] > study["baseline"]["accuracy"]


def test_a_foreign_task_is_run_on_its_own_data_and_on_a_table_without_a_target(python: Path, tmp_path: Path) -> None:
    own = run(python, tmp_path, "+model=kmeans", "name=own", "search.trials=3", "tracking=none", "runner=inline")
    assert own.returncode == 0, own.stdout + own.stderr
    study = json.loads((tmp_path / "experiments" / "own" / "study.json").read_text())
    assert [trial["state"] for trial in study["trials"]] == ["complete"] * 3
    assert study["test"]["silhouette"] > study["baseline"]["silhouette"]
    best = next(trial for trial in study["trials"] if trial["number"] == study["best"])
    assert set(best["params"]) == {"model.clusters", "model.start"}
    evaluation = tmp_path / "experiments" / "own" / "evaluation"
    assert (evaluation / "figures" / "clusters.png").stat().st_size > 1000
    assert (evaluation / "clusters.csv").read_text().startswith("cluster,samples\n")
    rows = [f"{row % 3 * 9 + row % 7 / 7},{('red', 'green', 'blue')[row % 3]}" for row in range(90)]
    (tmp_path / "꽃 table.csv").write_text("\n".join(["폭,colour", *rows]), encoding="utf-8")
    words = ("data=csv", "data.path=꽃 table.csv", "model.clusters=3", "search.trials=1", "tracking=none")
    table = run(python, tmp_path, "+model=kmeans", "name=table", *words, "runner=inline")
    assert table.returncode == 0, table.stdout + table.stderr
    assert json.loads((tmp_path / "experiments" / "table" / "study.json").read_text())["test"]["silhouette"] > 0.8


def test_help_lists_the_foreign_plugin_and_imports_none(python: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from automl.__main__ import main; main(['--help'])\n"
        "heavy = ('tensorflow', 'keras', 'automl_vision', 'automl_perceptron', 'automl_clusters', 'automl_uniform')\n"
        "print('imported:', [name for name in sys.modules if name.partition('.')[0] in (*heavy, 'hydra')])"
    )
    done = subprocess.run([str(python), "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "  perceptron      Dense layers over the flattened image (Rumelhart et al. 1986)." in done.stdout
    for name in ("kmeans", "blobs", "clustering", "lloyd", "uniform"):
        assert f"\n  {name} " in done.stdout
    assert "imported: []" in done.stdout


def test_a_foreign_loss_optimizer_and_metric_are_used_by_their_names(python: Path, tmp_path: Path) -> None:
    rows = [f"{math.sin(row / 4):.3f},{row % 7 / 7:.3f}" for row in range(200)]
    (tmp_path / "power.csv").write_text("\n".join(["load,heat", *rows]))
    words = (
        "data=time_series",
        "data.path=power.csv",
        "data.lookback=12",
        "data.horizon=4",
        "data.folds=1",
        "model.filters=4",
    )
    names = ("training.loss=cauchy", "training.optimizer={choices:[adabelief]}", "search.constraints.val_bias.max=99")
    quick = ("search.trials=1", "training.epochs=2", "refit=false", "tracking=none", "runner=inline")
    tcn = run(
        python, tmp_path, "+model=tcn", *words, *names, "model.blocks=1", "training.overfit=9", "name=tcn", *quick
    )
    assert tcn.returncode == 0, tcn.stdout + tcn.stderr
    (trial,) = json.loads((tmp_path / "experiments" / "tcn" / "study.json").read_text())["trials"]
    assert trial["state"] == "complete"
    assert trial["params"]["training.optimizer"] == "adabelief"


@pytest.mark.slow
def test_the_foreign_plugins_pass_the_conformance_suites_by_naming_themselves(python: Path, tmp_path: Path) -> None:
    tests = [str(path) for project in FOREIGN for path in sorted(project.parent.glob("test_*.py"))]
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    found = re.search(r"(\d+) passed", done.stdout)
    assert found is not None
    assert int(found[1]) > 60
