"""The class that two-class metrics are told of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from automl.errors import ConfigError, nearest, shown

if TYPE_CHECKING:
    from automl.data.spec import DataSpec


def with_positive(spec: DataSpec, label: str | None) -> DataSpec:
    """The spec with the number of the positive class in ``details["positive"]``; as it is where none is named.

    Raises:
        ConfigError: There is no such label.
    """
    if label is None:
        return spec
    if not spec.classes:
        raise ConfigError(f"data.positive: {spec.task} has no classes; leave it out. Received: {shown(label)}.")
    if label not in spec.classes:
        raise ConfigError(f"data.positive: there is no label {shown(label)}. {nearest(label, spec.classes)}")
    return replace(spec, details={**spec.details, "positive": spec.classes.index(label)})
