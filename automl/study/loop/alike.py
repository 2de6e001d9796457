"""Studies of an experiments folder that ended, on data like those of a study: the same, or near by their traits.

Their distance is that of meta-features (Feurer et al. 2015) that tell at a glance what data are like: how many samples,
inputs, values and classes there are, each in doublings, and which share of the inputs are texts.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.records import StudyState, TrialState
from automl.study.journal import JOURNAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from automl.records import StudyRecord

_FURTHEST = 4.0
"""Doublings, up to which data are alike: a sixteenth of the samples say little of what the whole asks for."""
_TEXTS = 2.0
"""Doublings that inputs of numbers alone are away from inputs of texts alone."""
_OTHER_OBJECTIVE = 1.0
"""Doublings that another objective counts for: what is best by it is good by most, and the best by none."""
_ENDED = (StudyState.FINISHED, StudyState.INTERRUPTED)


@dataclass(frozen=True)
class Alike:
    """A study on data alike.

    Attributes:
        folder: Its own.
        traits: Those of its data, as of ``DataSpec.traits``.
        is_same: Whether its data are the very same, in the same parts.
        distance: In doublings.
    """

    folder: Path
    traits: Mapping[str, int]
    is_same: bool
    distance: float

    def __str__(self) -> str:
        return f"{self.folder.name} ({'same data' if self.is_same else f'alike: {_said(self.traits)}'})"


def alike(record: StudyRecord, family: str) -> list[Alike]:
    """The other studies of its experiments folder with a complete trial of a model family, the nearest first.

    A folder that holds something else, of another version or damaged, is passed over.

    Args:
        record: A study whose data are known.
        family: The name of the model.
    """
    found: list[Alike] = []
    for folder in sorted(record.folder.parent.iterdir()):
        if folder != record.folder and (folder / JOURNAL).is_file():
            with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
                summary = json.loads((folder / "study.json").read_bytes())
                found += _compared(folder, summary, record, family)
    return sorted(found, key=lambda one: (not one.is_same, one.distance))


def _compared(folder: Path, summary: Mapping[str, Any], record: StudyRecord, family: str) -> Iterator[Alike]:
    """The study, where it has ended on data alike."""
    assert record.spec is not None
    has_any = any((one["family"], one["state"]) == (family, TrialState.COMPLETE) for one in summary["trials"])
    if not has_any or summary["state"] not in _ENDED or summary["task"] != record.task.name:
        return
    traits = summary["traits"]
    other = (summary["objective"], summary["direction"]) != (record.objective, record.direction)
    distance = _distance(traits, record.spec.traits) + _OTHER_OBJECTIVE * other
    is_same = bool(record.spec.fingerprint) and summary["fingerprint"] == record.spec.fingerprint
    if is_same or distance <= _FURTHEST:
        yield Alike(folder, traits, is_same, distance)


def _distance(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    return math.dist(_place(one), _place(other))


def _place(traits: Mapping[str, int]) -> tuple[float, ...]:
    inputs = max(traits["inputs"], 1)
    counts = (traits["samples"], inputs, traits["values"] / inputs, traits["classes"], traits["targets"])
    return (*(math.log2(max(count, 1)) for count in counts), _TEXTS * traits["texts"] / inputs)


def _said(traits: Mapping[str, int]) -> str:
    """What data are like, in words."""
    table = traits["inputs"] > 1
    told = [f"{traits['samples']:,} {'rows' if table else 'samples'}"]
    told += [f"{traits['inputs']:,} columns"] if table else []
    told += [f"{traits['values']:,} values each"] if not table and traits["values"] > 1 else []
    return ", ".join(told + ([f"{traits['classes']:,} classes"] if traits["classes"] else []))
