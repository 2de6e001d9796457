"""What a worker is asked to do: pre-flight, a trial, the final evaluation; each a job with a result of its own."""

from automl.jobs.base import Answer, Job, Place
from automl.jobs.results import Notes, Preflight, Rehearsal, Scores, Step, Subject, Trained, Underway
from automl.jobs.work import EvaluateJob, IdentifyJob, PreflightJob, RehearseJob, TrainJob

__all__ = [
    "Answer",
    "EvaluateJob",
    "IdentifyJob",
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
    "Underway",
]
