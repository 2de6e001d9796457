"""Scikit-learn's bundled tables: real data that need no download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from automl.data.tables.loader import TableLoader
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


@dataclass
class SklearnTable(TableLoader):
    """``iris``, ``wine``, ``breast_cancer`` (classes) and ``diabetes`` (a value), as scikit-learn ships them.

    Attributes:
        table: Which one.
    """

    table: Literal["iris", "wine", "breast_cancer", "diabetes"] = "iris"

    @override
    def identity(self) -> Any:
        return f"scikit-learn {self.table}"

    @override
    def chunks(self) -> Iterator[pd.DataFrame]:
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{self.table}")(as_frame=True)
        frame = bunch.frame.copy()
        if "target_names" in bunch:
            frame["target"] = [str(bunch.target_names[number]) for number in frame["target"]]
        yield frame
