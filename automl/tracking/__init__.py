"""Where studies, trials and models are recorded."""

from automl.tracking.base import make_tracker

__all__ = ["make_tracker"]
