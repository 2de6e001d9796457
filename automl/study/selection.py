"""Which models are kept: those of the best trials, as many as were asked for and the disk allows."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from automl.report.summary import write_best

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from automl.records import StudyRecord, TrialRecord

_POOL = 12
"""Models to choose an ensemble from. Caruana et al. chose from thousands; what the best dozen lack, further ones rarely
have, and each costs its place on the disk."""


class Selection:
    """The best trials so far: their models stay in their folders, the first one's configuration is ``best.yaml``.

    Where an ensemble is to be chosen from them they are more, and the best of each family is among them: models that
    err alike gain nothing from each other.

    Args:
        record: The study.
    """

    def __init__(self, record: StudyRecord) -> None:
        search = record.config["search"]
        self._record = record
        self._count: int = max(search.get("keep_models") or 1, search.get("confirm") or 0)
        is_asked = (record.config.get("ensemble") or {}).get("name", "none") != "none"
        self._pool = _POOL if is_asked else 0
        self._kept = {trial.number: trial for trial in record.ranked if (trial.folder / "plugin").is_dir()}
        self._best: TrialRecord | None = None
        self._is_short = False

    def trial_ended(self, trial: TrialRecord, runner: Mapping[str, Any]) -> None:
        """Keep a trial's model if it is one of the best, and let go of the one that it takes the place of.

        Args:
            trial: The one that has ended.
            runner: Keys of the ``runner`` section to pin, so that the scores come out the same.

        Raises:
            OSError: The study's folder cannot be written.
        """
        self._kept[trial.number] = trial
        self.settle(runner)

    def settle(self, runner: Mapping[str, Any]) -> None:
        """Bring what is kept to what the study knows now.

        Raises:
            OSError: The study's folder cannot be written.
        """
        if self._record.best is not self._best:
            self._best = self._record.best
            write_best(self._record, runner)
        ranked = self._record.ranked
        best = {trial.number for trial in [*ranked[: self._most()], *self._choices(ranked)]}
        for number in [number for number in self._kept if number not in best]:
            shutil.rmtree(self._kept.pop(number).folder / "plugin", ignore_errors=True)

    def handed_over(self, runner: Mapping[str, Any]) -> None:
        """Have ``best.yaml`` say whether the best configuration is to be fitted again, now that this is known.

        Raises:
            OSError: The study's folder cannot be written.
        """
        self._best = None
        self.settle(runner)

    def candidates(self) -> list[TrialRecord]:
        """The trials whose models an ensemble is chosen from, the best first."""
        ranked = [one for one in self._record.ranked if one.number in self._kept and (one.folder / "plugin").is_dir()]
        return [one for one in ranked if not self._record.is_short(one)]  # they are compared on all samples

    def shrink(self) -> bool:
        """Keep half as many models, at least the best one's; whether there was one to let go of."""
        if len(self._kept) < 2:
            return False
        half = max(1, len(self._kept) // 2)
        self._count = min(self._count, half) if self._pool else half
        self._pool, self._is_short = min(self._pool, half), True
        self.settle({})
        return True

    def _most(self) -> int:
        """How many models to keep: of several objectives all of the front, as long as the disk allows."""
        several = bool(self._record.further) and not self._is_short
        return max(self._count, len(self._record.front)) if several else self._count

    def _choices(self, ranked: list[TrialRecord]) -> list[TrialRecord]:
        """What an ensemble is to be chosen from: the best of each family before further ones of any."""
        firsts = {one.family: one for one in reversed(ranked)}
        leading = [one for one in ranked if firsts[one.family] is one]
        return [*leading, *(one for one in ranked if firsts[one.family] is not one)][: self._pool]
