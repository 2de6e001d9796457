"""Started Optuna engines over a space with every kind of parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.engines.base import Problem, Proposal
from automl.engines.optuna import OptunaSearch
from automl.records import TrialState
from automl.space import parse

if TYPE_CHECKING:
    from pathlib import Path

    from automl.space import Space
    from automl.tasks import Direction

SPACE = parse(
    {
        "model": {
            "x": {"low": 0.0, "high": 1.0},
            "n": {"low": 1, "high": 9, "step": 2},
            "units": {"low": 4, "high": 256, "log": True},
            "kind": {"choices": ["a", "b", [1, 2]]},
        },
        "training": {
            "optimizer": {"choices": ["adam", "sgd"]},
            "momentum": {"low": 0.5, "high": 0.9, "when": {"training.optimizer": "sgd"}},
        },
    }
)


def started(
    folder: Path,
    seed: int = 0,
    space: Space = SPACE,
    steps: int | None = 9,
    directions: tuple[Direction, ...] = ("maximize",),
    folds: bool = False,
    **fields: Any,
) -> OptunaSearch:
    folder.mkdir(exist_ok=True)
    engine = OptunaSearch(**fields)
    engine.start(Problem(space, directions, seed, "study", folder, steps, folds))
    return engine


def ask(engine: OptunaSearch) -> Proposal:
    found = engine.ask()
    assert isinstance(found, Proposal)
    return found


def score(params: Any) -> float:
    return -abs(float(params["model.x"]) - 0.7) - abs(float(params["model.n"]) - 3) / 50


def run(engine: OptunaSearch, trials: int, at_once: int = 1) -> list[dict[str, Any]]:
    """Run trials, some at a time, and give their parameters."""
    asked: list[dict[str, Any]] = []
    running: list[Proposal] = []
    while len(asked) < trials:
        running.append(ask(engine))
        asked.append(dict(running[-1].params))
        if len(running) == at_once:
            one = running.pop(0)
            engine.tell(one.number, TrialState.COMPLETE, [score(one.params)])
    for one in running:
        engine.tell(one.number, TrialState.COMPLETE, [score(one.params)])
    return asked
