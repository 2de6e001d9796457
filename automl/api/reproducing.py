"""``automl.reproduce``: the best trial of a study, or all of it, trained again, and whether the scores agree."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from automl.api.comparing import Compared, compared, differences, same_trials
from automl.api.spelling import overrides as spell
from automl.config.compose import compose_all
from automl.errors import ConfigError, DataError, StudyError, shown
from automl.handover import Form
from automl.records import Observer, StudyState
from automl.report.wording import handed_back

if TYPE_CHECKING:
    from os import PathLike
    from pathlib import Path

    from automl.api.handle import Study
    from automl.records import StudyRecord

TOLERANCE = 1e-3
"""Shares of a score: what adding up in another order makes of it is a hundred times less, another split far more."""


@dataclass(frozen=True)
class Reproduction:
    """What came of training again.

    Attributes:
        study: The one that it was trained in.
        scores: Those that both have, beside each other.
        differs: What differs between the two, or may explain that the scores do, one sentence each.
        notes: What else there is to say, one sentence each.
        tolerance: The share of a score that it may differ by.
    """

    study: Study = field(repr=False)
    scores: tuple[Compared, ...]
    differs: tuple[str, ...]
    notes: tuple[str, ...]
    tolerance: float

    @property
    def difference(self) -> float:
        """The largest between two scores, as a share of the larger; infinite where there are none to compare."""
        return max((one.difference for one in self.scores), default=math.inf)

    @property
    def exact(self) -> bool:
        """Whether every score is the same to the last digit."""
        return self.difference == 0.0

    @property
    def agrees(self) -> bool:
        """Whether no score differs by more than the tolerance."""
        return self.difference <= self.tolerance


def reproduce(
    study: str | PathLike[str],
    *,
    whole: bool = False,
    tolerance: float = TOLERANCE,
    experiments: str | PathLike[str] = "experiments",
    verbose: bool = True,
) -> Reproduction:
    """Train the best trial of a study again, with the same configuration and seed, and compare the scores.

    Args:
        study: As of ``automl.load``.
        whole: Whether the whole search is run again rather than its best trial.
        tolerance: The share of a score that it may differ by.
        experiments: The experiments folder that names are looked up in.
        verbose: Whether to show how it goes.

    Returns:
        The scores of both, whether they agree, and what differs: data, versions, commit, processor, threads.

    Raises:
        AutomlError: There is no such study, it has no complete trial, or as of ``automl.search``.

    Example:
        >>> automl.reproduce("first", verbose=False).agrees
        True
    """
    from automl.api.finding import load

    return load(study, experiments=experiments).reproduce(whole=whole, tolerance=tolerance, verbose=verbose)


def reproduced(record: StudyRecord, *, whole: bool, tolerance: float, verbose: bool) -> Reproduction:
    """See ``reproduce``."""
    from automl.api.handle import Study
    from automl.api.running import run
    from automl.interrupts import Interrupts
    from automl.report.console import make_display
    from automl.runner.fork import close_idle

    if not (isinstance(tolerance, int | float) and tolerance >= 0.0):
        raise ConfigError(f"reproduce: a tolerance is a number of at least 0. Received: {shown(tolerance)}.")
    config = _config(record, whole=whole)
    try:
        again = run(config, (lambda: make_display(sys.stdout)) if verbose else Observer, Interrupts())
    finally:
        close_idle()
    if again.state is StudyState.INTERRUPTED or again.best is None:
        raise StudyError(f"reproduce: {again.name} {again.message or 'has no complete trial'}, so nothing is compared.")
    notes = same_trials(record, again) if whole else _notes(record)
    return Reproduction(Study(again), compared(record, again), differences(record, again), notes, tolerance)


def _config(record: StudyRecord, *, whole: bool) -> dict[str, Any]:
    """The study's configuration, or its best trial's, for a study of another name beside it.

    Raises:
        StudyError: It has no complete trial.
        DataError: Its files are gone.
    """
    if record.best is None:
        raise StudyError(f"reproduce: the study {record.name} has no complete trial to train again.")
    path = record.folder / ("config.yaml" if whole else "best.yaml")
    if not path.is_file():
        hint = "" if whole else " It is written when a study ends: python -m automl resume=<study>"
        raise DataError(f"reproduce: {path} is not there.{hint}")
    changed: dict[str, Any] = {"name": _free_name(record.folder), "experiments": str(record.folder.parent)}
    if "refit" not in record.config:  # an earlier version did not
        changed["refit"] = False
    if record.config["search"].get("storage"):  # what others share is not to learn of it
        changed |= {"search.storage": None, "search.study": None}
    (config,) = compose_all([str(path), *spell(changed)])
    return config


def _free_name(folder: Path) -> str:
    number, name = 1, f"{folder.name}-again"
    while (folder.parent / name).exists():
        number += 1
        name = f"{folder.name}-again-{number}"
    return name


def _notes(record: StudyRecord) -> tuple[str, ...]:
    """What keeps a trial from being trained again as it was."""
    best = record.best
    assert best is not None
    found = []
    if record.handed is not None and record.handed.form is Form.ENSEMBLE:
        found.append(
            f"The study handed back {handed_back(record)}; trained again is trial {best.number}, the best single one,"
            " and scores are compared with those that it has alone. --whole trains all of them."
        )
    if best.start_from is not None:
        found.append(f"Trial {best.number} went on from trial {best.start_from}; now it began anew.")
    if best.message:
        found.append(f"Of trial {best.number} was told then: {best.message}")
    return tuple(found)
