"""A job without a model, which behaves well or badly by script: what runners are tried with."""

from __future__ import annotations

import math
import os
import signal
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from automl.errors import ConfigError
from automl.files import write_whole
from automl.inheritance import override
from automl.jobs.base import Job
from automl.plugin import CHECKPOINT, Decision, Pruned, TrialFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.jobs.base import Answer

Script = Literal[
    "well", "numpy", "large", "files",
    "error", "cause", "mute", "exit", "interrupt", "nan", "memory", "user", "too large",
    "hang", "spin", "kill", "segfault", "leave",
]  # fmt: skip

METRICS = 1000
"""As many as a step may have."""
CARRIED = "carried.txt"
"""The file in the job's folder that ``files`` reads; it writes its upper case beside it."""
_BYTES = 8 << 20
_TOO_MANY = 70 << 20


class MuteError(Exception):
    """An exception that can neither be shown nor pickled."""

    def __str__(self) -> str:
        raise ValueError("no text")

    def __reduce__(self) -> str:
        raise TypeError("no pickle")


@dataclass(frozen=True)
class ScriptedJob(Job[Any]):
    """Reports its steps, and does at the second what its script says.

    It tells ``value``, the step's number, ``pid``, its process, ``began``, the step after which that began, and its
    ``gpu``.

    Attributes:
        script: ``well`` ends with the number of its last step, ``numpy`` with NumPy's of it, ``large`` with 8 MB of
            text, having reported a thousand metrics of odd values at each step; the rest fail.
        steps: How many.
        pause: Seconds before each step.
        resume: Whether it goes on from the step that its folder tells of.
    """

    script: Script
    steps: int = 3
    pause: float = 0.0
    resume: bool = False

    kind: ClassVar[str] = "scripted"

    def run(self, answer: Answer) -> Any:
        """Follow the script."""
        began = step = self._reached()
        while step < self.steps:
            step += 1
            time.sleep(self.pause)
            if step == 2:
                self._strike()
            match answer(step, self._content(step, began)):
                case Decision.PRUNE:
                    raise Pruned
                case Decision.STOP:
                    break
            write_whole(self._checkpoint, str(step))
        return self._result(step)

    @override
    def again(self) -> Self:
        return replace(self, resume=True)

    @property
    def _checkpoint(self) -> Path:
        return self.dir / CHECKPOINT

    def _reached(self) -> int:
        return int(self._checkpoint.read_text()) if self.resume and self._checkpoint.is_file() else 0

    def _content(self, step: int, began: int) -> Mapping[str, Any]:
        if self.script != "large":
            told = {"value": float(step), "pid": os.getpid(), "began": began}
            return {**told, "gpu": os.environ.get("CUDA_VISIBLE_DEVICES")}
        odd = (math.inf, -math.inf, 1e308, 5e-324, float(step))
        return {f"metric {number} {'x' * 1000}": odd[number % len(odd)] for number in range(METRICS)}

    def _result(self, step: int) -> Any:
        match self.script:
            case "numpy":
                import numpy as np

                return {"step": np.int64(step), "values": np.full(2, 0.5, np.float32)}
            case "large":
                return "x" * _BYTES
            case "too large":
                return "x" * _TOO_MANY
            case "files":
                (self.dir / "written").mkdir()
                (self.dir / "written" / "한글 name.txt").write_text((self.dir / CARRIED).read_text().upper())
                (self.dir / CARRIED).unlink()
        return step

    def _strike(self) -> None:
        self._raise()
        self._die()

    def _raise(self) -> None:
        match self.script:
            case "error":
                raise ValueError("scripted error")
            case "cause":
                raise RuntimeError("The network cannot be built.") from MuteError()
            case "mute":
                raise MuteError
            case "exit":
                sys.exit(5)
            case "interrupt":
                raise KeyboardInterrupt
            case "nan":
                raise TrialFailed("nan", "The loss is not finite after step 1.")
            case "memory":
                raise MemoryError("scripted")
            case "user":
                raise ConfigError("model.depth: expected an integer.")

    def _die(self) -> None:
        match self.script:
            case "hang":
                time.sleep(600)
            case "spin":
                while True:
                    pass
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "leave":
                os._exit(3)
