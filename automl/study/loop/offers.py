"""What is tried before the engine is asked: a default, what is enqueued, what earlier studies found, the portfolio."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from automl.config.offered import default, enqueued, of_family, portfolio
from automl.space.families import FAMILIES, FAMILY, apart
from automl.study.loop.proposals import Offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from automl.records import StudyRecord, TrialRecord
    from automl.space import Space


def offers(record: StudyRecord, space: Space) -> list[Offer]:
    """What is still to be tried, in order, each configuration once.

    With what an earlier study found the portfolio takes at most half of the trials: the rest are the engine's.
    """
    if not len(space):
        return []
    earlier = record.earlier.offers if record.earlier else ()
    return _offered(record.config, space, earlier, record.trials, record.max_trials // 2)


def first_offers(record: StudyRecord, space: Space, family: str) -> list[Offer]:
    """What is still to be tried of a family, its parameters those of its own space; one trial where it has none."""
    config = of_family({**record.config, **record.config[FAMILIES][family]}, family)
    trials = [replace(one, params=apart(one.params)[1]) for one in record.trials if one.family == family]
    known = record.earlier.offers if record.earlier else ()
    earlier = [apart(params)[1] for params in known if params.get(FAMILY) == family]
    found = _offered(config, space, earlier, trials, record.max_trials // (2 * len(record.config[FAMILIES])))
    return found or ([] if len(space) or trials else [Offer({}, "default")])


def _offered(
    config: Mapping[str, Any],
    space: Space,
    earlier: Sequence[Mapping[str, Any]],
    trials: Iterable[TrialRecord],
    room: int,
) -> list[Offer]:
    """What is to be tried, less what was.

    Args:
        config: Of one family.
        space: Its own.
        earlier: Configurations of earlier studies.
        trials: Those that it has had.
        room: How many configurations of earlier studies and of the portfolio there may be.
    """
    asked = _each_once(_asked(config, space, earlier))
    found = _each_once([*asked, *(Offer(params, "portfolio") for params in portfolio(config, space))])
    room = max(room - sum(offer.origin == "earlier" for offer in asked), 0)
    tried = [trial.params for trial in trials if trial.origin]
    return [offer for offer in found[: len(asked) + room] if offer.params not in tried]


def _each_once(offers: Iterable[Offer]) -> list[Offer]:
    found: list[Offer] = []
    for offer in offers:
        if all(offer.params != other.params for other in found):
            found.append(offer)
    return found


def _asked(config: Mapping[str, Any], space: Space, earlier: Sequence[Mapping[str, Any]]) -> Iterator[Offer]:
    first = default(config, space)
    if first is not None:
        yield Offer(first, "default")
    yield from (Offer(params, "enqueued") for params in enqueued(config, space))
    yield from (Offer(params, "earlier") for params in earlier)
