"""The pruner that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optuna.pruners import (
    BasePruner,
    HyperbandPruner,
    MedianPruner,
    NopPruner,
    PatientPruner,
    PercentilePruner,
    SuccessiveHalvingPruner,
)

from automl.errors import ConfigError

if TYPE_CHECKING:
    from automl.engines.base import Problem
    from automl.engines.optuna.engine import OptunaSearch


def rule(settings: OptunaSearch, problem: Problem) -> str:
    """The name of the pruner that the settings come to."""
    if settings.pruner != "auto":
        return settings.pruner
    return "median" if len(problem.directions) == 1 else "none"


def warmup_steps(settings: OptunaSearch, problem: Problem) -> int:
    """Steps that no trial is pruned in: none where they are folds, at the end of which models are trained."""
    return 0 if problem.folds else settings.warmup_steps


def make_pruner(settings: OptunaSearch, problem: Problem) -> BasePruner:
    """The pruner that the settings name.

    Raises:
        ConfigError: There are several objectives, by which no trial can be pruned.
    """
    name = rule(settings, problem)
    if name != "none" and len(problem.directions) > 1:
        raise ConfigError(
            f"search.pruner: trials are not pruned by several objectives. Set search.pruner=none. Received: {name}."
        )
    steps = warmup_steps(settings, problem)
    startup, warmup = settings.startup_trials, steps + 1  # Optuna counts steps from 0
    # A first rung behind the last step would leave Hyperband without a bracket.
    rung = max(1, min(steps, problem.steps or steps))
    match name:
        case "median":
            return MedianPruner(startup, warmup)
        case "percentile":
            return PercentilePruner(settings.percentile, startup, warmup)
        case "patient":
            return PatientPruner(MedianPruner(startup, warmup), settings.patience_steps)
        case "asha":
            return SuccessiveHalvingPruner(rung, settings.reduction_factor)
        case "hyperband":
            return HyperbandPruner(rung, problem.steps or "auto", settings.reduction_factor)
    return NopPruner()
