"""Where a trial stands, in one file: written whole, seldom enough to cost little, and checked when it is read."""

from __future__ import annotations

import hashlib
import json
import time
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.files import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECONDS = 5.0
"""The least time between two checkpoints: what is lost by a shorter trial is soon learned again."""

_SHARE = 0.015
"""The share of the time that writing takes at most, where it takes as long as the time before."""

_FORMAT = 1
_TREE, _ARRAY = "tree", "$array"
_DAMAGES = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    IndexError,
    NotImplementedError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a file raises that was cut short, or whose bits have changed."""


class CheckpointError(Exception):
    """A checkpoint cannot be used; the text says why."""


class Checkpoint:
    """A trial's checkpoint: mappings and lists of arrays, numbers, texts and None, without pickles.

    Args:
        path: The file.
        made_by: Plain values; a checkpoint that was made by others is refused.
        seconds: The least time between two of them.
        since: When there was nothing to write yet, by ``time.monotonic``.
    """

    def __init__(self, path: Path, made_by: Any, seconds: float, since: float) -> None:
        self.path = path
        self._made_by = hashlib.sha256(json.dumps(made_by, sort_keys=True, default=str).encode()).hexdigest()
        self._seconds = seconds
        self._next = since + seconds

    @property
    def seconds_left(self) -> float:
        """Until it is time to write again."""
        return self._next - time.monotonic()

    def due(self) -> bool:
        """Whether it is time to write again."""
        return self.seconds_left <= 0.0

    def write(self, tree: Mapping[str, Any]) -> None:
        """Write beside and rename.

        Raises:
            OSError: The disk is full; the checkpoint before is still there.
        """
        began = time.monotonic()
        arrays: list[np.ndarray] = []
        content = json.dumps({"format": _FORMAT, "made_by": self._made_by, "state": _folded(tree, arrays)})
        named = {str(number): array for number, array in enumerate(arrays)}
        with replacing(self.path) as file:
            np.savez(file, **{_TREE: np.frombuffer(content.encode(), np.uint8)}, **named)  # type: ignore[arg-type]
        ended = time.monotonic()
        self._next = ended + max(self._seconds, (ended - began) / _SHARE if self._seconds else 0.0)

    def read(self) -> dict[str, Any] | None:
        """What was written last, arrays as NumPy's; None where nothing was.

        Raises:
            CheckpointError: It is damaged, or was made by another configuration.
        """
        if not self.path.exists():
            return None
        try:
            with np.load(self.path, allow_pickle=False) as file:
                content = json.loads(file[_TREE].tobytes())
                arrays = [file[str(number)] for number in range(len(file.files) - 1)]
            if (content["format"], content["made_by"]) != (_FORMAT, self._made_by):
                raise CheckpointError(f"{self.path} was made by another configuration.")
            state: dict[str, Any] = _unfolded(content["state"], arrays)
        except _DAMAGES as error:
            raise CheckpointError(f"{self.path} is damaged ({error}).") from error
        return state

    def remove(self) -> None:
        """Delete the file, if there is one."""
        self.path.unlink(missing_ok=True)


def _folded(tree: Any, arrays: list[np.ndarray]) -> Any:
    """The tree with its arrays put aside, each in its place a number."""
    if isinstance(tree, np.ndarray | np.generic):
        arrays.append(np.asarray(tree))
        return {_ARRAY: len(arrays) - 1}
    if hasattr(tree, "items"):
        return {key: _folded(value, arrays) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_folded(value, arrays) for value in tree]
    return tree


def _unfolded(tree: Any, arrays: list[np.ndarray]) -> Any:
    if isinstance(tree, dict):
        if _ARRAY in tree:
            return arrays[tree[_ARRAY]]
        return {key: _unfolded(value, arrays) for key, value in tree.items()}
    return [_unfolded(value, arrays) for value in tree] if isinstance(tree, list) else tree
