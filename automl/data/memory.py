"""Arrays in files, their memory shared between processes and frameworks."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

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


def new_mapped(path: Path, dtype: Any, shape: tuple[int, ...]) -> np.memmap[Any, Any]:
    """An array in a new file, mapped for writing, its room on the disk taken at once.

    A file that grows while it is written through a mapping ends the process where the disk is full.

    Raises:
        OSError: The disk has no room for it.
    """
    array = np.lib.format.open_memmap(path, "w+", dtype, shape)
    with path.open("r+b") as file:
        size = path.stat().st_size
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
                raise
    return array


def shared_tensor(array: np.ndarray) -> tf.Tensor:
    """A tensor over the array's own memory where TensorFlow can take it, as it can a mapped file's, else a copy.

    TensorFlow aborts the process on memory that is not aligned as its own allocations are.
    """
    import tensorflow as tf

    aligned = array.size and array.flags.c_contiguous and array.ctypes.data % _ALIGNMENT == 0
    if aligned and array.dtype.kind in "fiu" and array.dtype.isnative:
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())
    return tf.constant(array)
