from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from automl.errors import ConfigError
from automl.fields import construct


@dataclass
class Net:
    width: int
    rate: float = 0.1
    kind: Literal["plain", "wide"] = "plain"
    sizes: tuple[int, ...] = ()
    limit: float | None = None
    bias: bool = True


def test_values_are_brought_to_their_types() -> None:
    net = construct(Net, {"width": 8, "rate": 1, "sizes": [1, 2], "limit": 3}, "model")
    assert net == Net(8, 1.0, "plain", (1, 2), 3.0)
    assert isinstance(net.rate, float)
    assert isinstance(net.limit, float)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"widht": 8}, "model.widht: there is no such field. Did you mean: width?"),
        ({}, "model.width: a value is needed. Received: none."),
        ({"width": "8"}, "model.width: expected an integer. Received: '8'."),
        ({"width": True}, "model.width: expected an integer. Received: true."),
        ({"width": 8.5}, "model.width: expected an integer. Received: 8.5."),
        ({"width": 8, "rate": "fast"}, "model.rate: expected a number. Received: 'fast'."),
        (
            {"width": 8, "kind": "wyde"},
            "model.kind: expected one of plain, wide. Received: 'wyde'. Did you mean: wide?",
        ),
        ({"width": 8, "sizes": [1, "a"]}, "model.sizes: expected a list, each item an integer. Received: [1, 'a']."),
        ({"width": 8, "limit": "x"}, "model.limit: expected a number or null. Received: 'x'."),
        ({"width": 8, "bias": 1}, "model.bias: expected true or false. Received: 1."),
    ],
)
def test_what_does_not_fit_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as error:
        construct(Net, values, "model")
    assert message in str(error.value)


def test_a_hidden_field_may_name_what_is_imported_for_type_checkers_alone() -> None:
    @dataclass
    class Net:
        width: int
        _made: Nothing = field(default=None, init=False)  # type: ignore[name-defined]  # noqa: F821

    assert construct(Net, {"width": 8}, "model").width == 8
