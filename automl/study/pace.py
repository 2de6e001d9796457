"""What the driver does again and again, seldom enough to cost little however long it takes."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS = 1.0
_SHARE = 50.0


class Pace:
    """At most once a second, and at most a fiftieth of the driver's time."""

    def __init__(self) -> None:
        self._next = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time to do it again."""
        return time.monotonic() >= self._next

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Do it, and be due again only after so many times as long."""
        began = time.monotonic()
        yield
        ended = time.monotonic()
        self._next = ended + max(_SECONDS, _SHARE * (ended - began))
