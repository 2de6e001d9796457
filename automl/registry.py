"""Entry points turned into names and configuration folders; nothing is imported until it is asked for."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.errors import PluginError, nearest
from automl.failure import place, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator


class Group(StrEnum):
    """The entry-point groups that a distribution can offer something in."""

    MODELS = "automl.models"
    DATASETS = "automl.datasets"
    TASKS = "automl.tasks"
    TRAINING = "automl.training"
    LOSSES = "automl.losses"
    OPTIMIZERS = "automl.optimizers"
    SEARCH_ENGINES = "automl.search_engines"
    RUNNERS = "automl.runners"

    @property
    def noun(self) -> str:
        """What one entry is called in a sentence."""
        return _NOUNS[self.value]

    @property
    def said(self) -> frozenset[str]:
        """What its faces say of a choice; all their other keys are fields of the class behind it."""
        return _SAID.get(self.value, frozenset({"name"}))


_NOUNS = {
    "automl.models": "model",
    "automl.datasets": "data loader",
    "automl.tasks": "task",
    "automl.training": "kind of training",
    "automl.losses": "loss function",
    "automl.optimizers": "optimizer",
    "automl.search_engines": "search engine",
    "automl.runners": "runner",
}
_SAID = {
    "automl.models": frozenset({"name", "summary", "tasks", "order", "default", "portfolio"}),
    "automl.datasets": frozenset({"name", "loader", "searchable", "serves", "tasks"}),
}


@dataclass(frozen=True)
class Entry:
    """One entry point.

    Attributes:
        name: What the user writes.
        group: What it is.
        target: ``module:attribute``.
        distribution: Name of the distribution that offers it.
        version: Version of that distribution.
    """

    name: str
    group: Group
    target: str
    distribution: str
    version: str

    @property
    def package(self) -> str:
        """The top-level package that the entry lives in."""
        return self.target.partition(":")[0].partition(".")[0]

    def load(self) -> Any:
        """Import the entry.

        Raises:
            PluginError: Its module cannot be imported, or lacks the attribute; the reason is told.
        """
        point = metadata.EntryPoint(self.name, self.target, self.group)
        try:
            return point.load()
        except ModuleNotFoundError as error:
            missing = error.name or str(error)
            if missing.partition(".")[0] == self.package:
                raise self._broken(f"there is no module {missing}{_at(error)}") from error
            hint = _extra_hint(self.distribution, missing)
            raise PluginError(
                f"The {self.group.noun} '{self.name}' needs the package '{missing}'{_at(error)}.{hint}"
            ) from error
        except AttributeError as error:
            module, _, name = self.target.partition(":")
            loaded = sys.modules.get(module)
            if loaded is None or hasattr(loaded, name.partition(".")[0]):
                raise self._broken(sentence(error)) from error
            classes = [key for key, value in vars(loaded).items() if getattr(value, "__module__", "") == module]
            raise self._broken(f"there is no '{name}' in {loaded.__file__}. {nearest(name, classes)}") from error
        except Exception as error:
            raise self._broken(sentence(error)) from error

    def _broken(self, why: str) -> PluginError:
        return PluginError(
            f"The {self.group.noun} '{self.name}' of {self.distribution} {self.version} cannot be imported"
            f" from {self.target}: {why}"
        )


@dataclass(frozen=True)
class Held(Entry):
    """A class that no distribution offers, as one of a notebook's cell.

    Attributes:
        cls: The class.
        conf: The configuration folder with its face; None where nothing is composed.
    """

    cls: type
    conf: Path | None

    def load(self) -> type:
        """The class itself."""
        return self.cls


_HELD: list[Held] = []


@contextmanager
def holding(held: Held) -> Iterator[None]:
    """An entry of this process alone, before those that are installed and listed among none of them, meanwhile."""
    _HELD.append(held)
    try:
        yield
    finally:
        _HELD.remove(held)


def held_class(target: str) -> type | None:
    """The class that is held under a target, if there is one."""
    return next((one.cls for one in reversed(_HELD) if one.target == target), None)


def _at(error: Exception) -> str:
    """The plugin's line that an import failed in."""
    line = place(error)
    return f" ({line})" if line else ""


def _extra_hint(distribution: str, module: str) -> str:
    """How to install a missing module: by the extra that asks for it, where there is one."""
    for requirement in metadata.requires(distribution) or ():
        name, _, marker = requirement.partition(";")
        if name.strip().lower().replace("-", "_").startswith(module.partition(".")[0].lower()) and "extra" in marker:
            extra = marker.partition("extra ==")[2].strip(" '\"")
            return f" Install the extra: pip install '{distribution}[{extra}]'"
    return f" Install it, or tell the authors of {distribution}."


