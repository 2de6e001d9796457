"""The steps of the final evaluation, and what each of them tells the driver."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Step(StrEnum):
    """A step of the final evaluation, in the order in which they are taken."""

    SCORE = "score"
    FIGURES = "figures"
    PACK = "pack"


@dataclass(frozen=True)
class Scores:
    """Metrics without a prefix.

    Attributes:
        validation: The model's on the validation part.
        test: The model's on the test part.
        baseline: The trivial predictor's on the test part.
    """

    validation: Mapping[str, float]
    test: Mapping[str, float]
    baseline: Mapping[str, float]

    def plain(self) -> dict[str, Any]:
        """As a report carries it."""
        return asdict(self)

    @classmethod
    def of(cls, report: Mapping[str, Any]) -> Scores:
        """Out of a report."""
        return cls(**report)


def with_notes(notes: list[str]) -> dict[str, Any]:
    """The report of a step that writes files: what it could not do, one sentence each."""
    return {"notes": notes}


def notes_of(report: Mapping[str, Any]) -> list[str]:
    """What a step could not do."""
    return list(report.get("notes", ()))
