"""What is tried before the engine is asked: a default, what is enqueued, what earlier studies found, the portfolio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.config.offered import default, enqueued, portfolio
from automl.study.loop.proposals import Offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from automl.records import StudyRecord
    from automl.space import Space


def offers(record: StudyRecord, space: Space) -> list[Offer]:
    """What is still to be tried, in order, each configuration once.

    With what an earlier study found the portfolio takes at most half of the trials: the rest are the engine's.
    """
    if not len(space):
        return []
    asked = _each_once(_asked(record, record.config, space))
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


def _asked(record: StudyRecord, config: Mapping[str, Any], space: Space) -> Iterator[Offer]:
    first = default(config, space)
    if first is not None:
        yield Offer(first, "default")
    yield from (Offer(params, "enqueued") for params in enqueued(config, space))
    yield from (Offer(params, "earlier") for params in (record.earlier.offers if record.earlier else ()))
