"""Where studies, trials and models are recorded."""

from automl.tracking.base import check_tracking, make_tracker

__all__ = ["check_tracking", "make_tracker"]
