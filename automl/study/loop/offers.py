"""What is tried before the engine is asked: a default, what is enqueued, what earlier studies found, and a portfolio.

An earlier study of the same model on the same data hands its trials to the engine. On other data its scores mean
little here, but its best configurations are a good start (Feurer et al. 2015): they are tried first.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.config.offered import default, enqueued, portfolio, values_of
from automl.records import TrialState
from automl.study.journal import replay
from automl.study.journal.events import EarlierTaken
from automl.study.loop.proposals import Offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from automl.records import StudyRecord, TrialRecord
    from automl.space import Space
    from automl.study.context import Context

_BEST = 3
"""Configurations of an earlier study on other data that are tried."""
_DONE = (TrialState.COMPLETE, TrialState.PRUNED)


def offers(record: StudyRecord, space: Space) -> list[Offer]:
    """What is still to be tried, in order, each configuration once.

    With what an earlier study found the portfolio takes at most half of the trials: the rest are the engine's.
    """
    if not len(space):
        return []
    asked = _each_once(_asked(record, space))
    found = _each_once([*asked, *(Offer(params, "portfolio") for params in portfolio(record.config, space))])
    earlier = sum(offer.origin == "earlier" for offer in asked)
    room = max(record.max_trials // 2 - earlier, 0)
    tried = [trial.params for trial in record.trials if trial.origin]
    return [offer for offer in found[: len(asked) + room] if offer.params not in tried]


def _each_once(offers: Iterable[Offer]) -> list[Offer]:
    found: list[Offer] = []
    for offer in offers:
        if all(offer.params != other.params for other in found):
            found.append(offer)
    return found


def _asked(record: StudyRecord, space: Space) -> Iterator[Offer]:
    first = default(record.config, space)
    if first is not None:
        yield Offer(first, "default")
    yield from (Offer(params, "enqueued") for params in enqueued(record.config, space))
    yield from (Offer(params, "earlier") for params in (record.earlier.offers if record.earlier else ()))


def take_earlier(study: Context, space: Space) -> None:
    """Put what an earlier study hands over into the record, once.

    Raises:
        StorageError: Its journal is damaged.
    """
    name = study.record.config["search"].get("from_study")
    if name is None or study.record.earlier is not None:
        return
    found = replay(_journal(str(name), study.record.folder.parent))
    event = _handed_over(found, study.record, space)
    study.journal.append(event)
    study.note(_said(event, len(found.trials)))


def _journal(name: str, experiments: Path) -> Path:
    named = experiments / name / "journal.jsonl"
    return named if named.is_file() else Path(name) / "journal.jsonl"


def _handed_over(earlier: StudyRecord, record: StudyRecord, space: Space) -> EarlierTaken:
    fitting = [(trial, params) for trial in earlier.trials if (params := _fit(trial, space)) is not None]
    if not _is_same(earlier, record):
        ranks = {trial.number: place for place, trial in enumerate(earlier.ranked)}
        complete = sorted((one for one in fitting if one[0].number in ranks), key=lambda one: ranks[one[0].number])
        return EarlierTaken(study=earlier.name, trials=[], offers=[params for _, params in complete[:_BEST]])
    done = [(trial, params) for trial, params in fitting if trial.state in _DONE]
    told = [{"params": params, **_told(trial, earlier)} for trial, params in done]
    return EarlierTaken(study=earlier.name, trials=told, offers=[])


def _told(trial: TrialRecord, study: StudyRecord) -> dict[str, Any]:
    return {"state": trial.state.value, "values": study.values(trial), "reports": study.reports(trial)}


def _is_same(earlier: StudyRecord, record: StudyRecord) -> bool:
    """Whether a score there means what it means here."""
    if earlier.spec is None or record.spec is None:
        return False
    told = [
        (one.spec and one.spec.fingerprint, one.config["model"]["name"], one.objectives) for one in (earlier, record)
    ]
    return told[0] == told[1]


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
        return f"search.from_study: {event.study} is of other data or another model; {best}"
    return f"search.from_study: the search knows {len(event.trials)} of the {count} trials of {event.study}; these fit"
