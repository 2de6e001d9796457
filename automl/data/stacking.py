"""Columns by their own names as the few tensors, with names of ours, that a graph takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from automl.data.tables.values import DATE_FORMAT, MISSING
from automl.errors import DataError, nearest

if TYPE_CHECKING:
    from automl.data.spec import DataSpec


def stacks(spec: DataSpec) -> dict[str, list[str]]:
    """The tensors of a trained model's graph, and the columns that stand side by side in each.

    A graph takes identifiers alone, and slowly thousands of inputs; so encoded columns enter it as one tensor a type,
    of shape (batch, columns). Empty where inputs enter as they are.
    """
    found: dict[str, list[str]] = {}
    if "encoding" in spec.details and isinstance(spec.inputs, Mapping):
        for name, one in spec.inputs.items():
            if one.shape == ():
                found.setdefault(f"{one.dtype}_columns", []).append(name)
    return found


class Stacking:
    """Brings raw inputs, a table or columns by name, into the tensors of ``stacks``.

    Columns may be in any order and others beside them; numbers may be whole, missing or spelled out.

    Args:
        spec: Names the columns and their types.
    """

    def __init__(self, spec: DataSpec) -> None:
        self._stacks = stacks(spec)
        self._types = {name: one.dtype for name, one in spec.inputs.items()} if self._stacks else {}  # type: ignore[union-attr]

    def __call__(self, inputs: Any) -> dict[str, np.ndarray]:
        """Arrays of shape (rows, columns), by the names of the tensors.

        Raises:
            DataError: A column is missing, or holds texts for numbers.
        """
        if not isinstance(inputs, Mapping | pd.DataFrame):
            raise DataError(f"predict: a table, or columns by name, is needed. Received: {type(inputs).__name__}.")
        given = {str(name).strip(): name for name in inputs}
        for name in self._types:
            if name not in given:
                raise DataError(f"predict: the column '{name}' is missing. {nearest(name, map(str, given))}")
        return {
            tensor: np.stack([_column(inputs[given[name]], name, self._types[name]) for name in names], axis=1)
            for tensor, names in self._stacks.items()
        }


def _column(values: Any, name: str, dtype: str) -> np.ndarray:
    if isinstance(values, np.ndarray) and (values.dtype == dtype or dtype == "string" == values.dtype.kind):
        return values
    column = pd.Series(values)
    return _strings(column) if dtype == "string" else _numbers(column, name, dtype)


def _numbers(column: pd.Series[Any], name: str, dtype: str) -> np.ndarray:
    found = pd.to_numeric(column, errors="coerce")
    broken = found.isna() & column.notna()
    if broken.any():
        broken &= ~column.astype(str).str.strip().str.lower().isin(MISSING)
    if broken.any():
        raise DataError(f"predict: the column '{name}' is to hold numbers. Received: '{column[broken].iloc[0]}'.")
    return found.to_numpy(dtype, na_value=np.nan)


def _strings(column: pd.Series[Any]) -> np.ndarray:
    """Texts, as a table of them spells them: whole numbers without a point, dates as such, nothing where none is."""
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime(DATE_FORMAT)
    return np.array(
        ["" if absent else _text(value) for value, absent in zip(column, column.isna(), strict=True)], object
    )


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
