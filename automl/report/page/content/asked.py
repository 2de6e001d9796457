"""What was asked: the model, the budget, and what was searched."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from automl.config.study import Search
from automl.errors import SpaceError
from automl.report.wording import duration, short
from automl.space import parse
from automl.tracking.address import shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.records import StudyRecord
    from automl.space import Parameter

_EXTREMES = {"maximize": "the more the better", "minimize": "the less the better"}
_GENERAL = {"name", *(field.name for field in fields(Search))}


@dataclass(frozen=True)
class Asked:
    """What was asked.

    Attributes:
        facts: Names and values.
        searched: Each parameter with its space, its condition, and the value of the best trial.
        config: The whole configuration, as YAML; without passwords.
    """

    facts: Sequence[tuple[str, str]]
    searched: Sequence[tuple[str, str, str, str]]
    config: str


def asked(study: StudyRecord) -> Asked:
    """What was asked of a study."""
    from omegaconf import OmegaConf

    model, plugin = study.config.get("model", {}), study.plugin
    origin = " ".join(filter(None, (plugin.get("distribution"), plugin.get("version"))))
    facts = {
        "Model": f"{plugin.get('name', '')}{f' ({origin})' if origin else ''}: {model.get('summary', '')}".rstrip(": "),
        "Data": str(study.config.get("data", {}).get("name", "")),
        "Task": f"{study.task.name.replace('_', ' ')}: {study.task.summary}",
        "Objective": "; ".join(f"{one.metric}, {_EXTREMES[one.direction]}" for one in study.objectives),
        "Constraints": _constraints(study),
        "Search": _search(study.config.get("search", {})),
        "Budget": _budget(study),
        "Seeds": _seeds(study),
        "Side by side": f"{study.slots} trial{'s' if study.slots > 1 else ''} ({_runner(study)})",
    }
    config = re.sub(r"(password=)[^&\s'\"]*", r"\1***", shown(OmegaConf.to_yaml(OmegaConf.create(dict(study.config)))))
    return Asked([(name, value) for name, value in facts.items() if value], _searched(study), config)


def _search(search: Mapping[str, Any]) -> str:
    own = [f"{key} {value}" for key, value in search.items() if key not in _GENERAL and isinstance(value, str)]
    told = [str(search.get("name", "")), *(one for one in own if not one.startswith(("storage", "study")))]
    return ", ".join(filter(None, told))


def _budget(study: StudyRecord) -> str:
    told = [f"at most {study.max_trials:,} trial{'s' if study.max_trials > 1 else ''}"]
    search = study.config.get("search", {})
    if search.get("timeout"):
        told.append(f"at most {duration(float(search['timeout']))}")
    if search.get("target") is not None:
        told.append(f"until {study.objective} reaches {short(search['target'])}")
    if search.get("patience"):
        told.append(f"until {search['patience']} trials bring nothing better")
    epochs = study.config.get("training", {}).get("epochs")
    if isinstance(epochs, int):
        told.append(f"{epochs} epochs each")
    if study.folds > 1:
        told.append(f"{study.folds} folds each")
    return "; ".join(told)


def _seeds(study: StudyRecord) -> str:
    search = study.config.get("search", {})
    told = [f"seed {study.seed}"]
    if int(search.get("seeds") or 1) > 1:
        told.append(f"each configuration trained with {search['seeds']} seeds")
    if search.get("confirm"):
        told.append(f"the best confirmed with fresh seeds (search.confirm={search['confirm']})")
    return "; ".join(told)


def _constraints(study: StudyRecord) -> str:
    found = study.config.get("search", {}).get("constraints") or {}
    if not hasattr(found, "items"):
        return short(found)
    return "; ".join(f"{name} {_bounds(one)}" for name, one in found.items())


def _bounds(one: Any) -> str:
    return ", ".join(f"{key} {short(value)}" for key, value in one.items()) if hasattr(one, "items") else short(one)


def _runner(study: StudyRecord) -> str:
    runner = study.config.get("runner", {})
    told = [f"runner {runner.get('name', '')}".strip()]
    told += [f"{runner[key]} {what}" for key, what in _TAKEN.items() if runner.get(key) is not None]
    return ", ".join(told)


_TAKEN = {"cpus_per_trial": "cores each", "memory_gb": "GB of memory each"}


def _searched(study: StudyRecord) -> list[tuple[str, str, str, str]]:
    try:
        space = parse(study.config)
    except SpaceError:
        return []
    best = study.best.params if study.best else {}
    return [
        (path, _space(one), _condition(one), short(best[path]) if path in best else "")
        for path, one in space.parameters.items()
    ]


def _space(parameter: Parameter) -> str:
    return f"{parameter}{', logarithmic' if getattr(parameter, 'log', False) else ''}"


def _condition(parameter: Parameter) -> str:
    return "; ".join(f"{path} is {' or '.join(map(short, allowed))}" for path, allowed in parameter.when.items())
