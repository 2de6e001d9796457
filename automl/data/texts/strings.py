"""Texts of any length in two arrays that every worker maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from automl.data.memory import mapped

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def save_strings(texts: Sequence[str], folder: Path, name: str) -> None:
    """Write texts as their bytes in UTF-8 and the places where they end."""
    encoded = [text.encode() for text in texts]
    np.save(folder / f"{name}.bytes.npy", np.frombuffer(b"".join(encoded), np.uint8))
    np.save(folder / f"{name}.ends.npy", np.cumsum([len(one) for one in encoded], dtype=np.int64))


class Strings:
    """Texts that ``save_strings`` wrote, read by number."""

    def __init__(self, folder: Path, name: str) -> None:
        content, ends = mapped(folder / f"{name}.bytes.npy"), mapped(folder / f"{name}.ends.npy")
        assert content is not None
        assert ends is not None
        self._bytes, self._ends = content, ends

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """The texts of these numbers, as an array of objects."""
        return np.array([self._one(int(row)) for row in rows], object)

    def _one(self, row: int) -> str:
        first = int(self._ends[row - 1]) if row else 0
        return self._bytes[first : int(self._ends[row])].tobytes().decode()
