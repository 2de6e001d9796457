"""How a column writes its numbers: with a decimal point or a decimal comma, with separators of thousands or without."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Style = Literal["", "point", "comma"]
"""Empty for plain numbers; else the decimal mark, beside which the other one parts thousands."""

_GAPS = " '\u2019\u00a0\u202f"
"""What parts thousands beside point and comma: the space in its widths, and the apostrophe."""
_POINT = re.compile(rf"(?=[+-]?[.,]?\d)[+-]?(\d{{1,3}}([,{_GAPS}])\d{{3}}(\2\d{{3}})*|\d+)?(\.\d+)?([eE][+-]?\d+)?")
_COMMA = re.compile(rf"(?=[+-]?[.,]?\d)[+-]?(\d{{1,3}}([.{_GAPS}])\d{{3}}(\2\d{{3}})*|\d+)?(,\d+)?([eE][+-]?\d+)?")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")


@dataclass
class NumberStyle:
    """What was seen so far of how a column writes its numbers.

    Attributes:
        plain: Whether every value is a number with a decimal point and no separators.
        point: Whether every value is one with a decimal point.
        comma: Whether every value is one with a decimal comma.
        example: A value that is not plain.
        sure: Whether a value can be read in one way only.
    """

    plain: bool = True
    point: bool = True
    comma: bool = True
    example: str = ""
    sure: bool = False

    def take(self, texts: Iterable[str], odd: Sequence[str]) -> None:
        """See values that are not missing.

        Args:
            texts: All of them.
            odd: Those that are no plain numbers.
        """
        self.comma = self.comma and all(text.isdigit() or _COMMA.fullmatch(text) for text in texts)
        if not odd:
            return
        self.plain = False
        self.example = self.example or odd[0]
        self.point = self.point and all(map(_POINT.fullmatch, odd))
        self.sure = self.sure or not all(map(_EITHER.fullmatch, odd))

    @property
    def numeric(self) -> bool:
        """Whether every value is a number."""
        return self.plain or self.point or self.comma

    @property
    def style(self) -> Style:
        """How they are to be read; separators of thousands where both readings are open."""
        return "" if self.plain else "point" if self.point else "comma"

    def note(self, name: str) -> str:
        """What the user should hear of it; empty for plain numbers."""
        if self.plain or not self.numeric:
            return ""
        if self.style == "comma":
            return f"column '{name}' has decimal commas (such as {self.example}) and was read as numbers."
        told = f"column '{name}' has separators of thousands (such as {self.example}) and was read as numbers"
        value = f"{read([self.example], 'point')[0]:.10g}"
        return f"{told}." if self.sure or not self.comma else f"{told}: {value}. Write a decimal point if it is none."


def plain(texts: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Numbers with a decimal point; NaN for what is none."""
    return np.asarray(pd.to_numeric(np.asarray(texts, object), errors="coerce"), np.float64)


def read(texts: Sequence[str], style: Style) -> np.ndarray:
    """Numbers in that style; NaN for what is none."""
    if not style:
        return plain(texts)
    groups, decimal = (f",{_GAPS}", ".") if style == "point" else (f".{_GAPS}", ",")
    table = str.maketrans({**dict.fromkeys(groups), decimal: "."})
    return plain([text.translate(table) for text in texts])
