from __future__ import annotations

import copy
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from automl.config.check import check
from automl.config.compose import run
from automl.errors import AutomlError, ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    taken: list[dict[str, Any]] = []
    run(["+model=cnn"], lambda config: taken.append(config) or 0)  # type: ignore[func-returns-value]
    return taken[0]


@pytest.fixture
def config(plain: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    return {**copy.deepcopy(plain), "experiments": str(tmp_path / "experiments")}


def put(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *parents, last = path.split(".")
    node = config
    for parent in parents:
        node = node[parent]
    node[last] = value
    return config


def test_a_right_configuration_is_accepted_and_nothing_is_written(config: dict[str, Any], tmp_path: Path) -> None:
    settings = check(config)
    assert settings.model.name == "cnn"
    assert settings.task is not None
    assert settings.task.name == "image_classification"
    assert "training.learning_rate" in settings.space.parameters
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("model.blocks", "two", "model.blocks: expected an integer. Received: 'two'."),
        ("model.convolution", "seperable", "Did you mean: separable?"),
        ("model.convolution", {"choices": ["plain", "seperable"]}, "model.convolution.choices: expected one of"),
        ("model.nonsense", 1, "model.nonsense: there is no such field."),
        ("training.optimizer", "adm", "training.optimizer: expected one of"),
        (
            "training",
            {"name": "control", "steps": 5},
            "model=cnn learns by training=supervised. Received: control",
        ),
        ("training.epochs", 1.5, "training.epochs: expected an integer. Received: 1.5."),
        ("training.learning_rate", {"low": 1, "high": 0.1}, "training.learning_rate: low must not exceed high."),
        ("training.epocs", 3, "training.epocs: there is no such field. Did you mean: epochs?"),
        ("data.validation", "much", "data.validation: expected a number. Received: 'much'."),
        ("data.name", "digts", "Unknown data loader 'digts'. Did you mean: digits?"),
        ("data.path", "/no/such/folder", "data.path: there is no such file or folder. Received: /no/such/folder"),
        ("data.task", "tabular_regression", "model=cnn does not take the task of data=digits, tabular_regression."),
        ("data.task", "tabular_regression", "Data for cnn: cifar10, digits, fashion_mnist, image_folder, mnist, npz."),
        ("data.task", "clustering", "Unknown task 'clustering'."),
        (
            "data.test",
            {"low": 0.1, "high": 0.4},
            "so that this cannot be searched. Fields of data=digits that can be searched: none.",
        ),
        ("search.objective", "val_loss", "search.objective: val_loss depends on settings that trials may differ in"),
        ("search.trials", 0, "search.trials: expected an integer of at least 1 or null. Received: 0."),
        ("search.trials", "many", "search.trials: expected an integer or null. Received: 'many'."),
        ("search.timeout", 0, "search.timeout: expected a number of at least 1 or null. Received: 0."),
        ("search.direction", "up", "search.direction: expected one of maximize, minimize or null. Received: 'up'."),
        (
            "search.objective",
            "val_beauty",
            "search.direction: maximize or minimize is needed for search.objective=val_b",
        ),
        ("search.name", "optna", "Unknown search engine 'optna'. Did you mean: optuna?"),
        (
            "search.sampler",
            "gpp",
            "search.sampler: expected one of tpe, gp, cmaes, nsga2, qmc, random, grid",
        ),
        ("search.warmup_steps", "x", "search.warmup_steps: expected an integer. Received: 'x'."),
        ("runner.slots", 1.5, "runner.slots: expected an integer or null. Received: 1.5."),
        ("name", "../elsewhere", "name: expected letters, digits, '.', '-' and '_'. Received: '../elsewhere'."),
        ("runner.name", "lokal", "Unknown runner 'lokal'. Did you mean: local?"),
        ("model.name", "cnnn", "Unknown model 'cnnn'. Did you mean: cnn?"),
        ("seed", "x", "seed: expected an integer. Received: 'x'."),
        ("refit", "maybe", "refit: expected one of auto, true, false. Received: 'maybe'."),
        ("ensemble.name", "greedi", "Unknown ensemble 'greedi'. Did you mean: greedy?"),
        ("ensemble", {"name": "none", "max_models": 3}, "ensemble.max_models: there is no such field."),
        (
            "ensemble",
            {"name": "greedy", "max_models": 0},
            "ensemble.max_models: expected an integer of at least 1. Received: 0.",
        ),
        (
            "ensemble",
            {"name": "greedy", "max_latency_ms": 0},
            "ensemble.max_latency_ms: expected a number above 0 or null. Received: 0.",
        ),
        ("ensemble", None, "ensemble: the section is missing. Choose one with ensemble=<name>. Available: greedy, n"),
    ],
)
def test_what_the_configuration_alone_shows_is_refused(
    config: dict[str, Any], path: str, value: Any, message: str
) -> None:
    if path == "data.path":
        config["data"]["name"] = "image_folder"
    with pytest.raises(AutomlError) as error:
        check(put(config, path, value))
    assert message in str(error.value)


