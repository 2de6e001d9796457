"""What a worker is asked to do: pre-flight, a trial, the final evaluation; each a job with a result of its own."""

from automl.jobs.base import Answer, Job, Place
from automl.jobs.work import (
    EvaluateJob,
    Notes,
    Preflight,
    PreflightJob,
    Rehearsal,
    RehearseJob,
    Scores,
    Step,
    Subject,
    Trained,
    TrainJob,
)

__all__ = [
    "Answer",
    "EvaluateJob",
    "Job",
    "Notes",
    "Place",
    "Preflight",
    "PreflightJob",
    "Rehearsal",
    "RehearseJob",
    "Scores",
    "Step",
    "Subject",
    "TrainJob",
    "Trained",
]
