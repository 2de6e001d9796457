"""Arrays in files, their memory shared between processes and frameworks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import tensorflow as tf

_ALIGNMENT = 64


def mapped(path: Path) -> np.ndarray | None:
    """The array in a file, its pages shared between processes.

    Copy-on-write mapping makes it writable, which TensorFlow asks of memory that it takes over without a copy;
    nobody writes.
    """
    return np.asarray(np.load(path, mmap_mode="c")) if path.is_file() else None


def shared_tensor(array: np.ndarray) -> tf.Tensor:
    """A tensor over the array's own memory where TensorFlow can take it, as it can a mapped file's, else a copy.

    TensorFlow aborts the process on memory that is not aligned as its own allocations are.
    """
    import tensorflow as tf

    aligned = array.size and array.flags.c_contiguous and array.ctypes.data % _ALIGNMENT == 0
    if aligned and array.dtype.kind in "fiu" and array.dtype.isnative:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.constant(array)
