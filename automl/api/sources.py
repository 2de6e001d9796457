"""Which loader reads a file, a folder, a table or an array."""

from __future__ import annotations

from collections import Counter
from glob import glob
from typing import TYPE_CHECKING

from automl.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import pandas as pd

_TABLES = {
    "csv": ("tabular_classification", "tabular_regression"),
    "text_csv": ("text_classification",),
    "time_series": ("forecasting",),
}
"""Loaders of tables, and the tasks of their data."""
_TABLE_SUFFIXES = frozenset({".csv", ".tsv", ".tab", ".parquet", ".pq"})
_PACKED = frozenset({".gz", ".bz2", ".xz", ".zst"})
_ROWS = 200


def path_loader(path: Path, target: str | None, tasks: Collection[str]) -> tuple[str, Path]:
    """The loader of a file, a folder or a pattern, and the path that it is to read.

    Raises:
        DataError: It cannot be told.
    """
    suffix = _suffix(path)
    if path.is_dir() or suffix == ".zip":
        return _tree_loader(path, target, tasks)
    if suffix == ".npz":
        return "npz", path
    if suffix in _TABLE_SUFFIXES:
        fitting = _fitting(target, tasks)
        return (fitting[0] if len(fitting) == 1 else _by_content(_head(path), fitting)), path
    raise DataError(
        f"data: a file's suffix tells how it is read: {', '.join(sorted(_TABLE_SUFFIXES))}, .npz or .zip. For another"
        f' one name the loader: data={{"loader": "csv", "path": ...}}. Received: {path}'
    )


def table_loader(frame: pd.DataFrame, target: str | None, tasks: Collection[str]) -> str:
    """The loader of a table in memory."""
    fitting = _fitting(target, tasks)
    return fitting[0] if len(fitting) == 1 else _by_content(frame.head(_ROWS), fitting)


def array_loader(rank: int, tasks: Collection[str]) -> tuple[str, str]:
    """The loader of an array of that rank, and the task: images, unless the model takes sequences and no images."""
    sequences = rank == 3 and "sequence_classification" in tasks and "image_classification" not in tasks
    return "npz", "sequence_classification" if sequences else "image_classification"


def _fitting(target: str | None, tasks: Collection[str]) -> list[str]:
    """The loaders of tables whose data suit a model, most likely first; rows of columns where none does."""
    fitting = [loader for loader, served in _TABLES.items() if set(served) & set(tasks)]
    if "csv" in fitting and target is not None:
        return ["csv"]
    return fitting or ["csv"]


def _by_content(head: pd.DataFrame, fitting: list[str]) -> str:
    """Of several loaders, that of texts where a column holds words; else the last, that of series."""
    from automl.data.tables.columns import judge, survey

    kinds = [column.kind for name, seen in survey([head]).items() if (column := judge(name, seen)[0]) is not None]
    words = [seen for seen in survey([head]).values() if not seen.numeric and not seen.dates.alive]
    told = "text_csv" if words or "categorical" in kinds else "time_series"
    return told if told in fitting else fitting[0]


def _head(path: Path) -> pd.DataFrame:
    from automl.data.tables.reading import Tables, find_files

    return next(Tables(find_files(str(path), "data")).chunks(_ROWS))


def _tree_loader(path: Path, target: str | None, tasks: Collection[str]) -> tuple[str, Path]:
    """The loader of most of the files in a folder or a zip."""
    from automl.data.files.tree import Tree
    from automl.data.images.decoding import SUFFIXES

    files = Tree(path).files()
    suffixes = Counter(file.suffix.lower() for file in files)
    counts = {
        "images": sum(suffixes[one] for one in SUFFIXES),
        "texts": suffixes[".txt"],
        "tables": sum(suffixes[one] for one in _TABLE_SUFFIXES) if path.is_dir() else 0,
    }
    most = max(counts, key=lambda kind: counts[kind])
    if counts[most] == 0:
        held = ", ".join(f"{count} {suffix or 'without a suffix'}" for suffix, count in suffixes.most_common(3))
        raise DataError(f"data: {path} holds no images, texts or tables. It holds: {held or 'nothing'}.")
    if most == "tables":
        suffix = max(_TABLE_SUFFIXES, key=lambda one: suffixes[one])
        pattern = path / f"*{suffix}"
        if not glob(str(pattern)):  # noqa: PTH207 - the loader reads the pattern in the same way
            raise DataError(f"data: the {suffix} files of {path} lie in folders below it. Name one pattern for them.")
        return path_loader(pattern, target, tasks)
    return ("image_folder" if most == "images" else "text_csv"), path


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    while suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""
