"""A slot on a node of a Ray cluster: an actor that runs one job after the other, each in a process of its own."""

from __future__ import annotations

import os
import pickle
import queue
import shutil
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray

from automl.data.files.scratch import prefix, sweep_dead
from automl.failure import sentence
from automl.inheritance import override
from automl.jobs.base import Place
from automl.plugin import CHECKPOINT, Decision
from automl.runner.base import Failed
from automl.runner.cluster.parcel import pack, unpack
from automl.runner.devices import cpu_slot, gpu_slot
from automl.runner.local import LocalRunner
from automl.runner.running import LAST_BREATH

if TYPE_CHECKING:
    from automl.jobs import Job
    from automl.runner.base import Event, Reported
    from automl.runner.devices import Device

BEAT = 2.0
"""Seconds after which a host tells that it is there, where it has nothing else to tell."""
_TICK = 0.2
_LONGEST = 12
"""Letters of the path of temporary files: sockets that Ray makes there have paths of a hundred at most."""


@dataclass(frozen=True)
class Order:
    """What every host of a study is told.

    Attributes:
        paths: The driver's ``sys.path``.
        folder: The driver's working directory, which paths in a configuration may be relative to.
        machine: What the driver's machine is called by ``this_machine``.
        home: Where hosts make their folders; None for among the temporary files.
        cache: The folder of the data cache on every node; None for the study's own on the driver's machine, else one
            among the temporary files.
        cpus: Threads of a trial; None for as many as TensorFlow likes.
        trial_timeout: As ``LocalRunner`` has it, and so on.
    """

    paths: tuple[str, ...]
    folder: str
    machine: str
    home: str | None
    cache: str | None
    cpus: int | None
    trial_timeout: float | None
    memory_gb: float | None
    silence: float | None


class _Slot(LocalRunner):
    """A local runner whose slot is the one that Ray has set aside."""

    slot: Device

    @override
    def devices(self, most: int) -> list[Device]:
        del most
        return [self.slot]


