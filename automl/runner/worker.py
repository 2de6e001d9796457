"""The worker's side: one process, one job."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
import traceback
from typing import TYPE_CHECKING

from automl.errors import AutomlError
from automl.jobs import perform
from automl.plugin import Decision, Pruned, TrialFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.connection import Connection

    from automl.runner.base import Job, Message
    from automl.runner.devices import Device


def main(job: Job, connection: Connection, device: Device) -> None:
    """Entry of a worker process: do the job, send what became of it, end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the driver decides what an interrupt means
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _redirect(job)
    device.apply()

    def answer(step: int, metrics: Mapping[str, float]) -> Decision:
        try:
            connection.send(("report", (step, dict(metrics))))
            return Decision(connection.recv())
        except (EOFError, OSError):
            os._exit(1)  # the driver is gone, and nobody waits for this trial

    message = attempt(job, answer)
    try:
        connection.send(message)
        connection.close()
    except OSError:
        os._exit(1)


def attempt(job: Job, answer: Callable[[int, Mapping[str, float]], Decision]) -> Message:
    """Do a job and tell what became of it; nothing that it raises gets past here."""
    try:
        return "finished", perform(job, answer)
    except Pruned:
        return "pruned", None
    except AutomlError as error:
        return "failed", ("user", str(error), "")
    except TrialFailed as error:
        return "failed", (error.kind, str(error), traceback.format_exc())
    except MemoryError as error:
        return "failed", ("oom", f"Memory ran out: {error}", traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises is one failed trial
        kind = "oom" if type(error).__name__ == "ResourceExhaustedError" else "error"
        first = (str(error).strip().splitlines() or [""])[0]
        return "failed", (kind, f"{type(error).__name__}: {first}", traceback.format_exc())


def _redirect(job: Job) -> None:
    """Send what the process prints, native code included, to the job's own log."""
    log = os.open(job.dir / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    faulthandler.enable()
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {job.kind} {job.id}, process {os.getpid()}", flush=True)  # noqa: T201
