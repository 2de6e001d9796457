"""What is installed, by name: entry points, and the data configurations that are made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl import registry
from automl.commands.help import summary
from automl.config.faces import FOLDERS, face_file, fault
from automl.config.sections import face_of
from automl.config.source import Source
from automl.errors import PluginError, nearest
from automl.registry import Group

if TYPE_CHECKING:
    from pathlib import Path

    from automl.registry import Entry


@dataclass(frozen=True)
class Found:
    """A plugin.

    Attributes:
        entry: Its entry point.
        choice: What the command line calls it; of a data configuration another than the loader's name.
        face: The file that describes it; None where it has none.
        fault: What is wrong with it, as far as files tell.
    """

    entry: Entry
    choice: str
    face: Path | None
    fault: str

    @property
    def folder(self) -> str:
        """The configuration group that it is a choice of; empty where it is none."""
        return FOLDERS.get(self.entry.group, "")

    @property
    def summary(self) -> str:
        """One line about it: its face's, or its class's where that is the face of one of several."""
        if self.face is None or self.face.stem != self.choice:
            defined = Source(self.entry).defined
            return defined.summary.replace("``", "") if defined is not None else ""
        return summary(self.face)

    @property
    def values(self) -> dict[str, Any]:
        """Its face as plain values; empty where that cannot be read."""
        return {} if self.fault or self.face is None else face_of(self.folder, self.face.stem)


def found(entry: Entry, choice: str | None = None) -> Found:
    """A plugin, by the configuration of that name, or else its own."""
    name = entry.name if choice is None else choice
    path = registry.config_file(FOLDERS[entry.group], name) if choice is not None else _face(entry)
    return Found(entry, name, path, fault(entry))


def _face(entry: Entry) -> Path | None:
    return face_file(entry) if entry.group in FOLDERS else None


def named(name: str) -> list[Found]:
    """All of that name: an entry of any group, or a data configuration.

    Raises:
        PluginError: There is none; the nearest are named.
    """
    several = [found(registry.entry(group, name)) for group in Group if name in registry.names(group)]
    if several:
        return several
    loader = face_of("data", name)
    if loader:
        entry = registry.entry(Group.DATASETS, str(loader.get("loader") or loader.get("name")))
        return [found(entry, name)]
    known = {one for group in Group for one in registry.names(group)} | set(registry.choices("data"))
    raise PluginError(f"Nothing of the name '{name}' is installed. {nearest(name, known)}")
