"""A default has one home, the dataclass; a configuration file repeats it, or opens it as a space.

Only files that are presets, which bear another name than what is behind them, set what they like.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from automl import registry
from automl.config.sections import face_of
from automl.config.study import Search, Split
from automl.registry import Group, entry
from automl.settings.automatic import AUTO
from automl.settings.ensemble import Greedy
from automl.space import is_space

GROUPS = {"model": Group.MODELS, "data": Group.DATASETS, "search": Group.SEARCH_ENGINES, "runner": Group.RUNNERS,
          "training": Group.TRAINING}  # fmt: skip


def behind(section: str, name: str) -> list[type]:
    """The dataclasses that a configuration file of this name gives values to."""
    if name not in registry.entries(GROUPS[section]):
        return []
    common: dict[str, list[type]] = {"search": [Search], "data": [Split]}
    return [entry(GROUPS[section], name).load(), *common.get(section, [])]


def defaults(classes: list[type]) -> dict[str, Any]:
    found = {}
    for field in (field for cls in classes for field in dataclasses.fields(cls) if field.init):
        if field.default is not dataclasses.MISSING:
            found[field.name] = field.default
        elif field.default_factory is not dataclasses.MISSING:
            found[field.name] = field.default_factory()
    return found


def test_ensembles_and_their_dataclasses_agree() -> None:
    greedy = {key: value for key, value in face_of("ensemble", "greedy").items() if key != "name"}
    assert greedy == defaults([Greedy])


AUTOMATIC = {"batch_size", "epochs", "patience"}
"""What a dataclass holds of these is for whoever leaves the key out; a file says auto."""

FILES = [(section, name) for section in GROUPS for name in registry.choices(section)]


@pytest.mark.parametrize(("section", "name"), FILES, ids=[f"{section}-{name}" for section, name in FILES])
def test_files_and_dataclasses_agree(section: str, name: str) -> None:
    theirs = defaults(behind(section, name))
    leaves = {key: value for key, value in face_of(section, name).items() if key in theirs and not is_space(value)}
    left_to_the_data = {key for key, value in leaves.items() if value == AUTO and key in AUTOMATIC}
    leaves = {key: value for key, value in leaves.items() if key not in left_to_the_data}
    assert leaves == {key: theirs[key] for key in leaves}
