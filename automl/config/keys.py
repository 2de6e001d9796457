"""What keys there are to write, as the chosen configuration files have them."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from automl import registry
from automl.config.sections import COMMON, SECTIONS, TOP_KEYS, face_of
from automl.errors import nearest

GROUPS = (*SECTIONS, "experiment")
"""Keys whose values are choices, one configuration file each."""


def chosen(words: list[str]) -> dict[str, str]:
    """The choice of each group that a command line makes, by itself or through the model's face."""
    from omegaconf import OmegaConf

    root = OmegaConf.load(registry.core_config_folder() / "config.yaml")
    made = {str(group): str(choice) for item in root.defaults if item != "_self_" for group, choice in item.items()}
    overrides = (word.lstrip("+").partition("=") for word in words)
    asked = {group: choice for group, _, choice in overrides if choice and group in GROUPS}
    return made | _of_face(asked.get("model", "")) | asked


def _of_face(model: str) -> dict[str, str]:
    """The choices of other groups that a model's face makes: ``override /data@_global_.data: cartpole``."""
    items = [item for item in face_of("model", model).get("defaults") or [] if isinstance(item, dict)]
    found = ((re.match(r"override\s+/(\w+)", str(key)), choice) for item in items for key, choice in item.items())
    return {match[1]: str(choice) for match, choice in found if match}


def suggest(key: str, words: list[str]) -> str:
    """A hint at the right key: the same leaf in another section, or else the nearest beside it."""
    choices = chosen(words)
    leaves = [f"{section}.{name}" for section in SECTIONS for name in _names(section, choices)]
    leaf = key.rpartition(".")[2]
    elsewhere = [one for one in leaves if one.rpartition(".")[2] == leaf and one != key and not _is_own(one)]
    beside = _beside(key, choices)
    if elsewhere:
        return f"Did you mean: {', '.join(sorted(elsewhere))}? Available: {', '.join(sorted(beside) or GROUPS)}."
    return nearest(key, beside)


def _is_own(key: str) -> bool:
    return key.rpartition(".")[2] in ("name", "summary", "tasks", "default", "defaults")


def _names(section: str, choices: dict[str, str]) -> dict[str, Any]:
    """The keys of a section, with what the choice's file has there: its own, and those of whatever is chosen."""
    common = dict.fromkeys(one.name for one in fields(COMMON[section])) if section in COMMON else {}
    return {**face_of(section, choices.get(section, "")), **common}


def _beside(key: str, choices: dict[str, str]) -> list[str]:
    """Full paths of the keys beside ``key``."""
    section, *parents = key.split(".")[:-1] or [""]
    if not section or section not in SECTIONS:
        return sorted({*TOP_KEYS, *GROUPS})
    node: Any = _names(section, choices)
    for parent in parents:
        node = node.get(parent) if isinstance(node, dict) else None
    names = node if isinstance(node, dict) else {}
    return [".".join([section, *parents, str(name)]) for name in names if name != "defaults"]
