from __future__ import annotations

import random
import warnings
from typing import Any

import optuna
import pytest
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from automl.engines.optuna.translation import Translation
from automl.report.page.axes import Axis
from automl.report.page.importance import importances
from automl.space import parse

CONFIG: dict[str, Any] = {
    "model": {
        "depth": {"low": 1, "high": 4},
        "width": {"low": 8, "high": 512, "log": True},
        "steps": {"low": 0.0, "high": 1.0, "step": 0.25},
        "kind": {"choices": ["a", "b", "c"]},
        "slope": {"low": 0.0, "high": 0.5, "when": {"model.kind": "a"}},
        "rate": {"low": 1e-4, "high": 1e-1, "log": True},
    },
}


@pytest.mark.parametrize(("trials", "share"), [(12, 0.5), (120, 0.1)])
def test_the_importances_are_those_of_optuna(trials: int, share: float) -> None:
    space, rng = parse(CONFIG), random.Random(3)
    translation = Translation(space)
    study = optuna.create_study()
    params, losses = [], []
    for _ in range(trials):
        one = space.sample(rng)
        loss = abs(one["model.rate"] - 0.01) + 0.02 * one["model.depth"] + (one["model.kind"] == "b") * 0.01
        told = {path: translation.distributions[path] for path in one}
        study.add_trial(optuna.create_trial(params=translation.told(one), distributions=told, value=loss))
        params.append(one)
        losses.append(loss)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluator = PedAnovaImportanceEvaluator(target_quantile=share)
        theirs = get_param_importances(study, evaluator=evaluator)
    ours = importances([Axis(one, path) for path, one in space.parameters.items()], params, losses, share)
    assert ours == pytest.approx(theirs, abs=1e-6)
    assert list(ours)[:3] == list(theirs)[:3]


def test_nothing_is_told_of_too_few_trials() -> None:
    space = parse(CONFIG)
    axes = [Axis(one, path) for path, one in space.parameters.items()]
    assert set(importances(axes, [space.middle()], [0.5], 0.1).values()) == {0.0}
