"""Whether the best configuration is fitted again on train and validation part, and what that takes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.records import StudyRecord, TrialRecord

_START_SECONDS = 3.0
"""A worker that starts, and the score of what it trained."""
_LEAST_SHARE = 0.1
"""Of the samples, that validation is to have: fewer change little, and cost as much."""
_SPARED = 0.05
"""Of ``search.timeout``, that is kept back for it although nobody asked."""
_FREE_SECONDS = 30.0
_MOST_SHARE = 0.2
"""Of the time that the study took so far, that fitting again may take where no time is set, if it is more than a
moment."""


def against(record: StudyRecord, left: float, paths: Mapping[str, str]) -> str:
    """What speaks against it, in a few words; empty where nothing does.

    Args:
        record: The study; it has a best trial.
        left: Seconds that are left for it.
        paths: Earlier models that the ``model`` section names.
    """
    asked, best = record.config.get("refit", "auto"), record.best
    assert best is not None
    if asked is False:
        return "refit=false"
    if reason := _unfit(record, best, paths):
        return reason
    needed = seconds(record)
    if needed > left:
        return f"it takes about {needed:.0f} s, and search.timeout leaves {max(0.0, left):.0f} s"
    return "" if asked is True else _not_worth(record, needed)


def seconds(record: StudyRecord) -> float:
    """What it will take: the best trial's own time, for more samples and its best number of epochs."""
    best, sizes = record.best, record.spec.sizes if record.spec is not None else {}
    train = sizes.get("train", 0)
    if best is None or not train or not best.step:
        return 0.0
    runs = max(1, len(best.scores))
    more = (train + sizes.get("validation", 0)) / train
    spent = max(best.seconds, sum(row.get("seconds", 0.0) for row in best.history))
    return _START_SECONDS + spent / runs * more * min(1.0, best.best_step / best.step)


def reserve(record: StudyRecord, limit: float | None) -> float:
    """What is kept back for it: what was asked for, and what takes so little that no trial is lost by it.

    Args:
        record: The study.
        limit: Seconds that it may take, if there is a limit.
    """
    asked = record.config.get("refit", "auto")
    if asked is True:
        return seconds(record)
    if asked is False or limit is None or record.best is None or against(record, float("inf"), {}):
        return 0.0
    needed = seconds(record)
    return needed if needed <= _SPARED * limit else 0.0


def configured(best: TrialRecord) -> dict[str, Any]:
    """The best trial's configuration with no more epochs than were best, so that schedules end where training does.

    At its best epoch the rate may have been high yet: the validation part picked a lucky step there, and cannot pick
    one again. On four tables of 442 to 900 rows, five splits each, 16 of 20 networks were better on the test part than
    before they were fitted again so; at the same epoch of the whole schedule 11 were.
    """
    training = best.config.get("training") or {}
    if not isinstance(training.get("epochs"), int):
        return {**best.config}
    return {**best.config, "training": {**training, "epochs": best.best_step}}


def _unfit(record: StudyRecord, best: TrialRecord, paths: Mapping[str, str]) -> str:
    """Why it cannot be done, or would not be the same configuration."""
    sizes = record.spec.sizes if record.spec is not None else {}
    if record.task.labels != "read" or not (sizes.get("train") and sizes.get("validation")):
        return f"models of the task {record.task.name} are not fitted to labelled samples"
    if record.folds > 1:
        return "it is cross-validated, and its models have learned from all samples"
    if record.further:
        return "of several objectives it may change others than the one that it is judged by"
    if (best.start_from is not None and best.origin != "promoted") or (best.partial and not best.planned):
        return f"trial {best.number} went on from another one"
    if best.best_step < 1:
        return f"trial {best.number} has no best epoch"
    return "its model began with earlier weights" if _began_with_weights(best.config["model"], paths) else ""


def _began_with_weights(model: Mapping[str, Any], paths: Mapping[str, str]) -> bool:
    return bool(model.get("weights")) or any(isinstance(value, str) and value in paths for value in model.values())


def _not_worth(record: StudyRecord, needed: float) -> str:
    sizes = record.spec.sizes if record.spec is not None else {}
    share = sizes["validation"] / (sizes["train"] + sizes["validation"])
    if share < _LEAST_SHARE:
        return f"the validation part is {share:.0%} of the samples"
    allowed = max(_FREE_SECONDS, _MOST_SHARE * record.ran(time.time()))
    if record.deadline is None and needed > allowed:
        return f"it takes about {needed:.0f} s, more than a fifth of the study"
    return ""
