"""What every search engine promises, as tests that it runs by giving its name.

Example:
    >>> class TestUniform(EngineConformance):
    ...     engine = "uniform"
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from automl import registry
from automl.config.sections import SEARCH_KEYS, face_of
from automl.engines.base import Done, Problem, Proposal, SearchEngine, Wait
from automl.errors import ConfigError
from automl.fields import construct
from automl.records import TrialState
from automl.registry import Group
from automl.space import Float, parse
from automl.testing.engine_play import Play, score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from automl.space import Space
    from automl.tasks import Direction

COMPLETE, PRUNED, FAILED = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED
_STEPS = 9

NUMBERS = parse({"model": {"x": {"low": 0.0, "high": 1.0}, "rate": {"low": 1e-4, "high": 1e-1, "log": True}}})
"""Without two configurations alike."""

FEW = parse({"model": {"blocks": {"low": 1, "high": 3}, "pool": {"choices": ["max", "average"]}}})
"""Six configurations."""

SINGLE = parse(
    {
        "model": {
            "blocks": {"low": 3, "high": 3},
            "width": {"low": 8, "high": 8, "log": True},
            "dropout": {"low": 0.5, "high": 0.5},
            "rate": {"low": 0.1, "high": 0.1, "log": True},
            "share": {"low": 0.2, "high": 0.2, "step": 0.1},
            "pool": {"choices": [[2, 2]]},
        }
    }
)
"""One configuration."""

ALL = parse(
    {
        "model": {
            "x": {"low": 0.0, "high": 1.0},
            "blocks": {"low": 1, "high": 9, "step": 2},
            "width": {"low": 1, "high": 64, "log": True},
            "dropout": {"low": 0.0, "high": 0.3, "step": 0.1},
            "kernel": {"choices": [[3, 3], [5, 5]]},
            "dense": {"choices": [None, True, 1, 1.5, "1", 0, False]},
            "fixed": 7,
            "never": {"low": 0, "high": 1, "when": {"model.fixed": 8}},
            "always": {"low": -3, "high": -1, "when": {"model.fixed": [7, 8]}},
            "below": {"low": 0, "high": 1, "when": {"model.never": [0, 1]}},
        },
        "training": {
            "optimizer": {"choices": ["adam", "sgd", "lion"]},
            "momentum": {"low": 0.5, "high": 0.9, "when": {"training.optimizer": ["sgd", "lion"]}},
            "nesterov": {"choices": [True, False], "when": {"training.optimizer": "sgd", "model.blocks": [1, 3, 5]}},
            "decay": {"low": 1e-6, "high": 1e-2, "log": True, "when": {"training.nesterov": True}},
            "third": {"low": 0, "high": 4, "when": {"model.dense": None}},
            "fourth": {"low": 0, "high": 4, "when": {"model.dropout": 0.0}},
        },
    }
)
"""Every kind of parameter and of condition."""


def _in_steps(space: Space) -> Space:
    """The space with eleven steps in each range that has none."""
    stepped = {
        path: dataclasses.replace(one, low=0.0, high=1.0, log=False, step=0.1)
        for path, one in space.parameters.items()
        if isinstance(one, Float) and one.step is None and one.low < one.high
    }
    return dataclasses.replace(space, parameters={**space.parameters, **stepped})


class EngineConformance:
    """The suite; a subclass named ``Test...`` sets ``engine`` to the name of its entry point.

    Attributes:
        settings: Keys of its configuration with other values for the tests, so that it learns within ``trials``.
        trials: How many a study has here.
        samples: Whether it draws at random, so that another seed proposes others.
        many: Trials of the study that its memory is watched in.
        endless: Whether it takes ranges without an end of values; one that does not is given them in steps.
    """

    engine: str
    settings: Mapping[str, Any] = {}
    trials = 16
    samples = True
    many = 1000
    endless = True

    @pytest.fixture
    def play(self, tmp_path: Path) -> Iterator[Callable[..., Play]]:
        """Starts engines, each with a folder of its own."""
        started: list[SearchEngine] = []

        def make(space: Space = ALL, seed: int = 0, directions: tuple[Direction, ...] = ("maximize",)) -> Play:
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            engine = self._make()
            searched = space if self.endless else _in_steps(space)
            engine.start(Problem(searched, directions, seed, "study", folder, _STEPS))
            started.append(engine)
            return Play(engine, searched, _STEPS)

        yield make
        for one in started:
            one.close()

    def test_configuration_and_fields_agree(self) -> None:
        """Every key is a field of the dataclass, and has its default there."""
        fields = {field.name: field.default for field in dataclasses.fields(type(self._make()))}  # type: ignore[arg-type]
        own = self._own()
        assert own == {name: fields[name] for name in own}
        assert not set(fields) & set(SEARCH_KEYS)

    def test_proposals_are_of_the_space(self, play: Callable[..., Play]) -> None:
        """All kinds of parameters and conditions; what is proposed can be written as JSON."""
        study = play()
        study.run(self.trials)
        assert study.proposals
        assert json.loads(json.dumps(study.params)) == study.params
        for params in study.params:
            assert "model.always" in params
            assert not {"model.never", "model.below"} & set(params)
        if self.samples:
            assert any("training.momentum" in params for params in study.params)

    def test_ranges_of_a_single_value_and_spaces_without_parameters(self, play: Callable[..., Play]) -> None:
        """The one configuration is proposed, and perhaps again."""
        for space in (SINGLE, parse({"model": {"x": 0.5}})):
            study = play(space)
            found = study.ask()
            assert isinstance(found, Proposal)
            study.finish(found.number)
            study.run(2)

    def test_a_seed_fixes_what_is_proposed(self, play: Callable[..., Play]) -> None:
        """The same seed and calls propose the same, another seed others."""
        first, again, other = (play(seed=seed) for seed in (1, 1, 2))
        for study in (first, again, other):
            study.run(self.trials, at_once=2)
        assert first.proposals == again.proposals
        if self.samples:
            assert first.params[0] != other.params[0]

    def test_the_same_calls_lead_to_the_same_place(self, play: Callable[..., Play]) -> None:
        """So a study is gone on with that was killed: with trials running, others failed, pruned or not its own."""
        study, another = play(NUMBERS, seed=3), play(NUMBERS, seed=3)
        study.learn({"model.x": 0.4, "model.rate": 0.01}, COMPLETE)
        for round_ in range(self.trials // 4):
            _fill(study, 3)
            states = (COMPLETE, FAILED, COMPLETE, PRUNED)
            study.report(study.running[-1])
            study.tell(study.running[-1], states[round_ % 4])
        _fill(study, 2)
        study.report(study.running[0])
        another.repeat(study)
        assert another.proposals == study.proposals
        assert another.running == study.running
        for one in (study, another):
            for number in one.running:
                one.finish(number)
            one.run(4)
        assert another.proposals == study.proposals

    def test_trials_asked_for_at_once_differ(self, play: Callable[..., Play]) -> None:
        """Before anything is known, and once something is."""
        study = play(NUMBERS)
        for _ in range(3):
            _fill(study, 4)
            assert study.running
            for number in study.running:
                study.finish(number)
        assert len({str(params) for params in study.params}) == len(study.params)

    def test_trials_end_in_any_order(self, play: Callable[..., Play]) -> None:
        """The last that began may end first."""
        study = play()
        for _ in range(3):
            _fill(study, 4)
            for number in reversed(study.running):
                study.finish(number)
        assert isinstance(study.ask(), Proposal | Done)

    def test_what_fails_or_is_pruned_is_not_gone_on_with(self, play: Callable[..., Play]) -> None:
        """Every state is taken, with reports and without; a study in which all fails goes on, and waits for nobody."""
        study = play(NUMBERS)
        for turn in range(self.trials):
            if isinstance(study.ask(), Done):
                break
            number = study.running[-1]
            if turn % 2:
                study.report(number)
            study.tell(number, (FAILED, PRUNED, COMPLETE, FAILED)[turn % 4])
        hopeless = play(NUMBERS)
        for _ in range(self.trials):
            assert isinstance(hopeless.ask(), Proposal)
            hopeless.tell(hopeless.running[0], FAILED)

    def test_it_may_learn_of_the_trials_of_others(self, play: Callable[..., Play]) -> None:
        """Before the first proposal and between two, however they ended; also of one that lies outside."""
        study = play(FEW)
        known = {"model.blocks": 2, "model.pool": "average"}
        study.learn(known, COMPLETE)
        for state in (PRUNED, FAILED, COMPLETE):
            if isinstance(study.ask(), Proposal):
                study.learn({"model.blocks": 3, "model.pool": "max"}, state)
                study.finish(study.running[0])
        outside = play(NUMBERS)
        outside.learn({"model.x": 3.0, "model.rate": 0.01}, COMPLETE)
        outside.run(3)

    def test_a_space_of_few_configurations_is_searched_whole_or_over_again(self, play: Callable[..., Play]) -> None:
        """An engine that ends has proposed all of it, and none twice from the start."""
        study = play(FEW)
        done = study.run(30, at_once=2)
        if done is not None:
            told = {str(params) for params in study.params}
            assert len(told) == len(study.params) == 6
            assert isinstance(study.ask(), Done)

    @pytest.mark.parametrize("directions", [("minimize",), ("maximize", "minimize")])
    def test_several_objectives_are_taken_or_refused(
        self, play: Callable[..., Play], directions: tuple[Direction, ...]
    ) -> None:
        """One is, in either direction; of several each trial tells all."""
        try:
            study = play(NUMBERS, directions=directions)
        except ConfigError:
            assert len(directions) > 1
            return
        for _ in range(self.trials // 2):
            found = study.ask()
            if isinstance(found, Proposal):
                value = score(dict(found.params))
                study.engine.tell(found.number, COMPLETE, [value, -value][: len(directions)])
                study.states[found.number] = COMPLETE

    def test_memory_is_flat(self, play: Callable[..., Play]) -> None:
        """The second half of a long study adds what it knows of its trials, and little more."""
        study = play(NUMBERS)
        study.run(self.many // 2)
        study.calls.clear()
        tracemalloc.start()
        study.run(self.many // 2)
        study.calls.clear()
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert grown / (self.many // 2) < 50_000, "bytes a trial"

    def _own(self) -> dict[str, Any]:
        face = face_of("search", self.engine)
        return {key: value for key, value in face.items() if key not in ("name", "defaults", *SEARCH_KEYS)}

    def _make(self) -> SearchEngine:
        cls: type[SearchEngine] = registry.entry(Group.SEARCH_ENGINES, self.engine).load()
        assert issubclass(cls, SearchEngine)
        return construct(cls, {**self._own(), **self.settings}, "search")


def _fill(study: Play, running: int) -> None:
    """Ask until so many trials run, or no more can now."""
    while len(study.running) < running:
        if isinstance(study.ask(), Wait | Done):
            return
