"""Names for the columns of a table: each its own, and none of them empty."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def own_names(header: Sequence[Any]) -> tuple[list[str], list[str]]:
    """The names of columns, and a sentence on each that could not keep the one that the header gives it.

    Example:
        >>> own_names(["a", "", "a"])[0]
        ['a', 'column2', 'a (2)']
    """
    names = ["" if name is None else str(name).strip() for name in header]
    alone = {name for name, count in Counter(names).items() if name and count == 1}
    taken = set(alone)
    found: list[str] = []
    notes: list[str] = []
    for place, name in enumerate(names, 1):
        own = name if name in alone else _free(name or f"column{place}", taken)
        if not name:
            notes.append(f"column {place} has no name; it is called '{own}'.")
        elif own != name:
            notes.append(f"column {place} has the name of another one, '{name}'; it is called '{own}'.")
        taken.add(own)
        found.append(own)
    return found, notes


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number behind it the first that is not taken."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found