@cache
def _scan() -> dict[Group, dict[str, tuple[Entry, ...]]]:
    """Every entry of every group by name; several of one name where distributions clash."""
    found: dict[Group, dict[str, tuple[Entry, ...]]] = {group: {} for group in Group}
    groups = {group.value: group for group in Group}
    seen: set[str] = set()
    for distribution in metadata.distributions():
        name = distribution.name
        if not name or name.lower() in seen:
            continue  # an older copy further down the path
        seen.add(name.lower())
        for point in distribution.entry_points:
            group = groups.get(point.group)
            if group is not None:
                entry = Entry(point.name, group, point.value, name, distribution.version)
                found[group][point.name] = (*found[group].get(point.name, ()), entry)
    return found


def names(group: Group) -> list[str]:
    """Every name that is offered in a group, sorted."""
    return sorted(_scan()[group])


def entries(group: Group) -> dict[str, Entry]:
    """The entries of a group by name; names that two distributions claim are left out."""
    return {name: several[0] for name, several in sorted(_scan()[group].items()) if len(several) == 1}


def entry(group: Group, name: str) -> Entry:
    """The entry of that name.

    Raises:
        PluginError: Nothing of that name is installed, or two distributions claim it.
    """
    for held in reversed(_HELD):
        if (held.group, held.name) == (group, name):
            return held
    several = _scan()[group].get(name, ())
    if len(several) > 1:
        claimants = " and ".join(f"{one.distribution} {one.version} ({one.target})" for one in several)
        raise PluginError(f"The {group.noun} '{name}' is offered twice: by {claimants}. Uninstall one of them.")
    if not several:
        raise PluginError(f"Unknown {group.noun} '{name}'. {nearest(name, names(group))}")
    return several[0]


def versions(package: str) -> list[str]:
    """The distributions that offer anything out of a top-level package, each with its version."""
    found = (one for group in _scan().values() for several in group.values() for one in several)
    return sorted({f"{one.distribution} {one.version}" for one in found if one.package == package})


def versions_of(group: Group, name: str) -> list[str]:
    """The distributions that offer an entry of a name, each with its version."""
    return [f"{one.distribution} {one.version}" for one in _scan()[group].get(name, ())]


@cache
def config_folders() -> dict[str, Path]:
    """The configuration folder of every package that offers an entry, by package; the core's own is not among them."""
    packages = {one.package for group in _scan().values() for several in group.values() for one in several}
    folders = {}
    for package in sorted(packages - {"automl"}):
        root = package_folder(package)
        if root is not None and (root / "conf").is_dir():
            folders[package] = root / "conf"
    return folders


def searched_folders() -> dict[str, Path]:
    """As ``config_folders``, with those of entries that are held; the core's own is not among them."""
    return {**config_folders(), **{one.target: one.conf for one in _HELD if one.conf is not None}}


def package_folder(package: str) -> Path | None:
    """Where a top-level package lies, found without importing it."""
    try:
        spec = PathFinder.find_spec(package, sys.path)
    except (ImportError, ValueError):
        return None
    if spec is None:
        spec = _find_elsewhere(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _find_elsewhere(package: str) -> ModuleSpec | None:
    """A package that a finder of its own knows, as of setuptools' editable installations; it is not imported."""
    try:
        return find_spec(package)
    except (ImportError, ValueError):
        return None


@cache
def core_config_folder() -> Path:
    """The core's own ``conf``: beside the package's modules in an installation, one level up in a checkout.

    Raises:
        PluginError: The installation is incomplete.
    """
    here = Path(__file__).resolve().parent
    for folder in (here / "conf", here.parent / "conf"):
        if (folder / "config.yaml").is_file():
            return folder
    raise PluginError(f"The configuration folder is missing from {here}. Reinstall automl.")


def config_file(group: str, choice: str) -> Path | None:
    """The YAML file behind a choice of a configuration group, such as ``("model", "cnn")``, if there is one."""
    for folder in (core_config_folder(), *searched_folders().values()):
        path = folder / group / f"{choice}.yaml"
        if path.is_file():
            return path
    return None


def choices(group: str) -> list[str]:
    """Every choice of a configuration group, sorted."""
    folders = (core_config_folder(), *searched_folders().values())
    return sorted({path.stem for folder in folders for path in (folder / group).glob("*.yaml")})
