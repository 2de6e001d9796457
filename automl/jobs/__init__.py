"""What a worker is asked to do: pre-flight, a trial, the final evaluation; each a job with a result of its own."""

from automl.jobs.base import Answer, Job, Place
from automl.jobs.results import (
    Candidate,
    Chosen,
    Notes,
    Preflight,
    Rehearsal,
    Scores,
    Step,
    Subject,
    Trained,
    Underway,
)
from automl.jobs.work import EnsembleJob, EvaluateJob, IdentifyJob, PreflightJob, RefitJob, RehearseJob, TrainJob

__all__ = [
    "Answer",
    "Candidate",
    "Chosen",
    "EnsembleJob",
    "EvaluateJob",
    "IdentifyJob",
    "Job",
    "Notes",
    "Place",
    "Preflight",
    "PreflightJob",
    "RefitJob",
    "Rehearsal",
    "RehearseJob",
    "Scores",
    "Step",
    "Subject",
    "TrainJob",
    "Trained",
    "Underway",
]
