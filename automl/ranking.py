"""The one rule by which results are compared: epochs of a trial, and trials of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_TIE = "val_loss"
"""Breaks ties, and always less is better: an accuracy on a few hundred samples takes few values."""

Rank = tuple[float, float]
One = TypeVar("One")


def rank(metrics: Mapping[str, float], objective: str, direction: str) -> Rank:
    """The better the result, the smaller; not-a-number and a missing objective come last.

    Args:
        metrics: By name.
        objective: Which of them counts.
        direction: ``"maximize"`` or ``"minimize"``.
    """
    value = metrics.get(objective, float("nan"))
    signed = -value if direction == "maximize" else value
    return _last_if_nan(signed), _last_if_nan(metrics.get(_TIE, 0.0))


def is_better(later: Rank, best: Rank | None) -> bool:
    """Whether a later result takes the place of the best so far: where all is equal it does.

    An agent whose return has reached its ceiling goes on learning, and of equal epochs the last is the surest.
    """
    return best is None or later <= best


def front_of(results: Iterable[One], losses: Callable[[One], tuple[float, ...]]) -> list[One]:
    """Those that no other one dominates: is better than in one objective, and no worse in any (Pareto).

    Args:
        results: Each once.
        losses: The objectives of one, all of them the better the less, none of them not-a-number.

    Returns:
        In the order in which they came; of equal ones all.
    """
    found: list[tuple[float, ...]] = []
    its = [(losses(one), one) for one in results]
    for vector in sorted({vector for vector, _ in its}):  # what comes later in this order dominates nothing before it
        if not any(_dominates(best, vector) for best in found):
            found.append(vector)
    leading = set(found)
    return [one for vector, one in its if vector in leading]


def _dominates(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
    return all(one <= other for one, other in zip(first, second, strict=True))


def _last_if_nan(value: float) -> float:
    return float("inf") if value != value else value  # noqa: PLR0124 - only not-a-number differs from itself
