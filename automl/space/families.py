"""The joint space of several model families: which family, and under it the family's own space."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from automl.inheritance import override
from automl.space.parameters import Choice
from automl.space.space import Space

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.space.parameters import Parameter

FAMILIES = "families"
"""The section of a composed configuration that holds the ``model`` and ``training`` sections of each family."""
FAMILY = "model.name"
"""The parameter that is the family."""


@dataclass(frozen=True)
class FamilySpace(Space):
    """A choice of family, and each family's parameters, which exist where it is chosen.

    A family's parameter is called ``families.<family>.<path>``, as it is written in the configuration; the
    configurations that the space makes are those of one family, as if it had been named.

    Attributes:
        spaces: Each family's own space, by its name.
    """

    spaces: Mapping[str, Space] = field(default_factory=dict)

    @classmethod
    def of(cls, spaces: Mapping[str, Space]) -> FamilySpace:
        """The joint space of families, the first of which is the middle."""
        parameters: dict[str, Parameter] = {FAMILY: Choice(FAMILY, tuple(spaces))}
        fixed: dict[str, Any] = {}
        for name, space in spaces.items():
            for one in space.parameters.values():
                when = {joint(name, path): allowed for path, allowed in one.when.items()}
                path = joint(name, one.path)
                parameters[path] = replace(one, path=path, when={FAMILY: (name,), **when})
            fixed |= {joint(name, path): value for path, value in space.fixed.items()}
        return cls(parameters, fixed, {}, spaces)

    @override
    def given(self, path: str, value: Any) -> FamilySpace:
        return self.of({name: space.given(path, value) for name, space in self.spaces.items()})

    @override
    def settled(self, values: Mapping[str, Any]) -> FamilySpace:
        own: dict[str, dict[str, Any]] = {name: {} for name in self.spaces}
        for path, value in values.items():
            name, inner = parted(path)
            own[name][inner] = value
        return self.of({name: space.settled(own[name]) for name, space in self.spaces.items()})

    @override
    def depends_on(self, path: str) -> bool:
        return any(space.depends_on(path) for space in self.spaces.values())

    @override
    def configure(self, params: Mapping[str, Any]) -> dict[str, Any]:
        name, inner = apart(params)
        return self.spaces[name].configure(inner)

    def without(self, names: set[str]) -> FamilySpace:
        """The space of the other families."""
        return self.of({name: space for name, space in self.spaces.items() if name not in names})


def joint(family: str, path: str) -> str:
    """What a family's parameter is called in the joint space."""
    return f"{FAMILIES}.{family}.{path}"


def parted(path: str) -> tuple[str, str]:
    """The family of a joint parameter, and what it is called there."""
    _, family, inner = path.split(".", 2)
    return family, inner


def together(family: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """A family's parameters as those of the joint space."""
    return {FAMILY: family, **{joint(family, path): value for path, value in params.items()}}


def apart(params: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The family of parameters of the joint space, and its own ones."""
    return params[FAMILY], {parted(path)[1]: value for path, value in params.items() if path != FAMILY}
