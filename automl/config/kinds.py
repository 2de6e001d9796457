"""Whether a model learns by the kind of training that was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.config.hints import field_types
from automl.config.keys import chosen
from automl.config.sections import face_of
from automl.errors import ConfigError
from automl.registry import Group, entry

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_kind(model: str, training: Mapping[str, Any]) -> None:
    """Refuse a kind of training whose keys are not those that the model reads.

    A model reads the kind that its face chooses, or one with further keys.

    Raises:
        ConfigError: The message names the kind that the model learns by.
    """
    choice = chosen([f"+model={model}"])["training"]
    own, kind = str(face_of("training", choice).get("name", choice)), str(training["name"])
    if kind != own and not _fields(own) <= _fields(kind):
        raise ConfigError(f"training: model={model} learns by training={choice}. Received: {kind}, of other keys.")


def _fields(kind: str) -> set[str]:
    return set(field_types(entry(Group.TRAINING, kind).target))
