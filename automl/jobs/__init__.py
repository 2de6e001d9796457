"""What a worker is asked to do: pre-flight, a trial, the final evaluation."""

from automl.jobs.perform import perform

__all__ = ["perform"]
