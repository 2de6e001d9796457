"""A space as Optuna takes it, and values there and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from automl.space import Choice, Float, Int

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optuna.trial import Trial

    from automl.space import Parameter, Space

_NONE = object()
_PLAIN = (type(None), bool, int, float, str)


class Translation:
    """A space as Optuna takes it.

    Args:
        space: What is searched.

    Attributes:
        distributions: Of every parameter, by path.
        groups: Of what can take more than one value, those that are active together; conditions come first.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self.distributions = {path: _distribution(parameter) for path, parameter in space.parameters.items()}
        self._choices = {
            path: {_told(parameter, choice): choice for choice in parameter.choices}
            for path, parameter in space.parameters.items()
            if isinstance(parameter, Choice)
        }
        groups: dict[str, dict[str, BaseDistribution]] = {}
        for path, one in self.searched.items():
            groups.setdefault(repr(space.parameters[path].when), {})[path] = one
        self.groups = list(groups.values())

    @property
    def searched(self) -> dict[str, BaseDistribution]:
        """The distributions of what can take more than one value."""
        return {path: one for path, one in self.distributions.items() if not one.single()}

    @property
    def everywhere(self) -> dict[str, BaseDistribution]:
        """Of these, the ones that every trial has."""
        return {path: one for path, one in self.searched.items() if not self._space.parameters[path].when}

    def suggest(self, trial: Trial) -> dict[str, Any]:
        """Let a trial choose a value for every active parameter."""
        params: dict[str, Any] = {}
        for parameter in self._space.active(params):
            params[parameter.path] = self._suggest(trial, parameter.path)
        return params

    def admits(self, params: Mapping[str, Any]) -> bool:
        """Whether values are of this space."""
        known = self._space.parameters
        return all(path in known and known[path].admits(value) for path, value in params.items())

    def is_active(self, group: Mapping[str, BaseDistribution], told: Mapping[str, Any]) -> bool:
        """Whether a group exists given values as Optuna has them; for want of a value it may."""
        when = self._space.parameters[next(iter(group))].when
        if any(path in self.distributions and path not in told for path in when):
            return True
        values = {path: self._choices[path][value] if path in self._choices else value for path, value in told.items()}
        return all({**self._space.fixed, **values}.get(path, _NONE) in allowed for path, allowed in when.items())

    def told(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Values as Optuna takes them."""
        return {path: _told(self._space.parameters[path], value) for path, value in params.items()}

    def described(self) -> dict[str, str]:
        """Every parameter as a configuration has it, by path; equal for equal spaces."""
        return {path: _described(parameter) for path, parameter in self._space.parameters.items()}

    def _suggest(self, trial: Trial, path: str) -> Any:
        match self.distributions[path]:
            case IntDistribution(low=low, high=high, log=log, step=step):
                return trial.suggest_int(path, low, high, log=log, step=step)
            case FloatDistribution(low=low, high=high, log=log, step=step):
                return trial.suggest_float(path, low, high, log=log, step=step)
            case CategoricalDistribution(choices=choices):
                return self._choices[path][trial.suggest_categorical(path, choices)]
        raise TypeError(f"Optuna cannot sample {path}.")


def _distribution(parameter: Parameter) -> BaseDistribution:
    match parameter:
        case Int(low=low, high=high, log=log, step=step):
            return IntDistribution(low, high, log, step)
        case Float(low=low, high=high, log=log, step=step):
            return FloatDistribution(low, high, log, step)
        case Choice(choices=choices):
            return CategoricalDistribution([_told(parameter, choice) for choice in choices])
    raise TypeError(f"Optuna cannot sample {parameter!r}.")


def _described(parameter: Parameter) -> str:
    keys = {**vars(parameter), "when": {path: list(allowed) for path, allowed in parameter.when.items()}}
    shown = {key: value for key, value in keys.items() if key not in ("path", "when") or (key == "when" and value)}
    return json.dumps(shown)


def _told(parameter: Parameter, value: Any) -> Any:
    """A value as Optuna takes it, whose choices are plain and differ: else all of them are told as JSON."""
    if not isinstance(parameter, Choice) or _is_plain(parameter.choices):
        return value
    return json.dumps(value)


def _is_plain(choices: tuple[Any, ...]) -> bool:
    return all(isinstance(choice, _PLAIN) for choice in choices) and len(set(choices)) == len(choices)
