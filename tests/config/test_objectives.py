"""Objectives and constraints: what is taken, and what is refused in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from automl.config.compose import compose_all
from automl.config.objectives import check_constraints, check_objectives, objectives
from automl.errors import ConfigError
from automl.objectives import Constraint, Objective, constraints_of
from automl.tasks import task_info

TASK = task_info("image_classification")
ACCURACY, SIZE = Objective("val_accuracy", "maximize"), Objective("parameters", "minimize")


def check(search: dict[str, Any]) -> None:
    check_constraints(search)
    check_objectives(search, TASK, [TASK])


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ({}, (ACCURACY,)),
        ({"objective": "val_log_loss"}, (Objective("val_log_loss", "minimize"),)),
        ({"objective": "val_beauty", "direction": "minimize"}, (Objective("val_beauty", "minimize"),)),
        ({"objective": [{"metric": "val_accuracy"}]}, (ACCURACY,)),
        ({"objective": ["val_accuracy", {"metric": "parameters", "mode": "min"}]}, (ACCURACY, SIZE)),
        ({"objective": [{"metric": "val_beauty", "mode": "max"}, "latency_ms"], "pruner": "none"},
         (Objective("val_beauty", "maximize"), Objective("latency_ms", "minimize"))),
    ],
)  # fmt: skip
def test_objectives_know_their_directions(search: dict[str, Any], expected: tuple[Objective, ...]) -> None:
    check(search)
    assert objectives(search, TASK) == expected


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({"objective": []}, "search.objective: at least one metric is needed. Received: []."),
        ({"objective": [5]}, "search.objective[0]: expected a metric, such as {metric: parameters, mode: min}. Rec"),
        ({"objective": [{"metrc": "parameters"}]}, "search.objective[0].metrc: there is no such key. Did you mean: m"),
        ({"objective": [{"mode": "min"}]}, "search.objective[0].metric: the name of a metric is needed."),
        ({"objective": [{"metric": "val_f1", "mode": "up"}]}, "search.objective[0].mode: expected one of max, min. R"),
        ({"objective": [{"metric": "val_f1", "mode": "min"}]}, "search.objective: val_f1 is to maximize; leave its"),
        ({"objective": ["val_f1", "val_f1"]}, "search.objective: each metric is named once. Received: val_f1 twice."),
        ({"objective": ["val_f1", "paramters"]}, "which is no metric of image_classification. Did you mean: param"),
        ({"objective": ["val_f1", "val_loss"]}, "search.objective: val_loss depends on settings that trials may diff"),
        (
            {"objective": ["parameters", "val_f1"]},
            "compared by, and parameters is known at its end alone. Name another",
        ),
        ({"objective": "latency_ms"}, "Name another first: [{metric: val_accuracy}, {metric: latency_ms}]."),
        ({"objective": ["val_f1"], "direction": "maximize"}, "search.direction: in a list of objectives each has a mo"),
        ({"objective": ["val_f1", "parameters"], "pruner": "median"}, "set search.pruner=none. Received: 'median'."),
        ({"constraints": {"parameters": 5}}, "search.constraints.parameters: expected a bound or two, such as {max: "),
        ({"constraints": {"parameters": {"most": 5}}}, "search.constraints.parameters.most: there is no such bound."),
        ({"constraints": {"parameters": {"max": "5"}}}, "search.constraints.parameters.max: expected a finite number."),
        ({"constraints": {"parameters": {"max": 5, "min": 6}}}, "search.constraints.parameters: min must not exceed m"),
    ],
)
def test_what_nothing_can_be_compared_by_or_keep_to_is_refused(search: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        check(search)
    assert message in str(error.value)


def test_both_are_written_on_the_command_line() -> None:
    (config,) = compose_all(
        [
            "+model=cnn",
            "search.objective=[{metric: val_accuracy},{metric: parameters, mode: min}]",
            "search.constraints={parameters: {max: 500000}}",
            "search.constraints.latency_ms.max=2.5",
        ]
    )
    assert objectives(config["search"], TASK) == (ACCURACY, SIZE)
    assert constraints_of(config) == (Constraint("parameters", None, 500000), Constraint("latency_ms", None, 2.5))


def test_a_constraint_says_by_what_it_is_broken() -> None:
    constraint = Constraint("val_accuracy", low=0.9)
    assert constraint.told(0.85) == "val_accuracy 0.85 is less than search.constraints.val_accuracy.min=0.9"
    assert constraint.violation(0.45) == pytest.approx(0.5)
    assert constraint.violation(float("nan")) == float("inf")
    assert not constraint.violation(0.9)
    assert not constraint.told(0.95)
