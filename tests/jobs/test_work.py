"""Jobs as they travel: plain, opaque to runners, their files where the runner says."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl.jobs import EvaluateJob, Place, Scores, Step, Subject, Trained, TrainJob
from automl.runner.plain import plain

HERE, THERE = Place(Path("/here/study"), Path("/here/cache")), Place(Path("/there/study"), Path("/there/cache"))


def test_a_job_finds_its_files_where_its_runner_says() -> None:
    subject = Subject("trials/0001/plugin", [], "val_accuracy", 3)
    job = pickle.loads(pickle.dumps(EvaluateJob(-2, {}, HERE, "evaluation", subject)))
    assert (job.dir, job.cache) == (Path("/here/study/evaluation"), Path("/here/cache"))
    moved = job.at(THERE)
    assert (moved.dir, moved.cache) == (Path("/there/study/evaluation"), Path("/there/cache"))
    assert moved.plugin_folder == Path("/there/study/trials/0001/plugin")
    assert moved.steps == tuple(Step)
    assert "/here" not in repr(moved)


def test_results_are_plain_and_keep_their_type() -> None:
    loss: Any = np.float32(0.5)
    steps: Any = np.int64(2)
    told = plain(Trained({"loss": loss}, 1, steps, 3, {}, ["이름"]))
    assert told == Trained({"loss": 0.5}, 1, 2, 3, {}, ["이름"])
    assert (type(told.metrics["loss"]), type(told.steps)) == (float, int)
    assert plain(Scores({}, {"r2": np.float64("nan")}, {})).baseline == {}


def test_a_dataclass_of_somebody_else_does_not_reach_the_driver() -> None:
    @dataclass
    class Foreign:
        loss: float

    with pytest.raises(TypeError, match=r"result.metrics.loss: expected numbers, .* Received: Foreign."):
        plain(Trained({"loss": Foreign(0.5)}, 1, 1, 1, {}, []))  # type: ignore[dict-item]


def test_every_job_says_in_a_word_what_it_is() -> None:
    job = TrainJob(3, {}, HERE, "trials/0003", {}, "val_accuracy", "maximize")
    assert (job.kind, EvaluateJob.kind) == ("trial", "evaluate")
    assert (job.resume, job.salvage) == (False, False)
