"""Arrays out of an .npz file, which may be anything else under that name."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from automl.errors import DataError
from automl.resources import free_memory, in_words

if TYPE_CHECKING:
    from pathlib import Path

# An array is held once as it is stored, and once more while parts are joined and brought to floats.
_COPIES = 2
_ENCRYPTED = 0x1


class NpzFile:
    """The arrays of an .npz file by name; a context manager.

    Args:
        path: The file.
        key: How the user named it, for messages.

    Raises:
        DataError: It is no zip of arrays, or cannot be read.
    """

    def __init__(self, path: Path, key: str = "data.path") -> None:
        self.path = path
        self._key = key
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise DataError(
                f"{key}: {path} cannot be read as an .npz file of plain arrays, a zip that numpy.savez writes:"
                f" {_what_it_is(path, error)}"
            ) from error
        self._members = {info.filename.removesuffix(".npy"): info for info in self._zip.infolist()}

    @property
    def names(self) -> list[str]:
        """What the file holds."""
        return list(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def read(self, name: str) -> np.ndarray:
        """The array of that name, one row a sample, in the machine's own byte order.

        Raises:
            DataError: There is none, it is damaged, encrypted, too large for memory, of Python objects, or a scalar.
        """
        if name not in self._members:
            raise DataError(
                f"{self._key}: there is no array '{name}' in {self.path}. The file holds: {', '.join(self.names)}."
            )
        try:
            array = self._load(self._members[name])
        except Exception as error:  # damage shows in zipfile, zlib, or NumPy's own parsing of headers
            raise self._unreadable(name, error) from error
        if array.ndim == 0:
            raise DataError(f"{self._key}: '{name}' in {self.path} is a single value; expected one row a sample.")
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))

    def _load(self, member: zipfile.ZipInfo) -> np.ndarray:
        if member.flag_bits & _ENCRYPTED:
            raise _RefusedError("it is encrypted. Write it without a password")
        needed, free = _COPIES * member.file_size, free_memory()
        if needed > free:
            raise _RefusedError(
                f"it takes {in_words(needed)} of memory, and {in_words(free)} are free. Use fewer samples, or images"
                " in a folder, which are read one by one (data=image_folder)"
            )
        with self._zip.open(member) as file:
            version = np.lib.format.read_magic(file)
            read: Any = (
                np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            )
            shape, _, dtype = read(file)
            _check_header(shape, dtype, member.file_size)
        with self._zip.open(member) as file:
            return np.asarray(np.lib.format.read_array(file, allow_pickle=False))

    def _unreadable(self, name: str, error: Exception) -> DataError:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        return DataError(
            f"{self._key}: {self.path} cannot be read as an .npz file of plain arrays: '{name}': {reason}."
        )


class _RefusedError(Exception):
    """An array is not read, for the reason told."""


def _check_header(shape: tuple[int, ...], dtype: np.dtype[Any], size: int) -> None:
    """Refuse what only a pickle could hold, and a header that promises more than there is."""
    if dtype.hasobject:
        raise _RefusedError("it holds Python objects. Write numbers or text, such as y.astype(str)")
    promised = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if promised > size:
        raise _RefusedError(f"it ends too early: {in_words(size)} of {in_words(promised)}. Write or copy it again")


def _what_it_is(path: Path, error: Exception) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as refused:
        return f"{refused.strerror or refused}."
    if not start:
        return "it is empty."
    if start.startswith(b"\x93NUMPY"):
        return "it is a single .npy array. Write it with numpy.savez(path, x=..., y=...)."
    if start.startswith(b"PK"):
        return "the zip is damaged or cut short. Write or copy it again."
    return f"it is another kind of file ({error})."
