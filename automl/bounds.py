"""Bounds of a field, declared once beside it: ``Annotated[float, Between(0, 1)]``.

Several combine: ``Annotated[float, AtLeast(0), Below(1)]``. They are checked on values and on all ends of spaces, by
the driver too, which reads them out of a plugin's source. What is not finite is refused without a bound.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

from automl.inheritance import override


class Bound(ABC):
    """What a value must keep to; its text follows the words for the type: "an integer" + "of at least 1"."""

    @abstractmethod
    def admits(self, value: Any) -> bool:
        """Whether a value of the field's type is within the bound."""

    @abstractmethod
    def __str__(self) -> str: ...

    def against(self, value: Any) -> str:
        """What to say of a value that is not admitted; of two ends the one that it passed."""
        del value
        return str(self)


@dataclass(frozen=True)
class Between(Bound):
    """From ``low`` to ``high``, both included."""

    low: float
    high: float

    def admits(self, value: Any) -> bool:
        """Whether the value lies between the ends."""
        return bool(self.low <= value <= self.high)

    def __str__(self) -> str:
        return f"from {_number(self.low)} to {_number(self.high)}"

    @override
    def against(self, value: Any) -> str:
        return str(AtLeast(self.low) if value < self.low else AtMost(self.high))


@dataclass(frozen=True)
class AtLeast(Bound):
    """From ``low`` on."""

    low: float

    def admits(self, value: Any) -> bool:
        """Whether the value is no less."""
        return bool(value >= self.low)

    def __str__(self) -> str:
        return f"of at least {_number(self.low)}"


@dataclass(frozen=True)
class AtMost(Bound):
    """Up to ``high``, for a reason that is told where it is not obvious."""

    high: float
    reason: str = ""

    def admits(self, value: Any) -> bool:
        """Whether the value is no more."""
        return bool(value <= self.high)

    def __str__(self) -> str:
        return f"of at most {_number(self.high)}" + (f", since {self.reason}" if self.reason else "")


@dataclass(frozen=True)
class Above(Bound):
    """More than ``low``."""

    low: float

    def admits(self, value: Any) -> bool:
        """Whether the value is more."""
        return bool(value > self.low)

    def __str__(self) -> str:
        return f"above {_number(self.low)}"


@dataclass(frozen=True)
class Below(Bound):
    """Less than ``high``."""

    high: float

    def admits(self, value: Any) -> bool:
        """Whether the value is less."""
        return bool(value < self.high)

    def __str__(self) -> str:
        return f"below {_number(self.high)}"


@dataclass(frozen=True)
class NotEmpty(Bound):
    """Texts and lists that hold something."""

    def admits(self, value: Any) -> bool:
        """Whether there is something in it."""
        return bool(value)

    def __str__(self) -> str:
        return "that is not empty"


@dataclass(frozen=True)
class Rising(Bound):
    """Lists of two or more numbers, each above the one before."""

    def admits(self, value: Any) -> bool:
        """Whether there are two, and all rise."""
        return len(value) > 1 and all(one < other for one, other in pairwise(value))

    def __str__(self) -> str:
        return "with two or more items that rise"


@dataclass(frozen=True)
class Given(NotEmpty):
    """Texts that the user alone knows: a face leaves them null, and a study is refused while they are."""


@dataclass(frozen=True)
class TaskLoss(Bound):
    """A loss by name: ``auto``, or one of those that the task lists in its YAML (``losses``).

    Which they are is known once the task is; by itself the bound asks for a text.
    """

    def admits(self, value: Any) -> bool:
        """Whether there is something in it."""
        return bool(value)

    def __str__(self) -> str:
        return "that names a loss of the task"


@dataclass(frozen=True)
class Offered(Bound):
    """A name that is the core's own, or one that a distribution offers in a group of entry points.

    Which these are is known where entry points are read; by itself the bound asks for a text.
    """

    group: str
    own: tuple[str, ...] = ()

    def admits(self, value: Any) -> bool:
        """Whether there is something in it."""
        return bool(value)

    def __str__(self) -> str:
        return f"that is offered in {self.group}"


@dataclass(frozen=True)
class Automatic(Bound):
    """A value that may be left to the data: a configuration may say ``auto``, and a trial never sees that.

    What it then is, ``automl.settings.automatic`` settles once the data are known.
    """

    def admits(self, value: Any) -> bool:
        """Any value of the field's type."""
        del value
        return True

    def __str__(self) -> str:
        return ""


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


Share = Annotated[float, Between(0, 1)]
"""A part of a whole, none and all included."""

Portion = Annotated[float, Above(0), AtMost(0.9)]
"""A part of the data that leaves enough to learn from."""

Dropout = Annotated[float, AtLeast(0), Below(1)]
"""A chance of being dropped: all can not be."""

Count = Annotated[int, Between(1, 1_000_000_000)]
"""How many of something, at least one."""

Units = Annotated[int, Between(1, 65_536)]
"""Units or filters of a layer, dimensions of a vector: above the bound one layer of weights fills 16 GiB."""

Depth = Annotated[int, Between(1, 256)]
"""Layers or blocks, one after the other."""

Positive = Annotated[float, Above(0)]
"""Any number above zero."""

NonNegative = Annotated[float, AtLeast(0)]
"""Any number from zero on."""

Text = Annotated[str, NotEmpty()]
"""A text that says something: a name, a path, a column."""

Needed = Annotated[str, Given()]
"""A text that only the user can give, such as the path of the data: ``path: Needed | None = None``."""
