"""``model=auto``: every family that takes the data, each composed as if it had been named; faces alone are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from automl import registry
from automl.config.faces import fault
from automl.config.keys import chosen
from automl.config.sections import face_of
from automl.config.served import served
from automl.errors import ConfigError, PluginError, TaskError, nearest, shown
from automl.registry import Group
from automl.space import FAMILIES
from automl.tasks import task_info, task_names

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

AUTO = "auto"
"""The choice of ``model`` that stands for all families, and what is chosen where none is."""

_OWN = ("families", "exclude")
_LAST = 100
"""The place in line of a family whose face has no ``order``."""
_WORD = re.compile(r"(?P<prefix>\+\+|\+|~)?(?P<section>[a-z]+)(?:\.(?P<rest>[^=]+))?(?P<value>=.*)?", re.DOTALL)


def expanded(
    config: dict[str, Any], words: Sequence[str], compose: Callable[[list[str]], dict[str, Any]]
) -> dict[str, Any]:
    """A configuration of ``model=auto`` with the ``model`` and ``training`` sections of every family.

    Args:
        config: As it was composed.
        words: The overrides that it was composed of.
        compose: Composes other overrides.

    Raises:
        ConfigError: A key is none of ``model=auto``, or a family is named that is not installed.
        TaskError: No family takes the data.
    """
    names = _candidates(config)
    taken = _Words(words, names, str(config["data"].get("loader") or config["data"]["name"]))
    sections = {}
    for name in names:
        one = compose(taken.of(name))
        sections[name] = {key: one[key] for key in ("model", "training")}
    taken.check()
    model = {**config["model"], "families": names, "tasks": _tasks(sections)}
    return {**config, "model": model, FAMILIES: sections, **_ensemble(config, words)}


def _ensemble(config: Mapping[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """What is handed back: models of several families are better together, where their predictions have a mean."""
    is_chosen = any(word.startswith(("ensemble=", "ensemble.")) for word in words)
    is_averaged = all(task_info(task).target in ("class", "value") for task in possible_tasks(config["data"]))
    several = isinstance(config["search"].get("objective"), list)
    return {"ensemble": face_of("ensemble", "greedy")} if is_averaged and not (is_chosen or several) else {}


def own(words: Sequence[str]) -> list[str]:
    """The overrides that the configuration of ``model=auto`` itself is composed of: those of families are left out."""
    return [word for word in words if not word.lstrip("+~").startswith((f"{FAMILIES}.", "training."))]


def _tasks(sections: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(task for one in sections.values() for task in one["model"].get("tasks") or ()))


def _candidates(config: Mapping[str, Any]) -> list[str]:
    """The families that are tried, the cheap ones first."""
    model, data = config["model"], config["data"]
    if unknown := [key for key in model if key not in ("name", *_OWN)]:
        raise ConfigError(
            f"model.{unknown[0]}: model=auto has the keys {' and '.join(_OWN)}. A family's own is written"
            f" families.<family>.model.{unknown[0]}=<value>."
        )
    installed = registry.entries(Group.MODELS)
    wanted = _named(model.get("families"), "families", installed)
    excluded = _named(model.get("exclude"), "exclude", installed) or []
    tasks = possible_tasks(data)
    found = [
        name
        for name in (installed if wanted is None else wanted)
        if name not in excluded and (wanted is not None or not fault(installed[name])) and _takes(name, data, tasks)
    ]
    if not found:
        raise _none(data, tasks, wanted, excluded)
    return sorted(found, key=lambda name: (face_of("model", name).get("order", _LAST), name))


def _named(names: Any, key: str, installed: Collection[str]) -> list[str] | None:
    """Families that the user names.

    Raises:
        ConfigError: They are no list of names.
        PluginError: One is not installed.
    """
    if names is None:
        return None
    names = [names] if isinstance(names, str) else names
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise ConfigError(
            f"model.{key}: expected a list of families, as in model.{key}=[mlp]. Received: {shown(names)}."
        )
    for name in names:
        if name not in installed:
            raise PluginError(f"model.{key}: the family {shown(name)} is not installed. {nearest(name, installed)}")
    return list(dict.fromkeys(names))


def possible_tasks(data: Mapping[str, Any]) -> list[str]:
    """The task of the data, or where they are yet to tell it those that it may be."""
    if (task := data.get("task")) is not None:
        return [str(task)]
    face = face_of("data", str(data["name"])) or face_of("data", str(data.get("loader")))
    known = task_names()
    named = [task for task in face.get("tasks") or () if task in known]
    return named or [task for task in known if task_info(task).target in ("class", "value", "tensor")]


def _takes(name: str, data: Mapping[str, Any], tasks: Collection[str]) -> bool:
    own_tasks = face_of("model", name).get("tasks") or []
    return bool(set(own_tasks) & set(tasks)) and served(data, own_tasks) is None


def _none(
    data: Mapping[str, Any], tasks: Sequence[str], wanted: Sequence[str] | None, excluded: Sequence[str]
) -> TaskError:
    takers = [name for name in registry.entries(Group.MODELS) if _takes(name, data, tasks)]
    what = f"data={data['name']}, {' or '.join(tasks) or 'of no task'}"
    if wanted is not None or excluded:
        given = f"model.families={_listed(wanted)}" if wanted is not None else f"model.exclude={_listed(excluded)}"
        return TaskError(
            f"model=auto: no family is left that takes {what}. Received: {given}. Families that do:"
            f" {', '.join(takers) or 'none is installed'}."
        )
    known = [name for name in registry.choices("model") if face_of("model", name).get("tasks")]
    return TaskError(f"model=auto: no installed family takes {what}. Installed: {', '.join(known) or 'none'}.")


def _listed(names: Sequence[str]) -> str:
    return f"[{','.join(names)}]"


class _Words:
    """The overrides of a command line, for each family those that are its own.

    Args:
        words: In Hydra's words.
        names: The families.
        data: What was chosen for the data: a family's face may bring data of its own.

    Raises:
        ConfigError: The kind of training is chosen, of which each family has its own.
    """

    def __init__(self, words: Sequence[str], names: Sequence[str], data: str) -> None:
        self._names = names
        self._data = data
        self._parsed = [(word, match) for word in words if (match := _WORD.fullmatch(word)) is not None]
        self._unused = {word for word, match in self._parsed if match["section"] == "training"}
        for word, match in self._parsed:
            if match["section"] == "training" and match["rest"] is None:
                raise ConfigError(
                    "training: with model=auto each family has its own kind of training. Set keys, as in"
                    f" training.epochs=20, or name a model. Received: {word.lstrip('+')}."
                )
            if match["section"] == FAMILIES and (match["rest"] or "").partition(".")[0] not in names:
                asked = str(match["rest"]).partition(".")[0]
                raise ConfigError(f"families: there is no family {shown(asked)} among them. {nearest(asked, names)}")

    def of(self, name: str) -> list[str]:
        """What a family is composed of."""
        return [f"+model={name}", *self._rest(name)]

    def check(self) -> None:
        """Refuse keys of training that no family has.

        Raises:
            ConfigError: The message names the key.
        """
        for word in sorted(self._unused):
            key = word.lstrip("+~").partition("=")[0]
            known = dict.fromkeys(f"training.{field}" for name in self._names for field in self._fields(name))
            raise ConfigError(f"{key}: no family has such a key. {nearest(key, known)}")

    def _rest(self, name: str) -> Iterator[str]:
        has_data = False
        fields = self._fields(name)
        for word, match in self._parsed:
            section, rest = match["section"], match["rest"] or ""
            if section == "model":
                continue
            if section == FAMILIES:
                family, _, inner = rest.partition(".")
                if family == name:
                    yield f"{match['prefix'] or ''}{inner}{match['value'] or ''}"
            elif section == "training":
                if rest.partition(".")[0] in fields:
                    self._unused.discard(word)
                    yield word
            else:
                has_data |= section == "data" and not rest
                yield word
        if not has_data:
            yield f"data={self._data}"

    def _fields(self, name: str) -> set[str]:
        """The keys of a family's ``training`` section."""
        return set(face_of("training", chosen([f"+model={name}"])["training"]))
