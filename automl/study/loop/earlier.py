"""What earlier studies know: of one that the user names, or of those on data alike that are found.

An earlier study of the same model on the same data hands its trials to the engine. On other data its scores mean
little here, but its best configurations are a good start (Feurer et al. 2015): they are tried first.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.config.offered import values_of
from automl.errors import AutomlError
from automl.ranking import rank
from automl.records import TrialState
from automl.space import FamilySpace
from automl.space.families import together
from automl.study.journal import JOURNAL, replay
from automl.study.journal.events import EarlierTaken
from automl.study.loop.alike import alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from automl.records import StudyRecord, TrialRecord
    from automl.space import Space
    from automl.study.context import Context
    from automl.study.loop.alike import Alike

_BEST = 3
"""Configurations of an earlier study on other data that are tried."""
_STUDIES, _CONFIGURATIONS = 3, 5
"""Of how many studies on data alike how many configurations are tried, at most."""
_READ = 8
"""Journals that are read for them, at most: trials of narrower studies may not fit the space."""
_DONE = (TrialState.COMPLETE, TrialState.PRUNED)


def take_earlier(study: Context, space: Space) -> None:
    """Put what earlier studies hand over into the record, once.

    Raises:
        StorageError: The journal of the one that the user names is damaged.
    """
    record, search = study.record, study.record.config["search"]
    if record.earlier is not None:
        return
    if (name := search.get("from_study")) is not None:
        found = replay(_journal(str(name), record.folder.parent))
        event = _together([_handed_over(found, record, one, family) for family, one in _families(record, space)], space)
        study.journal.append(event)
        study.note(_said(event, len(found.trials)))
    elif search.get("warm_start") == "auto" and len(space):
        near = [(one, list(islice(_near(record, own, one), _STUDIES))) for one, own in _families(record, space)]
        study.journal.append(_together([_by_turns(found, family) for family, found in near], space))
        named = list(dict.fromkeys(str(one) for _, found in near for one, _ in found))
        study.note(_said_of(named, str(record.config["model"]["name"]), record.folder.parent))


_Handed = tuple[str, EarlierTaken]
"""What a family is handed, with its name."""


def _families(record: StudyRecord, space: Space) -> list[tuple[str, Space]]:
    """The family of the study, or each of several, with its own space."""
    if isinstance(space, FamilySpace):
        return list(space.spaces.items())
    return [(str(record.config["model"]["name"]), space)]


def _together(handed: Sequence[_Handed], space: Space) -> EarlierTaken:
    """What all families are handed, in the parameters of the study."""

    def told(family: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return together(family, params) if isinstance(space, FamilySpace) else params

    names = ", ".join(dict.fromkeys(filter(None, (one.study for _, one in handed))))
    trials = [{**trial, "params": told(name, trial["params"])} for name, one in handed for trial in one.trials]
    return EarlierTaken(
        study=names, trials=trials, offers=[told(name, one) for name, all_ in handed for one in all_.offers]
    )


def _journal(name: str, experiments: Path) -> Path:
    named = experiments / name / "journal.jsonl"
    return named if named.is_file() else Path(name) / "journal.jsonl"


def _handed_over(earlier: StudyRecord, record: StudyRecord, space: Space, family: str) -> _Handed:
    """What the study that the user names hands over to a family."""
    if not _is_same(earlier, record):
        best = [params for _, params in _fitting(_ranked(earlier, record, family), space)]
        return family, EarlierTaken(study=earlier.name, trials=[], offers=best[:_BEST])
    done = [trial for trial in _own(earlier.trials, family) if trial.state in _DONE]
    told = [{"params": params, **_told(trial, earlier)} for trial, params in _fitting(done, space)]
    return family, EarlierTaken(study=earlier.name, trials=told, offers=[])


Near = tuple["Alike", list[dict[str, Any]]]
"""A study on data alike, and its configurations that fit, the best first."""


def _near(record: StudyRecord, space: Space, family: str) -> Iterator[Near]:
    """The nearest studies that have configurations which fit."""
    for one in alike(record, family)[:_READ]:
        with suppress(AutomlError, OSError):
            earlier = replay(one.folder / JOURNAL)
            if best := [params for _, params in _fitting(_ranked(earlier, record, family), space)]:
                yield one, best


def _by_turns(near: Sequence[Near], family: str) -> _Handed:
    """The best of each, then the second of each, and so on."""
    offers: list[dict[str, Any]] = []
    for turn in zip_longest(*(best for _, best in near)):
        offers += [params for params in turn if params is not None and params not in offers]
    named = ", ".join(one.folder.name for one, _ in near)
    return family, EarlierTaken(study=named, trials=[], offers=offers[:_CONFIGURATIONS])


def _ranked(earlier: StudyRecord, record: StudyRecord, family: str) -> list[TrialRecord]:
    """The complete trials of a family, the best first: by the record's objective, where these tell it."""
    own = _own(earlier.ranked, family)
    if earlier.objectives[0] == record.objectives[0]:
        return own
    told = [trial for trial in own if record.objective in trial.metrics]
    return sorted(told, key=lambda trial: rank(trial.metrics, record.objective, record.direction)) or own


def _own(trials: Iterable[TrialRecord], family: str) -> list[TrialRecord]:
    """Those of a family, which may be one of several that their study tried."""
    return [trial for trial in trials if trial.family == family]


def _fitting(trials: Iterable[TrialRecord], space: Space) -> list[tuple[TrialRecord, dict[str, Any]]]:
    """Those whose parameters fit into the space, with these."""
    return [(trial, params) for trial in trials if (params := _fit(trial, space)) is not None]


def _told(trial: TrialRecord, study: StudyRecord) -> dict[str, Any]:
    return {"state": trial.state.value, "values": study.values(trial), "reports": study.reports(trial)}


def _is_same(earlier: StudyRecord, record: StudyRecord) -> bool:
    """Whether a score there means what it means here."""
    if earlier.spec is None or record.spec is None:
        return False
    return (earlier.spec.fingerprint, earlier.objectives) == (record.spec.fingerprint, record.objectives)


def _fit(trial: TrialRecord, space: Space) -> dict[str, Any] | None:
    """A trial's parameters in another space; None where it has none for one of them, or one that is outside."""
    values = values_of(trial.config)
    params: dict[str, Any] = {}
    for parameter in space.active(params):
        value = values.get(parameter.path)
        if parameter.path not in values or not parameter.admits(value):
            return None
        params[parameter.path] = parameter.nearest(value)
    return params


def _said(event: EarlierTaken, count: int) -> str:
    if event.offers:
        best = f"its {len(event.offers)} best that fit are tried first"
        return f"search.from_study: {event.study} is of other data, or another objective; {best}"
    return f"search.from_study: the search knows {len(event.trials)} of the {count} trials of {event.study}; these fit"


def _said_of(near: Sequence[str], family: str, folder: Path) -> str:
    if not near:
        return f"search.warm_start: there is no finished study of {family} on data alike in {folder}"
    *others, last = near
    return f"search.warm_start: begins with the best of {' and '.join(filter(None, [', '.join(others), last]))}"
