from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from omegaconf import OmegaConf

from automl.config.compose import run
from automl.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def composed(*argv: str) -> dict[str, Any]:
    taken: list[dict[str, Any]] = []

    def job(config: dict[str, Any]) -> int:
        taken.append(config)
        return 0

    assert run(list(argv), job) == 0
    return taken[0]


def test_choices_values_and_spaces_are_composed() -> None:
    config = composed("+model=cnn", "search.trials=3", "model.dropout.high=0.1", "seed=7")
    assert config["model"]["name"] == "cnn"
    assert config["model"]["dropout"]["high"] == 0.1
    assert (config["search"]["trials"], config["seed"]) == (3, 7)


def test_an_ensemble_is_chosen_like_any_other_group(tmp_path: Path) -> None:
    assert composed("+model=cnn")["ensemble"] == {"name": "none"}
    chosen = composed("+model=cnn", "ensemble=greedy", "ensemble.max_models=3")["ensemble"]
    assert chosen == {"name": "greedy", "max_models": 3, "max_latency_ms": None}
    earlier = {key: value for key, value in composed("+model=cnn").items() if key not in ("ensemble", "refit")}
    path = tmp_path / "best.yaml"
    path.write_text(OmegaConf.to_yaml(OmegaConf.create(earlier)))
    assert composed(str(path)) == {**earlier, "ensemble": {"name": "none"}, "refit": "auto"}
    assert composed(str(path), "ensemble=greedy", "refit=false")["ensemble"]["max_models"] == 5


def test_a_space_on_the_command_line_replaces_what_stood_there() -> None:
    config = composed("model=cnn", "model.filters={low:8,high:64}", "training.batch_size={choices:[32,64]}")
    assert config["model"]["filters"] == {"low": 8, "high": 64}
    assert config["training"]["batch_size"] == {"choices": [32, 64]}


def test_a_space_can_be_pinned_and_given_a_new_key() -> None:
    config = composed("model=cnn", "model.filters=24", "training.learning_rate.step=null")
    assert config["model"]["filters"] == 24
    assert config["training"]["learning_rate"]["step"] is None


def test_an_experiment_sets_several_keys_at_once() -> None:
    config = composed("model=cnn", "+experiment=quick", "training.epochs=3")
    assert (config["search"]["trials"], config["training"]["epochs"]) == (4, 3)


def test_a_saved_configuration_is_run_by_its_path(tmp_path: Path) -> None:
    config = composed("+model=cnn", "seed=3")
    path = tmp_path / "실험 1" / "best, of all.yml"
    path.parent.mkdir()
    path.write_text(OmegaConf.to_yaml(OmegaConf.create(config)))
    assert composed(str(path)) == config
    assert composed("seed=4", str(path), "model.blocks=2") == {
        **config,
        "seed": 4,
        "model": {**config["model"], "blocks": 2},
    }


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["+model=resnt"], "model: there is no 'resnt'. Did you mean: resnet?"),
        (["+model=cnn", "data=digts"], "data: there is no 'digts'. Did you mean: digits?"),
        (["+model=cnn", "search.trals=3"], "search.trals: there is no such key. Did you mean: search.trials"),
        (["+model=cnn", "model.fliters=3"], "model.fliters: there is no such key. Did you mean: model.filters"),
        (["+model=cnn", "model.dropout.hgh=3"], "Did you mean: model.dropout.high"),
        (["+model=cnn", "serch.trials=3"], "serch.trials: there is no such key."),
        (["+model=cnn", "trials"], "Cannot read 'trials': expected <key>=<value>, as in search.trials=10."),
        (["+model=dqn", "training.epoch=3"], "Did you mean: training.epochs?"),
        (
            ["model.blocks=2"],
            "model.blocks: there is no such key. model=auto has none; those that have one: model=cnn.",
        ),
        (
            ["+model=cnn", "ensemble=gready"],
            "ensemble: there is no 'gready'. Did you mean: greedy? Available: greedy, n",
        ),
        (["+model=cnn", "ensemble.max_models=3"], "ensemble=none has none; those that have one: ensemble=greedy."),
        (["nowhere/best.yaml"], "nowhere/best.yaml: there is no such configuration file."),
    ],
)
def test_what_is_wrong_is_named_with_the_nearest_right_name(argv: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        composed(*argv)
    assert message in str(error.value)


def test_several_studies_are_composed_one_after_the_other_and_a_bad_one_stops_none() -> None:
    taken: list[dict[str, Any]] = []
    refused: list[str] = []
    argv = ["-m", "+model=cnn,resnt,resnet", "seed=range(1,3)"]
    code = run(argv, lambda config: taken.append(config) or 0, lambda error: refused.append(str(error)) or 2)  # type: ignore[func-returns-value]
    assert code == 2
    assert [(one["model"]["name"], one["seed"]) for one in taken] == [
        (model, seed) for model in ("cnn", "resnet") for seed in (1, 2)
    ]
    assert len(refused) == 2
    assert "model: there is no 'resnt'." in refused[0]
