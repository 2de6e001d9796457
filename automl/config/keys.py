"""What keys there are to write, as the chosen configuration files have them."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any

from automl import registry
from automl.config.sections import COMMON, SECTIONS, TOP_KEYS, face_of
from automl.errors import nearest
from automl.registry import Group

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
    """A hint at the right key: how it is spelt, where else the same leaf is, or the nearest beside it."""
    choices = chosen(words)
    paths = [*TOP_KEYS, *(f"{section}.{name}" for section in SECTIONS for name in _names(section, choices))]
    meant = _respelt(key, paths) or _elsewhere(key, paths)
    if meant:
        return f"Did you mean: {', '.join(sorted(meant))}?"
    return _of_other_choices(key, choices) or nearest(key, _beside(key, choices))


def _respelt(key: str, paths: list[str]) -> list[str]:
    """The key with points for other signs, in whatever case."""
    asked = re.sub(r"[\s/:]+", ".", key.strip()).casefold()
    return [one for one in paths if one.casefold() == asked]


def _elsewhere(key: str, paths: list[str]) -> list[str]:
    """The same leaf in other sections, or what other tools call so."""
    leaf = key.rpartition(".")[2].strip().replace("-", "_").casefold()
    found = [one for one in paths if one.rpartition(".")[2] == leaf and one != key and not _is_own(one)]
    return found or [one for one in paths if one in _SYNONYMS.get(leaf, ())]


_SYNONYMS = {
    **dict.fromkeys(("lr", "rate", "eta"), ("training.learning_rate",)),
    **dict.fromkeys(("n_trials", "max_trials", "num_trials", "n_iter"), ("search.trials",)),
    **dict.fromkeys(("max_epochs", "num_epochs", "n_epochs"), ("training.epochs",)),
    **dict.fromkeys(("batch", "bs", "batchsize"), ("training.batch_size",)),
    **dict.fromkeys(("metric", "goal"), ("search.objective",)),
    **dict.fromkeys(("time_limit", "max_time", "time", "budget"), ("search.timeout",)),
    **dict.fromkeys(("early_stopping", "stop_after"), ("training.patience",)),
    **dict.fromkeys(("wd", "l2", "decay"), ("training.weight_decay",)),
    **dict.fromkeys(("opt", "optim"), ("training.optimizer",)),
    **dict.fromkeys(("file", "filename", "folder", "dir", "directory", "root"), ("data.path",)),
    **dict.fromkeys(("label", "labels", "y", "target_column"), ("data.target", "data.label")),
    **dict.fromkeys(("val", "val_split", "validation_split", "valid"), ("data.validation",)),
    **dict.fromkeys(("test_split", "test_size"), ("data.test",)),
    **dict.fromkeys(("jobs", "n_jobs", "workers", "num_workers", "parallel"), ("runner.slots",)),
    **dict.fromkeys(("gpu", "gpus", "n_gpus", "num_gpus"), ("runner.gpus_per_trial",)),
    **dict.fromkeys(("random_state", "random_seed"), ("seed",)),
    **dict.fromkeys(("output", "out", "output_dir", "experiments_dir"), ("experiments",)),
    **dict.fromkeys(("study", "study_name"), ("name",)),
}
"""What other tools call a key."""


def _of_other_choices(key: str, choices: dict[str, str]) -> str:
    """That the section has such a key for another choice, such as a path for data in files."""
    section, _, leaf = key.partition(".")
    if section not in SECTIONS or section not in choices:
        return ""
    having = [one for one in registry.choices(section) if leaf in face_of(section, one) and not _is_own(key)]
    if not having:
        return ""
    return f"{section}={choices[section]} has none; those that have one: {section}={f', {section}='.join(having)}."


def _is_own(key: str) -> bool:
    return key.rpartition(".")[2] in _OWN


_OWN = Group.MODELS.said | Group.DATASETS.said | {"defaults"}
"""Keys of a face that say something to the driver, or to Hydra."""


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
    return [".".join([section, *parents, str(name)]) for name in names if name == "name" or name not in _OWN]
