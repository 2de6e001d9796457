from __future__ import annotations

from typing import Any

import pytest

from automl.config.offered import portfolio, values_of
from automl.errors import ConfigError, SpaceError
from automl.space import parse

MODEL = {
    "name": "mine",
    "default": {"width": 32, "training.learning_rate": 0.01},
    "width": {"low": 8, "high": 64},
    "cell": {"choices": ["lstm", "gru"]},
    "segment": {"choices": [12, 24], "when": {"data.task": "forecasting"}},
}
TRAINING = {"learning_rate": {"low": 1e-4, "high": 0.1, "log": True}, "optimizer": "adam"}


def config(entries: Any, task: str = "forecasting", **model: Any) -> dict[str, Any]:
    return {"model": {**MODEL, "portfolio": entries, **model}, "training": TRAINING, "data": {"task": task}}


def offered(*entries: Any, **how: Any) -> list[dict[str, Any]]:
    composed = config(list(entries), **how)
    return portfolio(composed, parse(composed))


def test_entries_lie_on_the_default() -> None:
    assert offered({"cell": "gru"}, {"width": 16, "training.learning_rate": 1e-3, "segment": 24}) == [
        {"model.width": 32, "model.cell": "gru", "model.segment": 12, "training.learning_rate": 0.01},
        {"model.width": 16, "model.cell": "lstm", "model.segment": 24, "training.learning_rate": 1e-3},
    ]


def test_narrowed_spaces_take_the_nearest_value() -> None:
    (params,) = offered({"width": 64, "segment": 24}, width={"low": 8, "high": 20}, segment=12)
    assert params["model.width"] == 20
    assert "model.segment" not in params


def test_conditions_choose_the_task_and_what_else_they_name() -> None:
    entries = [
        {"width": 8, "when": {"data.task": ["forecasting", "control"]}},
        {"width": 9, "when": {"data.task": "text_classification"}},
        {"width": 10, "cell": "gru", "when": {"model.cell": "gru", "training.optimizer": "adam"}},
        {"width": 11, "when": {"model.cell": "gru"}},
    ]
    assert [one["model.width"] for one in offered(*entries)] == [8, 10]
    assert [one["model.width"] for one in offered(*entries, task="text_classification")] == [9, 10]


def test_a_portfolio_is_no_value_of_a_trial() -> None:
    composed = config([{"width": 8}])
    assert not any("portfolio" in path or "default" in path for path in values_of(composed))
    assert "portfolio" not in parse(composed).configure({})["model"]


@pytest.mark.parametrize(
    ("entries", "kind", "message"),
    [
        ("wide", ConfigError, "model.portfolio: expected a list of mappings. Received: 'wide'."),
        ({"width": 8}, ConfigError, "model.portfolio: expected a list of mappings. Received: {'width': 8}."),
        ([{}, 8], ConfigError, r"model.portfolio\[1\]: expected a mapping of keys to values. Received: 8."),
        ([{"when": "always"}], SpaceError, r"model.portfolio\[0\].when: expected a mapping of paths to values."),
        ([{"when": {"data.tsak": "x"}}], SpaceError, r"portfolio\[0\].when: there is no 'data.tsak' in the configura"),
    ],
)
def test_what_is_no_portfolio_is_refused(entries: Any, kind: type[Exception], message: str) -> None:
    composed = config(entries)
    with pytest.raises(kind, match=message):
        portfolio(composed, parse(composed))
