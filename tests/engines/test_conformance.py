"""Every search engine of ours passes the suite by its name, in each of its modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import pytest

from automl.fields import field_hints
from automl.registry import Group, entries
from automl.testing import EngineConformance

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.testing.engine_play import Play

QUICK: dict[str, dict[str, Any]] = {
    "optuna": {"startup_trials": 4, "warmup_steps": 1},
    "keras_tuner": {"num_initial_points": 1000},
}
"""Settings with which an engine learns within a few trials; that of Keras Tuner then takes seconds for each."""
SLOW = {"gp"}
"""Modes that take a while for each trial that they propose once they have learned."""
IN_ORDER = {"grid"}
"""Modes that propose the same whatever the seed."""


def modes() -> list[tuple[str, str, str]]:
    """Each engine of ours with each choice of each of its fields: what it uses, which field and which choice."""
    found = []
    for name, one in entries(Group.SEARCH_ENGINES).items():
        if one.distribution != "automl":
            continue
        choices = {
            field: get_args(hint) for field, hint in field_hints(one.load()).items() if get_origin(hint) is Literal
        }
        found += [(name, field, choice) for field, several in choices.items() for choice in several]
    return found


@pytest.mark.parametrize(("engine", "field", "choice"), modes(), scope="class")
class TestEveryEngine(EngineConformance):
    @pytest.fixture(autouse=True)
    def _named(self, engine: str, field: str, choice: str) -> None:
        if choice == "gp":
            pytest.importorskip("torch")
        self.engine, self.settings = engine, {**QUICK[engine], field: choice}
        self.trials = 8 if choice in SLOW else EngineConformance.trials
        self.many = 40 if choice in SLOW else EngineConformance.many
        self.samples = choice not in IN_ORDER
        self.endless = choice != "brute_force"

    @pytest.mark.slow
    def test_memory_is_flat(self, play: Callable[..., Play]) -> None:
        super().test_memory_is_flat(play)
