"""A search that another process goes on with: its engine brought to where it was, or else replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.engines.base import Diverged
from automl.failure import sentence
from automl.study.journal import JOURNAL, calls
from automl.study.journal.events import EngineReplaced

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.study.context import Context
    from automl.study.loop.proposals import Proposals


def restored(study: Context, make: Callable[[], Proposals]) -> tuple[Proposals, set[int]]:
    """The engine where the study's last process left it.

    Args:
        study: The study.
        make: Starts an engine that knows nothing of the study's trials.

    Returns:
        The engine, and its numbers of trials that run and that it gives up.
    """
    proposals = make()
    if not study.record.trials:
        return proposals, set()
    try:
        return proposals, proposals.restore(calls(study.record.folder / JOURNAL))
    except Exception as error:  # noqa: BLE001 - engines come from other distributions
        why = str(error) if isinstance(error, Diverged) else f"{sentence(error)}."
    proposals.close()
    study.journal.append(EngineReplaced())
    study.note(f"the search engine cannot go on where it was, and begins anew with what is known. {why}")
    proposals = make()
    proposals.restore(calls(study.record.folder / JOURNAL))
    return proposals, set()
