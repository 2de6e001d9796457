"""Files that are one another's copies."""

from __future__ import annotations

import filecmp
from typing import TYPE_CHECKING

from automl.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def refuse_same(files: Sequence[Path], held: Sequence[Path], key: str) -> None:
    """Refuse a held-out part one of whose files is one that models learn from.

    Args:
        files: What models learn from.
        held: The files of the part.
        key: How the configuration names it.

    Raises:
        DataError: A file is in both, or its content is.
    """
    sizes: dict[int, list[Path]] = {}
    for other in files:
        sizes.setdefault(other.stat().st_size, []).append(other)
    for one in held:
        for other in sizes.get(one.stat().st_size, []):
            if one.samefile(other) or filecmp.cmp(one, other, shallow=False):
                raise DataError(
                    f"{key}: a file that models learn from says nothing of new data. Received: {one}, the same as"
                    f" {other}. Name another file, or leave {key} out."
                )
