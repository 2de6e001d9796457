"""The study's wall-clock: what is left for trials once the final evaluation has its share."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Starting a worker, and what the rehearsal on a few samples does not show.
_START_SECONDS = 4.0
# A trial that is ending may run this far into what is kept back: its model is worth more than an evaluation with time
# to spare, and the rest still covers reading the data and building the model once more.
_ENDING_SHARE = 0.3
# So far one that was ended even so may load its checkpoint and save its best epoch.
_SALVAGE_SHARE = 0.6
# What each further model of a bag adds to the final evaluation, which is rehearsed with one: of ten small networks that
# are loaded, asked and packed half the time is theirs.
_MODEL_SHARE = 0.1
_LEAST_GRACE, _MOST_GRACE = 10.0, 600.0


def reserve_for(reading: float, evaluation: float, models: int = 1) -> float:
    """Seconds to keep back for the final evaluation: it reads the data as pre-flight did, and works as it rehearsed.

    Before it a trial that has to be ended reads the data once more, for its best epoch to be saved.

    Args:
        reading: Seconds that pre-flight took to read the data.
        evaluation: Seconds that the rehearsal took to score, draw and pack.
        models: Of how many the mean is taken.
    """
    return _START_SECONDS + 3.0 * reading + (2.0 + _MODEL_SHARE * (models - 1)) * evaluation


def evaluated_share(sizes: Mapping[str, int], learned: float = 1.0) -> float:
    """The final evaluation's predictions as a share of an epoch, were a sample trained on no dearer than one looked at.

    Args:
        sizes: Samples by part; an episode or two of an environment say nothing of a step, which counts as one then.
        learned: Of the train samples, that an epoch goes over; of few it is no measure of all that is looked at.
    """
    epoch = learned * sizes.get("train", 0) + sizes.get("validation", 0)
    share = (sizes.get("validation", 0) + sizes.get("test", 0)) / epoch if epoch else 1.0
    return share if learned < 1.0 else min(1.0, share)


@dataclass(frozen=True)
class Budget:
    """The time of a study.

    Attributes:
        deadline: ``time.time()`` at which everything has to be over, if any.
        reserve: Seconds that are kept back for the final evaluation.
        slowest: Seconds of the slowest step of any trial so far.
        share: How much of the work of a step the final evaluation's reading of validation and test part is.
    """

    deadline: float | None
    reserve: float = 0.0
    slowest: float = 0.0
    share: float = 1.0

    def left(self) -> float:
        """Seconds that are left for trials; below zero once they are over."""
        if self.deadline is None:
            return float("inf")
        return self.deadline - self.reserve - self.share * self.slowest - time.time()

    def is_overdrawn(self) -> bool:
        """Whether a trial that still runs takes time that the final evaluation needs."""
        return self.left() < -_ENDING_SHARE * self.reserve

    def is_late(self) -> bool:
        """Whether even saving what a trial has takes time that the final evaluation needs."""
        return self.left() < -_SALVAGE_SHARE * self.reserve

    def is_over(self) -> bool:
        """Whether the deadline itself has passed."""
        return self.deadline is not None and time.time() > self.deadline

    def grace(self) -> float:
        """Seconds that trials have, after an interrupt, to end their step and save their best weights."""
        return min(max(_LEAST_GRACE, 2.0 * self.slowest), _MOST_GRACE)