def test_an_ensemble_is_chosen_by_one_objective(config: dict[str, Any]) -> None:
    config["ensemble"] = {"name": "greedy"}
    put(config, "search.objective", [{"metric": "val_accuracy"}, {"metric": "parameters", "mode": "min"}])
    with pytest.raises(ConfigError, match="models are chosen by one objective, and "):
        check(config)


def test_a_configuration_of_an_earlier_version_has_no_ensemble(config: dict[str, Any]) -> None:
    del config["ensemble"]
    del config["refit"]
    settings = check(config)
    assert settings.config["ensemble"] == {"name": "none"}
    assert settings.config["refit"] == "auto"


def test_a_model_without_labels_takes_labelled_images(config: dict[str, Any]) -> None:
    config["model"] = {"name": "vae", "tasks": ["generation"], "latent": 2}
    settings = check(config)
    assert settings.task is not None
    assert settings.task.name == settings.config["data"]["task"] == "generation"


def test_of_the_tasks_that_data_serve_a_model_gets_the_one_that_is_asked_for_or_the_first(
    config: dict[str, Any],
) -> None:
    config["model"] = {"name": "vae", "tasks": ["sampling"], "latent": 2}
    assert check(config).config["data"]["task"] == "sampling"
    config["model"] = {"name": "vae", "tasks": ["generation", "sampling"], "latent": 2}
    assert check(config).config["data"]["task"] == "generation"
    config["data"]["task"] = "sampling"
    assert check(config).config["data"]["task"] == "sampling"


def test_an_experiments_folder_that_is_a_file_is_refused(config: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "experiments").write_text("")
    with pytest.raises(AutomlError, match=r"experiments: a folder is needed. Received: .*, a file"):
        check(config)


def test_where_nothing_is_searched_there_is_one_trial(config: dict[str, Any]) -> None:
    config["model"] = {"name": "cnn", "tasks": ["image_classification"], "blocks": 1, "filters": 8}
    config["training"] = {"name": "supervised", "learning_rate": 1e-3}
    assert check(config).search.trials == 1


def test_checking_imports_no_framework_and_no_plugin() -> None:
    code = (
        "import sys\nfrom automl.config import check, compose\n"
        "compose.run(['+model=resnet'], lambda config: check.check(config) and 0)\n"
        "heavy = ('tensorflow', 'keras', 'automl_vision', 'mlflow', 'optuna')\n"
        "print([name for name in sys.modules if name.partition('.')[0] in heavy])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize("field", ["target", "horizon", "lengths", "test", "validation"])
def test_what_decides_the_evaluated_rows_cannot_be_searched(config: dict[str, Any], tmp_path: Path, field: str) -> None:
    (tmp_path / "series.csv").write_text("a,b\n1,2\n")
    config["model"] = {"name": "dlinear", "tasks": ["forecasting"], "kernel": 0}
    config["data"] = {"name": "time_series", "path": str(tmp_path / "series.csv"), "task": "forecasting"}
    config["data"]["lookback"] = {"choices": [24, 48]}
    assert "data.lookback" in check(config).space.parameters
    choices: dict[str, list[Any]] = {"target": ["a", "b"], "lengths": [[1, 1, 1], [2, 1, 1]], "horizon": [1, 2]}
    config["data"][field] = {"choices": choices.get(field, [0.1, 0.2])}
    with pytest.raises(AutomlError, match=rf"data\.{field}: trials are compared on the same rows and targets"):
        check(config)
