"""Values and ends of spaces out of their bounds, and the sentence that answers."""

from __future__ import annotations

import copy
import dataclasses
import math
from typing import TYPE_CHECKING, Any

import pytest

from automl import registry
from automl.config.check import check
from automl.config.compose import run
from automl.config.hints import field_types
from automl.config.sections import check_sections, check_values, face_of
from automl.config.study import Search, Top
from automl.errors import AutomlError
from automl.fields import alternatives, field_hints
from automl.registry import Group, entries
from automl.settings import Control, Supervised

if TYPE_CHECKING:
    from pathlib import Path

OURS = [
    (group, name, point)
    for group in Group
    if group is not Group.TASKS  # a task has no fields
    for name, point in entries(group).items()
    if point.distribution == "automl"
]  # fmt: skip
_SECTION = {
    Group.MODELS: "model", Group.DATASETS: "data", Group.TRAINING: "training", Group.SEARCH_ENGINES: "search",
    Group.RUNNERS: "runner",
}  # fmt: skip


def composed(*words: str) -> dict[str, Any]:
    taken: list[dict[str, Any]] = []
    run(list(words), lambda config: taken.append(config) or 0)  # type: ignore[func-returns-value]
    return taken[0]


@pytest.fixture(scope="module")
def configs() -> dict[str, dict[str, Any]]:
    """A composed configuration of every model on data of its own."""
    data = {"dlinear": ["data=time_series"], "lstm": ["data=text_csv"], "transformer": ["data=text_csv"]}
    models = ("cnn", "resnet", "transfer", "lstm", "transformer", "dlinear", "vae", "dqn", "mlp")
    return {model: composed(f"+model={model}", *data.get(model, [])) for model in models}


def refused(config: dict[str, Any], path: str, value: Any, folder: Path) -> str:
    """The sentence for a configuration with one value changed; nothing is written."""
    config = copy.deepcopy(config) | {"experiments": str(folder / "experiments")}
    *parents, last = path.split(".")
    node = config
    for parent in parents:
        node = node[parent]
    node[last] = value
    with pytest.raises(AutomlError) as error:
        check(config)
    assert list(folder.iterdir()) == []
    return str(error.value)


