"""Samplers: Optuna's own, each told the space beforehand, and those that it has not in the form that is needed here."""

from automl.engines.optuna.samplers.exhaustive import Exhaustive
from automl.engines.optuna.samplers.make import make_sampler

__all__ = ["Exhaustive", "make_sampler"]
