"""One class per thing that a user can get wrong; each message says what, where, what was received and what to do."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class AutomlError(Exception):
    """Base of every error that is the user's to mend: printed as one sentence, exit code 2."""


class ConfigError(AutomlError):
    """A key, choice or value of the configuration is unknown or of the wrong type."""


class SpaceError(ConfigError):
    """A search space breaks a rule of its kind (``automl.space``)."""


class PluginError(AutomlError):
    """A plugin is unknown, registered twice, or cannot be imported."""


class TaskError(AutomlError):
    """A model does not take the task of the data."""


class DataError(AutomlError):
    """The data are missing, empty, unreadable or unfit for the task."""


class BudgetError(AutomlError):
    """A budget (trials, wall-clock) is spent before anything ran."""


class StorageError(AutomlError):
    """The experiments folder or the tracking store cannot be read or written."""


class ExportError(AutomlError):
    """A model cannot be exported in a form, or what was exported is not the model."""


class StudyError(AutomlError):
    """The study ended without a single complete trial."""


EXIT_FAILED, EXIT_USAGE = 1, 2
"""Exit codes: the study failed; the user has something to mend. ``automl.interrupts`` has that of an interrupt."""

_LONGEST = 120
_MANY = 12
"""Names; more are no help where one of them was meant."""
_FURTHER = 0.2
"""Names that are less alike than the nearest, by so much of 1, were not meant."""


def shown(value: Any) -> str:
    """A received value as a message shows it: on one line, and no longer than a person reads.

    Example:
        >>> shown("a" * 1000)[-24:]
        'aa... (1,002 characters)'
    """
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return f"an integer of about {int(value.bit_length() * 0.30103):,} digits"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text):,} characters)"


def close(name: str, known: Iterable[str]) -> list[str]:
    """The names that are near to one, the nearest first: case does not count, nor do sections that all share.

    Example:
        >>> close("search.trails", ["search.trials", "search.target"])
        ['search.trials']
    """
    names = sorted(known)
    section, dot, _ = name.rpartition(".")
    shared = len(section) + 1 if dot and all(one.startswith(f"{section}.") for one in names) else 0
    folded = {one[shared:].casefold(): one for one in reversed(names)}
    asked = name[shared:].casefold()
    found = difflib.get_close_matches(asked, folded, n=3, cutoff=0.6)
    best = _likeness(asked, found[0]) if found else 0.0
    if asked in found:
        return [folded[asked]]
    return [folded[one] for one in found if _likeness(asked, one) > best - _FURTHER]


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, other, one).ratio()


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint that lists the nearest right names first; and all of them where none is near, or they are few.

    Example:
        >>> nearest("resnt", ["cnn", "resnet"])
        'Did you mean: resnet? Available: cnn, resnet.'
    """
    names = sorted(known)
    available = f"Available: {', '.join(names)}." if names else "None is available."
    near = close(name, names)
    if not near:
        return available
    hint = f"Did you mean: {', '.join(near)}?"
    return hint if len(names) > _MANY else f"{hint} {available}"
