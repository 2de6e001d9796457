"""The worker's side: one process, one job."""

from __future__ import annotations

import faulthandler
import os
import pickle
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl import failure
from automl.errors import AutomlError, PluginError
from automl.jobs.determinism import settle
from automl.plugin import Decision, Pruned, TrialFailed
from automl.runner import pulse
from automl.runner.base import FAILURES
from automl.runner.channel import Channel
from automl.runner.plain import plain

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from types import FrameType

    from automl.jobs import Answer, Job
    from automl.runner.base import Message
    from automl.runner.devices import Device

_LARGEST = 1 << 26
"""Bytes of a result; it is to hold figures, and what is larger belongs into the job's folder."""


def serve(end: socket.socket) -> None:
    """Entry of a worker process: take the job out of the connection, do it, send what became of it."""
    ignore_signals()
    _offer()
    channel = Channel(end)
    try:
        message = _work(channel)
    except (EOFError, OSError):
        return  # the driver gave this worker up before it began
    with suppress(OSError):
        channel.send_bytes(_packed(message))
    with suppress(OSError, ValueError):
        sys.stdout.flush()


def attempt(job: Job[Any], answer: Answer) -> Message:
    """Do a job and tell what became of it; nothing that it raises gets past here."""
    try:
        settle(job.config)
        return "finished", plain(job.run(answer))
    except Pruned:
        return "pruned", None
    except AutomlError as error:
        # Where a plugin is at fault its author wants to see more than a sentence.
        is_caused = isinstance(error, PluginError) and error.__cause__ is not None
        return "failed", ("user", str(error), failure.trace(error) if is_caused else "")
    except TrialFailed as error:
        kind = error.kind if error.kind in FAILURES else "error"
        return "failed", (kind, str(error), failure.trace(error))
    except MemoryError as error:
        return "failed", ("oom", f"Memory ran out: {error}", failure.trace(error))
    except BaseException as error:  # noqa: BLE001 - whatever a plugin raises, an exit included, is one failed trial
        return "failed", (failure.kind(error), failure.sentence(error), failure.trace(error))


def ignore_signals() -> None:
    """The driver decides what an interrupt, a request to end, or a closed terminal mean; its whole group gets them."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name)
        signal.signal(number, _ignore(os.getpid()))
        signal.siginterrupt(number, False)


def _offer() -> None:
    """Where the machine's memory runs out, the kernel is to end a worker rather than its driver."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def _work(channel: Channel) -> Message:
    """Receive the job and do it.

    Raises:
        EOFError, OSError: The driver is gone.
    """
    paths, order = channel.wait()
    try:
        sys.path[:] = paths  # before the job is unpacked, which may need them
        job, device = _begin(pickle.loads(order))
    except Exception as error:  # noqa: BLE001 - the driver is to know whatever it is
        return "failed", ("error", f"The job cannot begin: {failure.sentence(error)}.", failure.trace(error))
    device.apply()
    return _do(job, channel)


def _begin(order: tuple[str, Job[Any], Device]) -> tuple[Job[Any], Device]:
    folder, job, device = order
    with suppress(OSError):  # the driver's folder may be gone by now, and most jobs do not need it
        os.chdir(folder)
    _redirect(job)
    return job, device


def _do(job: Job[Any], channel: Channel) -> Message:
    def answer(step: int, content: Any) -> Decision:
        try:
            channel.send(("report", (step, plain(content, "report"))))
            return Decision(channel.wait())
        except (EOFError, OSError):
            os._exit(1)  # the driver is gone, and nobody waits for this trial

    pulse.start(channel)
    message = attempt(job, answer)
    if message[0] == "failed" and message[1][2]:
        with suppress(OSError):
            (job.dir / "traceback.txt").write_text(message[1][2], encoding="utf-8", errors="backslashreplace")
    return message


def _packed(message: Message) -> bytes:
    data = pickle.dumps(message)
    if len(data) > _LARGEST:
        text = f"The job's result is larger than {_LARGEST >> 20} MiB; what is large belongs into the job's folder."
        data = pickle.dumps(("failed", ("error", f"{text} Received: {len(data) >> 20} MiB.", "")))
    return data


def _ignore(worker: int) -> Callable[[int, FrameType | None], None]:
    """A handler that ignores a signal in this process alone: programs that a plugin starts are ended as usual."""

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        if os.getpid() != worker:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    return handle


def _redirect(job: Job[Any]) -> None:
    """Send what the process prints, native code included, to the job's own log."""
    log = os.open(job.dir / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    options: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace", "closefd": False}
    sys.stdout = open(1, "w", buffering=1, **options)  # noqa: SIM115 - no path, and open as long as the process
    sys.stderr = open(2, "w", buffering=1, **options)  # noqa: SIM115 - likewise
    faulthandler.enable()
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {job.kind} {job.id}, process {os.getpid()}", flush=True)  # noqa: T201
