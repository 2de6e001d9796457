"""Those who hear of a study; what becomes of one of them is nothing to the study, or to the others."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from automl.records import Observer, StudyRecord


class Audience:
    """Observers, told one after the other; one that raises is told no more, and is closed like the others."""

    def __init__(self, observers: Iterable[Observer]) -> None:
        self._all = list(observers)
        self._listening = list(self._all)

    def tell(self, what: str, study: StudyRecord, *about: Any) -> None:
        """Call the method of that name of everyone who still listens."""
        for observer in list(self._listening):
            try:
                getattr(observer, what)(study, *about)
            except Exception as error:  # noqa: BLE001 - a display must not end what it shows
                self._listening.remove(observer)
                name = type(observer).__name__
                self.tell("noted", study, f"{name} is left out from here on: {type(error).__name__}: {error}")

    def close(self) -> None:
        """Close each of them."""
        for observer in self._all:
            with suppress(Exception):
                observer.close()
