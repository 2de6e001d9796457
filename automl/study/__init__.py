"""A study: its loop, its budgets, its final evaluation, what it gives up on and what it keeps."""

from automl.study.study import Study

__all__ = ["Study"]
