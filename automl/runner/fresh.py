"""Workers in fresh interpreters, each of which imports TensorFlow for itself: slow, and without preconditions."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from automl.inheritance import override
from automl.runner.launch import Child, Launcher, interpreter

if TYPE_CHECKING:
    import subprocess

    from automl.jobs import Job
    from automl.runner.devices import Device


@cache
def warn(reason: str) -> None:
    """Tell the user, once, why trials begin more slowly than they could."""
    print(f"automl: {reason}; each job starts a Python of its own, which takes some seconds.", file=sys.stderr)  # noqa: T201


def fresh(reason: str) -> FreshLauncher:
    """The launcher of a system on which there can be no fork server, for a reason that is told."""
    warn(reason)
    return FreshLauncher()


class FreshLauncher(Launcher):
    """One new interpreter for each job."""

    def __init__(self) -> None:
        self._processes: dict[Child, subprocess.Popen[bytes]] = {}

    @override
    def launch(self, job: Job[Any], device: Device) -> Child:
        child = Child(job, device)
        self.begin(child)
        return child

    def begin(self, child: Child) -> None:
        """Start the process of a child."""
        with child.connect() as theirs:
            try:
                process = interpreter("automl.runner.spare", theirs)
            except OSError as error:
                child.refusal, child.over = error.strerror or str(error), True
                return
        self._processes[child] = process
        child.started(process.pid)

    @override
    def poll(self) -> None:
        for child, process in list(self._processes.items()):
            code = process.poll()
            if code is not None:
                child.code, child.over = code, True
                del self._processes[child]

    def waitables(self) -> list[Any]:
        """See ``Launcher.waitables``: the end of a process is seen at the end of its connection."""
        return []
