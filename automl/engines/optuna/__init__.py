"""Optuna as the search engine: its samplers and pruners, over a journal of its own or a shared database."""

from automl.engines.optuna.engine import OptunaSearch

__all__ = ["OptunaSearch"]
