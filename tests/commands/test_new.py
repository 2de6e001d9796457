"""What `new` writes learns, is described rightly, and is installable; what it cannot write leaves nothing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from environments import build, make_environment
from foreign import register

from automl import registry
from automl.commands.new import main
from automl.config.faces import fault
from automl.config.sections import face_of
from automl.errors import ConfigError, StorageError
from automl.fields import construct
from automl.plugin import Trial
from automl.registry import Group
from automl.tasks import load_task, task_info

MODELS = ("image_classification", "segmentation", "forecasting", "text_classification", "tabular_classification")
DATA = ("image_classification", "segmentation", "sequence_classification", "tabular_regression", "generation")


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None) -> Any:
    """Makes a plugin and puts it on the path as if it were installed."""
    (tmp_path / "site").mkdir()

    def make(what: str, name: str, task: str) -> registry.Entry:
        assert main([what, name, "--task", task, "--folder", str(tmp_path)]) == 0
        register(tmp_path / name, tmp_path / "site", monkeypatch)
        registry._scan.cache_clear()
        registry.config_folders.cache_clear()
        return registry.entry(Group.MODELS if what == "model" else Group.DATASETS, name)

    return make


@pytest.mark.parametrize("task", MODELS)
def test_a_model_of_each_template_learns(made: Any, tmp_path: Path, task: str) -> None:
    name = f"my-{task.replace('_', '-')}"
    entry = made("model", name, task)
    assert fault(entry) == ""
    written = [path for path in (tmp_path / name).rglob("*.*") if path.suffix in (".py", ".yaml")]
    assert sum(len(path.read_text().splitlines()) for path in written) <= 60
    face = face_of("model", name)
    values = {key: one.get("low", (one.get("choices") or [0])[0]) for key, one in face.items() if isinstance(one, dict)}
    data, trial = load_task(task).tiny(tmp_path / "tiny"), Trial({"training": {"epochs": 4}}, tmp_path, seed=1)
    trial.objective, trial.direction = task_info(task).objective, task_info(task).direction
    plugin = construct(entry.load(), values, "model")
    plugin.fit(data, trial)
    assert trial.history[-1]["loss"] < trial.history[0]["loss"]


@pytest.mark.parametrize("task", DATA)
def test_data_of_each_template_are_read(made: Any, tmp_path: Path, task: str) -> None:
    name = f"my_{task}_data"
    entry = made("data", name, task)
    assert fault(entry) == ""
    data = construct(entry.load(), face_of("data", name), "data").open(tmp_path / "cache", 0)
    assert (data.spec.name, data.spec.task) == (name, task)
    assert bool(data.spec.classes) == task_info(task).classes or task == "segmentation"
    assert sum(data.spec.sizes.values()) == len(data.train) + len(data.validation) + len(data.test) >= 200


def test_a_foreign_task_has_a_template_by_its_samples_or_is_refused(
    tmp_path: Path, clustering: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(
        ConfigError, match=r"there is no template for the task clustering. Tasks with one: forecasting,"
    ):
        main(["model", "mine", "--task", clustering, "--folder", str(tmp_path)])
    assert main(["data", "mine", "--task", clustering, "--folder", str(tmp_path)]) == 0
    assert "python -m automl +model=kmeans data=mine" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["model", "cnn"], "new: the model 'cnn' is installed already, by automl "),
        (["data", "mnist"], "new: data=mnist is there already, in "),
        (["model", "vision"], "new: the package automl_vision is installed already, in "),
        (["model", "class"], "new: 'class' is a word of Python or YAML. Choose another name."),
        (["model", "True"], "new: 'True' is a word of Python or YAML."),
        (["model", "no"], "new: 'no' is a word of Python or YAML."),
        (["model", "내 모델"], "new: a name has ASCII letters and digits"),
        (["model", "2nd"], "new: a name has ASCII letters and digits"),
        (["model", "my--model"], "new: a name has ASCII letters and digits"),
        (["model", "../up"], "new: a name has ASCII letters and digits"),
        (["model", "x" * 61], "new: a name has ASCII letters and digits"),
        (["model", "mine", "--task", "clasification"], "new model: there is no task 'clasification'."),
        (["data", "mine", "--task", "control"], "new data: there is no template for the task control."),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(tmp_path: Path, words: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        main([*words, "--folder", str(tmp_path)])
    assert str(caught.value).startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_or_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "my-model").mkdir()
    with pytest.raises(StorageError, match="my-model is there already"):
        main(["model", "my-model", "--folder", str(tmp_path)])
    with pytest.raises(StorageError, match=r"there is no folder .*nowhere"):
        main(["model", "my-model", "--folder", str(tmp_path / "nowhere")])
    assert [path.name for path in tmp_path.iterdir()] == ["my-model"]


def test_a_class_that_its_module_imports_gets_another_name(tmp_path: Path) -> None:
    main(["model", "keras-plugin", "--folder", str(tmp_path)])
    assert "class KerasPluginPlugin(KerasPlugin):" in (
        tmp_path / "keras-plugin" / "automl_keras_plugin" / "keras_plugin.py"
    ).read_text()  # fmt: skip


@pytest.mark.slow
def test_what_is_written_is_installed_runs_at_once_and_passes_its_own_test(tmp_path: Path) -> None:
    main(["model", "my-model", "--folder", str(tmp_path)])
    main(["data", "my_data", "--folder", str(tmp_path)])
    wheels = [
        build(path, tmp_path / "dist")
        for path in (Path(__file__).parents[2], tmp_path / "my-model", tmp_path / "my_data")
    ]
    python = make_environment(tmp_path / "venv", *wheels)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}

    def run(*words: str) -> str:
        command = [str(python), "-m", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    quick = ("search.trials=2", "training.epochs=3", "refit=false", "tracking=none", "name=study")
    assert "study ended" in run("automl", "+model=my-model", "data=my_data", *quick)
    tests = [str(tmp_path / "my-model" / "test_my_model.py"), str(tmp_path / "my_data" / "test_my_data.py")]
    assert " passed" in run("pytest", "-q", "-p", "no:cacheprovider", *tests)
