from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from automl.config.compose import normalise, run
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
    path = tmp_path / "best.yaml"
    path.write_text("model: {name: cnn, blocks: 2}\nseed: 3\n")
    assert composed(str(path), "seed=4") == {"model": {"name": "cnn", "blocks": 2}, "seed": 4}


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["+model=resnt"], "model: there is no 'resnt'. Did you mean: resnet? Available: cnn, dlinear, dqn"),
        (["+model=cnn", "data=digts"], "data: there is no 'digts'. Did you mean: digits, diabetes?"),
        (["+model=cnn", "search.trals=3"], "search.trals: there is no such key. Did you mean: search.trials"),
        (["+model=cnn", "model.fliters=3"], "model.fliters: there is no such key. Did you mean: model.filters"),
        (["+model=cnn", "model.dropout.hgh=3"], "Did you mean: model.dropout.high"),
        (["+model=cnn", "serch.trials=3"], "serch.trials: there is no such key."),
        (["+model=cnn", "trials"], "Cannot read 'trials': expected <key>=<value>, as in search.trials=10."),
        (["+model=dqn", "training.epoch=3"], "Did you mean: training.epochs, training.steps, training.episodes?"),
        (["model.blocks=2"], "No model was chosen. Add +model=<name>, one of: cnn, dlinear, dqn"),
        (["nowhere/best.yaml"], "There is no configuration file 'nowhere/best.yaml'."),
    ],
)
def test_what_is_wrong_is_named_with_the_nearest_right_name(argv: list[str], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        composed(*argv)
    assert message in str(error.value)


def test_arguments_are_put_in_hydras_words(tmp_path: Path) -> None:
    assert normalise(["--cfg", "job", "model=cnn", "seed=1"]) == ["--cfg", "job", "+model=cnn", "seed=1"]
    assert normalise(["data.a={low:1,high:2}"]) == ["~data.a", "+data.a={low:1,high:2}"]
    assert normalise(["training.a.log=true"]) == ["++training.a.log=true"]
