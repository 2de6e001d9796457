"""New samples out of NumPy's files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data.arrays.npz_file import NpzFile
from automl.data.samples import Samples
from automl.data.spec import TensorSpec
from automl.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from automl.data.spec import DataSpec

SUFFIXES = frozenset({".npy", ".npz"})
_CHUNK_BYTES = 1 << 26


def array_samples(path: str, spec: DataSpec, name: str = "x") -> Iterator[Samples]:
    """The rows of an array, some megabytes at a time.

    Args:
        path: A .npy file, or an .npz file that holds an array of that name, or one array alone.
        spec: Of the data that the model learned from.
        name: Of the array.

    Raises:
        DataError: There is no such file or array, or it is of another shape than the model's samples.
    """
    import pandas as pd

    rows = fitted(_read(Path(path), name), spec)
    size = max(1, _CHUNK_BYTES // max(1, rows[:1].nbytes))
    for start in range(0, len(rows), size):
        chunk = np.ascontiguousarray(rows[start : start + size])
        yield Samples(chunk, pd.DataFrame({"row": np.arange(start + 1, start + len(chunk) + 1)}))


def fitted(rows: np.ndarray, spec: DataSpec) -> np.ndarray:
    """Samples of the model's shape, one a row; grey images may lack the axis of their channel.

    Raises:
        DataError: They are none.
    """
    inputs = spec.inputs
    if not isinstance(inputs, TensorSpec):
        raise DataError(f"predict: the model of data={spec.name} takes columns by name. Received: an array.")
    if inputs.shape[-1:] == (1,) and _fits(rows.shape[1:], inputs.shape[:-1]):
        rows = rows[..., np.newaxis]
    if not rows.ndim or not _fits(rows.shape[1:], inputs.shape) or rows.dtype.kind not in "biuf":
        wanted = ", ".join("any" if length is None else str(length) for length in inputs.shape)
        kind = "an array" if rows.dtype.kind in "biuf" else f"an array of {rows.dtype}"
        raise DataError(
            f"predict: the model of data={spec.name} takes samples of shape ({wanted}), one a row."
            f" Received: {kind} of shape {rows.shape}."
        )
    return rows


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(
        one is None or one == length for one, length in zip(wanted, shape, strict=True)
    )


def _read(path: Path, name: str) -> np.ndarray:
    if not path.is_file():
        raise DataError(f"predict: there is no such file. Received: {path}")
    if path.suffix.lower() == ".npz":
        with NpzFile(path, key="predict") as stored:
            return stored.read(name if name in stored or len(stored.names) != 1 else stored.names[0])
    try:
        found: Any = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"predict: {path} cannot be read as an array of numbers: {error}") from error
    if not isinstance(found, np.ndarray):
        raise DataError(f"predict: {path} holds several arrays; give it the suffix .npz.")
    return found
