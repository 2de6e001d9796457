"""All parameters of a configuration, and what configurations they make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from automl.space.parameters import Parameter


@dataclass(frozen=True)
class Space:
    """All parameters of a configuration, in an order in which conditions come before what they govern.

    Attributes:
        parameters: By path.
        fixed: The value of every leaf that is not a space, by path.
        template: The searched sections of the configuration, spaces included.
    """

    parameters: Mapping[str, Parameter]
    fixed: Mapping[str, Any]
    template: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.parameters)

    def active(self, values: Mapping[str, Any]) -> Iterator[Parameter]:
        """The parameters that exist given the values chosen so far; consult it while ``values`` grows."""
        for parameter in self.parameters.values():
            if parameter.active({**self.fixed, **values}):
                yield parameter

    def given(self, path: str, value: Any) -> Space:
        """The space once it is known what a leaf stands for that the configuration leaves open."""
        return replace(self, fixed={**self.fixed, path: value})

    def settled(self, values: Mapping[str, Any]) -> Space:
        """The space with other values of leaves that are none of its parameters, by path."""
        template = dict(self.template)
        for path, value in values.items():
            section, _, rest = path.partition(".")
            template[section] = _put(template[section], rest.split("."), value)
        return replace(self, fixed={**self.fixed, **values}, template=template)

    def depends_on(self, path: str) -> bool:
        """Whether a parameter exists only where the leaf at ``path`` has a certain value."""
        return any(path in parameter.when for parameter in self.parameters.values())

    def configure(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The searched sections with every space replaced by its value; inactive leaves are left out."""
        return {name: self._fill(section, name, params) for name, section in self.template.items()}

    def _fill(self, node: Any, path: str, params: Mapping[str, Any]) -> Any:
        if not isinstance(node, Mapping):
            return node
        filled = {}
        for key, child in node.items():
            inner = f"{path}.{key}"
            if inner not in self.parameters:
                filled[key] = self._fill(child, inner, params)
            elif inner in params:
                filled[key] = params[inner]
        return filled

    def middle(self) -> dict[str, Any]:
        """One plain configuration's parameters: the middle of every range and the first of every choice."""
        return self._each(lambda parameter: parameter.middle())

    def sample(self, rng: random.Random) -> dict[str, Any]:
        """Parameters drawn at random, each as ``Parameter.sample`` draws it."""
        return self._each(lambda parameter: parameter.sample(rng))

    def nearest(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters that are nearest to values by path; the middle of those that have none."""
        return self._each(lambda parameter: parameter.nearest(values.get(parameter.path)))

    def _each(self, choose: Callable[[Parameter], Any]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for parameter in self.active(values):
            values[parameter.path] = choose(parameter)
        return values


def _put(node: Mapping[str, Any], keys: list[str], value: Any) -> dict[str, Any]:
    """A nested mapping with another leaf."""
    first, *rest = keys
    return {**node, first: _put(node[first], rest, value) if rest else value}
