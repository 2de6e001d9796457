"""What a user hands over as ``data``: a name, a path, a mapping, a table or arrays, as keys of the ``data`` section."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl import registry
from automl.api.sources import array_loader, path_loader, table_loader
from automl.config.sections import face_of
from automl.errors import ConfigError, DataError, nearest, shown

if TYPE_CHECKING:
    from collections.abc import Collection

    from automl.api.inputs import Held

_KINDS = "the name of a data set, a path, a DataFrame, a pair (x, y) of arrays, or a mapping of the keys under data"


@dataclass(frozen=True)
class Given:
    """Data as a configuration names them.

    Attributes:
        section: The ``data`` section: a choice as ``loader`` and keys beside it; empty for the model's own.
        held: What is in memory, and has to be written to a file first, if anything.
    """

    section: Mapping[str, Any] = field(default_factory=dict)
    held: Held | None = None


def read_given(data: Any, target: str | None, tasks: Collection[str]) -> Given:
    """What ``data`` stands for.

    Args:
        data: As the user gave it.
        target: The column to predict, where the data are a table.
        tasks: Those that the model takes; where a table serves several kinds of data, they tell which.

    Raises:
        DataError: There is no such data set, file or folder, or what was given is unfit.
        ConfigError: ``target`` does not go with it.
    """
    if data is None:
        given = Given()
    elif isinstance(data, Mapping):
        given = Given(data)
    elif isinstance(data, str) and data in registry.choices("data"):
        given = Given({"loader": data})
    elif isinstance(data, str | Path):
        given = _path(data, target, tasks)
    else:
        return _in_memory(data, target, tasks)
    return Given({**given.section, **_target(given.section, target)}) if target is not None else given


def _path(data: str | Path, target: str | None, tasks: Collection[str]) -> Given:
    path = Path(data)
    if not path.exists() and not has_magic(str(path)):
        if isinstance(data, Path) or path.suffix or len(path.parts) > 1:
            raise DataError(f"data: there is no such file or folder. Received: {data}")
        raise DataError(f"data: there is no data set {shown(data)}. {nearest(data, registry.choices('data'))}")
    loader, path = path_loader(path, target, tasks)
    return Given({"loader": loader, "path": path.absolute()})


def _target(section: Mapping[str, Any], target: str) -> dict[str, str]:
    """The key that names the target: ``target``, or ``label`` where texts have one."""
    loader = str(section.get("loader") or section.get("name"))
    face = face_of("data", loader)
    for key in ("label", "target"):
        if key in face and loader != "npz":
            return {key: target}
    raise ConfigError(f"target: data={loader} has no column to choose. Leave it out. Received: {shown(target)}.")


def _in_memory(data: Any, target: str | None, tasks: Collection[str]) -> Given:
    from automl.api.inputs import ArraysHeld, TableHeld, as_arrays, as_table

    x, y = data if isinstance(data, tuple) and len(data) == 2 else (data, None)
    if is_frame(x):
        frame, target = as_table(x, y, target)
        loader = table_loader(frame, target, tasks)
        keys = {} if target is None else _target({"loader": loader}, target)
        return Given({"loader": loader, "name": "table", **keys}, TableHeld(frame))
    if not (isinstance(x, list) or hasattr(x, "__array__")) or (isinstance(data, list) and y is None):
        raise DataError(f"data: expected {_KINDS}. Received: {type(data).__name__}.{_hint(data)}")
    if target is not None:
        raise ConfigError(f"target: arrays have no columns to choose. Leave it out. Received: {shown(target)}.")
    arrays = as_arrays(x, y)
    if isinstance(arrays, TableHeld):
        loader = table_loader(arrays.frame, arrays.target, tasks)
        keys = {} if arrays.target is None else _target({"loader": loader}, arrays.target)
        keys |= {"text": "text"} if loader == "text_csv" else {}
        return Given({"loader": loader, "name": "arrays", **keys}, arrays)
    assert isinstance(arrays, ArraysHeld)
    loader, task = array_loader(arrays.x.ndim, tasks)
    return Given({"loader": loader, "name": "arrays", "task": task}, arrays)


def is_frame(value: Any) -> bool:
    """Whether a value is a pandas DataFrame; pandas is not imported to tell."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.DataFrame)


def _hint(data: Any) -> str:
    if isinstance(data, list | tuple) and len(data) == 2:
        return " Give the two as a tuple: (x, y)."
    if "tensorflow" in type(data).__module__:
        return " Give a tf.data.Dataset as arrays: (x, y)."
    return ""