NAN, INF = math.nan, math.inf
CASES: list[tuple[str, str, list[Any]]] = [
    ("cnn", "training.batch_size", [-1, 0, 100_000_000, 10**20, 1.5, "8", True, NAN]),
    ("cnn", "training.patience", [-1, 0, 1.5]),
    ("cnn", "training.learning_rate", [-1, 0, NAN, INF, -INF, 1e30, 10**400, "fast", None]),
    ("cnn", "training.momentum", [5, -1, 1.0]),
    ("cnn", "training.weight_decay", [-5, 2, NAN]),
    ("cnn", "training.clip_norm", [-1, 0, INF]),
    ("cnn", "training.warmup", [7, -1]),
    ("cnn", "training.label_smoothing", [2, -1, 1.0]),
    ("cnn", "training.epochs", [0, -1, 10**9]),
    ("cnn", "data.validation", [0.999, 1.0, 0, -0.1, NAN]),
    ("cnn", "data.test", [1.5, -1]),
    ("cnn", "model.blocks", [0, -1, 100]),
    ("cnn", "model.filters", [0, -3, 10**9]),
    ("cnn", "model.kernel", [0, -1, 500]),
    ("cnn", "model.dense", [-1, 10**9]),
    ("cnn", "model.dropout", [1.0, 1.5, -0.1, NAN]),
    ("cnn", "seed", [-1, 10**20, 2**32, 1.5, None]),
    ("cnn", "search.trials", [0, -1, 10**9]),
    ("cnn", "search.timeout", [NAN, INF, 0.5, 0, -5]),
    ("cnn", "search.startup_trials", [-1]),
    ("cnn", "search.warmup_steps", [-1]),
    ("cnn", "runner.slots", [0, -1, 100_000]),
    ("cnn", "runner.cpus_per_trial", [0, -1, 100_000]),
    ("cnn", "runner.gpus_per_trial", [-1, 1.5, 2, NAN, 1000]),
    ("cnn", "runner.trial_timeout", [0, -5, NAN]),
    ("cnn", "runner.memory_gb", [0, -1, INF]),
    ("cnn", "runner.silence", [0, -5, NAN]),
    ("resnet", "model.depth", [0, -1, 10**6]),
    ("resnet", "model.stochastic_depth", [1.0, -0.5]),
    ("transfer", "model.unfreeze", [-1]),
    ("transfer", "model.head_share", [2.0, -1]),
    ("transfer", "model.rate", [0, -1, INF]),
    ("transfer", "model.size", [0, -1, 200_000]),
    ("lstm", "model.recurrent_dropout", [3, 1.0]),
    ("lstm", "model.token_dropout", [2, -1]),
    ("lstm", "model.units", [0]),
    ("lstm", "data.max_tokens", [0, 10**12]),
    ("transformer", "model.heads", [0, -1]),
    ("transformer", "model.patch", [0, -1]),
    ("dlinear", "model.kernel", [-1, 10**8]),
    ("dlinear", "data.lookback", [0, -1]),
    ("dlinear", "data.horizon", [0]),
    ("dlinear", "data.lengths", [[0, 1, 2], 5, "x", [1.5]]),
    ("vae", "model.beta", [-1, NAN]),
    ("vae", "model.annealing", [9, -1]),
    ("vae", "model.latent", [0, -2]),
    ("mlp", "model.numeric_width", [0, -1, 10**7]),
    ("mlp", "model.sigma", [0, -1, NAN]),
    ("mlp", "model.bins", [0, 1, 65]),
    ("mlp", "data.drop", [5, [1.5], {"a": 1}]),
    ("dqn", "model.gamma", [0, 1.1, -1]),
    ("dqn", "model.memory", [0]),
    ("dqn", "model.epsilon", [-0.1, 2]),
    ("dqn", "training.environments", [0, 10**6]),
    ("dqn", "training.steps", [0, -1]),
    ("dqn", "data.episodes", [0]),
    ("dqn", "data.bins", [0, 1]),
]
SEARCHED = [
    case for case in CASES if case[1].partition(".")[0] in ("model", "training", "data") and "lengths" not in case[1]
]


@pytest.mark.parametrize(("model", "path", "values"), CASES, ids=[f"{model}-{path}" for model, path, _ in CASES])
def test_values_out_of_their_bounds(
    configs: dict[str, Any], tmp_path: Path, model: str, path: str, values: list[Any]
) -> None:
    for value in values:
        sentence = refused(configs[model], path, value, tmp_path)
        assert sentence.startswith(f"{path}: expected "), sentence
        assert ". Received: " in sentence


@pytest.mark.parametrize(("model", "path", "values"), SEARCHED, ids=[f"{model}-{path}" for model, path, _ in SEARCHED])
def test_ends_of_spaces_out_of_their_bounds(
    configs: dict[str, Any], tmp_path: Path, model: str, path: str, values: list[Any]
) -> None:
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    for value in numbers:
        choices = refused(configs[model], path, {"choices": [value]}, tmp_path)
        assert choices.startswith(f"{path}.choices: expected "), choices
        if -1e300 < value < 1e300:
            ends = {"low": value, "high": value + 1} if value <= 1 else {"low": value - 1, "high": value}
            assert refused(configs[model], path, ends, tmp_path).startswith((f"{path}.low:", f"{path}.high:"))


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("training.batch_size", -1, "training.batch_size: expected an integer of at least 1. Received: -1."),
        ("training.batch_size", 1e8, "training.batch_size: expected an integer. Received: 100000000.0."),
        ("training.batch_size", 10**8, "training.batch_size: expected an integer of at most 1,048,576. Received: 1000"),
        ("training.patience", 0, "training.patience: expected an integer of at least 1 or null. Received: 0."),
        ("model.dropout", 1.0, "model.dropout: expected a number below 1. Received: 1.0."),
        ("model.dropout", NAN, "model.dropout: expected a finite number of at least 0 and below 1. Received: nan."),
        (
            "runner.gpus_per_trial",
            2,
            "runner.gpus_per_trial: expected a number of at most 1, since a trial trains",
        ),
        ("training.batch_size", {"low": 8, "high": 64, "step": 0.5}, "training.batch_size.step: expected an integer."),
        ("training.optimizer", {"choices": ["adam", "adm"]}, "training.optimizer.choices: expected one of adam, adamw"),
        ("search.direction", "minimize", "search.direction: val_accuracy is to maximize; leave the direction out"),
    ],
)
def test_sentences(configs: dict[str, Any], tmp_path: Path, path: str, value: Any, sentence: str) -> None:
    assert refused(configs["cnn"], path, value, tmp_path).startswith(sentence)