class Host:
    """One slot; its methods are called by the driver, in the order of the calls, and ``news`` beside them.

    Args:
        order: What every host of the study is told.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        _see(order)
        self._home = scratch(order.home)
        self._commands: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._news: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._job: Job[Any] | None = None
        self._seen = 0.0
        self._slot = _Slot(trial_timeout=order.trial_timeout, memory_gb=order.memory_gb, silence=order.silence)
        self._slot.slot = _device(order.cpus)
        self._slot.start(self._on_report, 1)
        threading.Thread(target=self._run, name="slot", daemon=True).start()

    def begin(self, job: bytes, parcel: bytes) -> None:
        """Start a pickled job, with the folders that it needs."""
        self._commands.put(("begin", job, parcel))

    def answer(self, decision: str) -> None:
        """Answer the report that waits."""
        self._answers.put(decision)

    def kill(self, kind: str, message: str) -> None:
        """End the job that runs; it is told of as ``Failed`` of that kind."""
        self._commands.put(("kill", kind, message))
        self._answers.put(Decision.CONTINUE.value)  # it may wait for one, and is about to end

    def close(self) -> None:
        """End what runs, and leave nothing behind."""
        done = threading.Event()
        self._commands.put(("close", done))
        self._answers.put(Decision.STOP.value)
        done.wait(BEAT)

    @ray.method(concurrency_group="news")  # type: ignore[untyped-decorator]
    def news(self) -> list[tuple[Any, ...]]:
        """What has happened since the last call: waited for, but not for long.

        ``("report", step, content)``, ``("checkpoint", bytes)``, ``("ended", message, seconds, parcel)``.
        """
        with suppress(queue.Empty):
            found = [self._news.get(timeout=BEAT)]
            while True:
                try:
                    found.append(self._news.get_nowait())
                except queue.Empty:
                    return found
        return []

    def _run(self) -> None:
        """Obey commands and watch the job, in the one thread that touches the runner."""
        while True:
            with suppress(queue.Empty):
                command, *content = self._commands.get(block=self._job is None)
                if command == "close":
                    self._close(*content)
                    return
                self._attempt(getattr(self, f"_{command}"), *content)
            if self._job is not None:
                self._attempt(self._watch)

    def _attempt(self, act: Any, *content: Any) -> None:
        """Whatever goes wrong here, as on a full disk, is one failed job."""
        try:
            act(*content)
        except Exception as error:  # noqa: BLE001 - the driver is to know whatever it is
            text = f"The job cannot be run on its node: {sentence(error)}."
            if self._job is not None:
                self._slot.kill(self._job.id, "error", text)
                self._slot.events(LAST_BREATH)
            self._tell(("failed", ("error", text, "")), 0.0, b"")

    def _begin(self, pickled: bytes, parcel: bytes) -> None:
        self._answers = queue.SimpleQueue()
        job: Job[Any] = pickle.loads(pickled)
        unpack(parcel, self._home)
        self._job = job.at(Place(self._home, self._cache(job.cache)))
        self._job.dir.mkdir(parents=True, exist_ok=True)
        self._seen = self._written()
        self._slot.submit(self._job)

    def _kill(self, kind: str, message: str) -> None:
        if self._job is not None:
            self._slot.kill(self._job.id, kind, message)

    def _close(self, done: threading.Event) -> None:
        self._slot.close()  # the fork server ends with this process
        shutil.rmtree(self._home, ignore_errors=True)
        done.set()

    def _watch(self) -> None:
        for event in self._slot.events(_TICK):
            self._ended(event)
            return
        self._send_checkpoint()

    def _on_report(self, report: Reported) -> Decision:
        self._send_checkpoint()  # which was written since the last one
        self._news.put(("report", report.step, report.content))
        return Decision(self._answers.get())

    def _send_checkpoint(self) -> None:
        """A host that is lost leaves nothing else behind."""
        written = self._written()
        if self._job is not None and written > self._seen:
            self._seen = written
            with suppress(OSError):  # a trial that ends removes it
                self._news.put(("checkpoint", (self._job.dir / CHECKPOINT).read_bytes()))

    def _written(self) -> float:
        with suppress(OSError):
            if self._job is not None:
                return (self._job.dir / CHECKPOINT).stat().st_mtime
        return 0.0

    def _ended(self, event: Event) -> None:
        if isinstance(event, Failed):
            message: tuple[str, Any] = "failed", (event.kind, event.message, event.trace)
        else:
            message = ("pruned", None) if event.pruned else ("finished", event.value)
        assert self._job is not None
        self._tell(message, event.seconds, pack(self._home, [self._job.folder]))

    def _tell(self, message: tuple[str, Any], seconds: float, parcel: bytes) -> None:
        self._job = None
        self._news.put(("ended", message, seconds, parcel))
        for path in self._home.iterdir():
            shutil.rmtree(path, ignore_errors=True)

    def _cache(self, drivers: Path) -> Path:
        """The folder of the data cache on this machine."""
        if self._order.cache is not None:
            return Path(self._order.cache)
        if self._order.machine == this_machine() and drivers.parent.is_dir():
            return drivers
        return _temporary() / "cache"


def this_machine() -> str:
    """What no other machine that runs is called."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{os.uname().nodename} {time.time()}"


def scratch(home: str | None) -> Path:
    """A folder of this process, which is found and swept once it is dead.

    Args:
        home: Where it is made; None for among the temporary files of the user.
    """
    parent = Path(home) if home else _temporary()
    parent.mkdir(mode=0o700, exist_ok=True)
    sweep_dead(parent)
    return Path(tempfile.mkdtemp(prefix=prefix("r"), dir=parent))


def _temporary() -> Path:
    base = Path(tempfile.gettempdir())
    base = base if len(str(base)) <= _LONGEST else Path("/tmp")  # noqa: S108 - what is ours in it, others cannot enter
    return base / f"automl-{os.getuid()}"


def _see(order: Order) -> None:
    """Find what the driver finds, as far as this machine has it."""
    sys.path += [path for path in order.paths if path not in sys.path and Path(path).exists()]
    with suppress(OSError):
        os.chdir(order.folder)


def _device(cpus: int | None) -> Device:
    """What Ray has set aside for this actor."""
    ids = ray.get_runtime_context().get_accelerator_ids().get("GPU") or []
    return gpu_slot(f"gpu:{ids[0]}", str(ids[0]), cpus) if ids else cpu_slot(0, cpus or 1)
