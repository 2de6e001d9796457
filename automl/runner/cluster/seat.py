"""A slot of a Ray cluster as the driver sees it."""

from __future__ import annotations

import math
import pickle
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ray
from ray.exceptions import RayActorError, RayError

from automl.files import write_whole
from automl.plugin import CHECKPOINT, Decision
from automl.runner.cluster.host import Host
from automl.runner.cluster.parcel import mirror, pack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.jobs import Job
    from automl.runner.base import Message
    from automl.runner.cluster.host import Order

_HOST = ray.remote(concurrency_groups={"news": 1}, max_restarts=0, max_task_retries=0)(Host)
_PATIENCE = 10.0
"""Seconds in which a host ends a job that it is to kill, before it is ended itself."""


class Lost(Exception):  # noqa: N818 - it is an outcome, not an error
    """A host is gone; the text says why, as far as it is known, and ``kind`` what that makes of its job."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass
class Task:
    """A job that runs in the cluster, in one host after the other where they are lost.

    Attributes:
        job: As it was submitted.
        losses: How many hosts it has lost.
        heard: The last step that it reported.
        decision: What was answered to that.
        verdict: The kind of failure and the sentence for which it is being killed, if it is.
        deadline: When it is to have ended, by ``time.monotonic``.
        started: When it was submitted.
    """

    job: Job[Any]
    losses: int = 0
    heard: int = 0
    decision: Decision = Decision.CONTINUE
    verdict: tuple[str, str] | None = None
    deadline: float = math.inf
    started: float = field(default_factory=time.monotonic)


class Seat:
    """One host, asked for by its resources, and what it does.

    Args:
        order: What every host of the study is told.
        resources: ``num_cpus`` and ``num_gpus``.

    Attributes:
        task: What it does, if anything.
        alive: When it was heard of last, by the clock of whoever watches; None before it is there.
        news: What it tells next, to wait for.
    """

    def __init__(self, order: Order, resources: Mapping[str, float]) -> None:
        self._host = _HOST.options(**resources).remote(order)
        self.task: Task | None = None
        self.alive: float | None = None
        self.news = self._host.news.remote()

    def begin(self, task: Task, job: Job[Any]) -> None:
        """Have a job run, with what lies in its folder and in those that it needs.

        Args:
            task: What it is part of.
            job: To be run now.
        """
        self.task = task
        parcel = pack(job.place.study, [job.folder, *job.needs])
        self._host.begin.remote(pickle.dumps(job), parcel)

    def hear(self) -> list[tuple[Any, ...]]:
        """The news, which have come.

        Raises:
            Lost: The host is gone.
        """
        try:
            news: list[tuple[Any, ...]] = ray.get(self.news)
            self.news = self._host.news.remote()
        except RayError as error:
            raise _lost(error) from error
        return news

    def answer(self, decision: Decision) -> None:
        """Answer the report that its job waits with."""
        self._host.answer.remote(decision.value)

    def kill_job(self, kind: str, message: str) -> None:
        """Have its job end."""
        assert self.task is not None
        self.task.verdict = kind, message
        # One that is not there yet, for want of room, hears nothing.
        self.task.deadline = time.monotonic() + (0.0 if self.alive is None else _PATIENCE)
        self._host.kill.remote(kind, message)

    def leave(self) -> Any:
        """Ask the host to end what it does and to tidy up; what to wait for."""
        return self._host.close.remote()

    def end(self) -> None:
        """End the host at once, and with it its job."""
        ray.kill(self._host)


def keep_checkpoint(job: Job[Any], content: bytes) -> None:
    """Keep the checkpoint of a job, from which it goes on where its host is lost.

    Raises:
        OSError: The study's folder cannot be written.
    """
    write_whole(job.dir / CHECKPOINT, content)


def keep_folder(job: Job[Any], parcel: bytes) -> None:
    """Make a job's folder what it was on its node.

    Raises:
        OSError: The study's folder cannot be written.
    """
    if parcel:
        mirror(parcel, job.place.study, job.folder)


def failure_of(lost: Lost) -> Message:
    """The last message of a job whose host is gone."""
    return "failed", (lost.kind, str(lost), "")


def _lost(error: RayError) -> Lost:
    told = " ".join(str(error).split())
    if "memory" in told and "running low" in told:
        return Lost("oom", "Ray ended the worker because its node ran out of memory.")
    what = "Its node, or its process on it, is gone" if isinstance(error, RayActorError) else type(error).__name__
    return Lost("crash", f"The worker was lost: {what}.")
