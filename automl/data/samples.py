"""New samples out of files, for a trained model to be asked about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Note = Callable[[str], None]
"""Takes a sentence that the user should hear."""

Restore = Callable[[int, "np.ndarray"], "np.ndarray"]


@dataclass(frozen=True)
class Samples:
    """Some of the samples of a source, in their order.

    Attributes:
        inputs: Raw, as ``ModelPlugin.predict`` takes them.
        names: What tells them apart, one row a sample or one an answer: ``row``, ``line``, ``file``, a date.
        table: The columns that they were read from, where they are rows of a table.
        restore: Brings a picture that answers the sample of that number, (height, width, ...), to the size that the
            sample had in its file; None where that is its own.
    """

    inputs: Any
    names: pd.DataFrame
    table: pd.DataFrame | None = None
    restore: Restore | None = None