@pytest.mark.parametrize(
    ("objective", "direction"), [("val_log_loss", "maximize"), ("val_accuracy", "minimize"), (None, "minimize")]
)
def test_an_objective_and_a_direction_that_contradict_each_other(
    configs: dict[str, Any], tmp_path: Path, objective: str | None, direction: str
) -> None:
    config = copy.deepcopy(configs["cnn"])
    config["search"]["objective"] = objective
    received = f"Received: {direction}."
    assert refused(config, "search.direction", direction, tmp_path).endswith(received)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "실험"), ("name", "हिन्दी"), ("name", "e\u0301tude"), ("name", 2024), ("name", "a b.c-d_e"),
        ("model.dropout", 0), ("training.batch_size", 1), ("training.patience", None), ("runner.gpus_per_trial", 0.5),
        ("seed", 2**32 - 1), ("search.timeout", 1), ("search.objective", "val_log_loss"),
        ("training.clip_norm", {"choices": [None, 1.0]}),
    ],
)  # fmt: skip
def test_what_is_within_bounds_is_taken(configs: dict[str, Any], tmp_path: Path, path: str, value: Any) -> None:
    config = copy.deepcopy(configs["cnn"]) | {"experiments": str(tmp_path)}
    section, _, key = path.rpartition(".")
    (config[section] if section else config)[key] = value
    assert check(config).config["name"] in (None, str(value))


def unbounded(hints: dict[str, Any]) -> list[str]:
    """Fields of numbers without a bound."""
    return [
        name
        for name, hint in hints.items()
        for kind, bounds in alternatives(hint)
        if kind in (int, float) and not bounds
    ]


@pytest.mark.parametrize(("group", "name", "point"), OURS, ids=[f"{group.noun}-{name}" for group, name, _ in OURS])
def test_every_number_has_bounds_that_the_driver_reads_and_the_faces_keep(group: Group, name: str, point: Any) -> None:
    loaded = point.load()
    fields = field_hints(loaded)
    assert unbounded(fields) == []
    read = field_types(point.target)
    for field, hint in fields.items():
        assert list(alternatives(read[field])) == list(alternatives(hint)), field
    for choice in registry.choices(_SECTION[group]):
        face = face_of(_SECTION[group], choice)
        if (face.get("loader") or face.get("name")) == name:
            for field in set(face) & set(fields):
                check_values(face[field], fields[field], field)


@pytest.mark.parametrize("schema", [Supervised, Control, Search, Top])
def test_every_number_of_the_core_has_bounds_that_its_defaults_keep(schema: Any) -> None:
    hints = field_hints(schema)
    assert unbounded(hints) == []
    for field in dataclasses.fields(schema):
        if field.default is not dataclasses.MISSING:
            check_values(field.default, hints[field.name], field.name)


def test_every_face_is_taken_as_it_is(configs: dict[str, dict[str, Any]]) -> None:
    for config in configs.values():
        check_sections(config)
