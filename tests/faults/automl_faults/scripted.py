"""A model without training: its score is a parabola of ``x``, its faults are scripted."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from automl.plugin import ModelPlugin, Result, Trial, TrialFailed
from automl_faults.strikes import strike

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, DataSpec, Part

Fault = Literal[
    "none", "error", "nan", "oom", "kill", "segfault", "exit", "hang", "mute", "nan score",
    "stop", "spin", "deadlock", "beats", "child", "system exit", "interrupt", "cause", "mute error", "framework",
    "text metric", "many metrics", "fractional step", "odd kind", "odd result", "numpy result", "flood", "deaf",
    "grow", "child grows", "mapped",
]  # fmt: skip
Late = Literal["none", "score error", "score kill", "figure error", "figures kill", "figures kill once", "pack kill"]


@dataclass
class Scripted(ModelPlugin):
    """Scores ``1 - (x - 0.3)^2``, approached over ``steps`` reports; a fault strikes where ``x < fault_below``.

    The score is off by ``noise`` at most, as the seed has it.

    A late fault strikes in the final evaluation, not in its rehearsal; one that strikes once leaves a mark beside the
    figures. ``size`` is that of the model at its best.
    """

    x: float
    steps: int = 3
    pause: float = 0.0
    fault: Fault = "none"
    fault_below: float = 2.0
    late: Late = "none"
    rehearsed: bool = False
    noise: float = 0.0
    size: int = 0

    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        return self._parameters

    @property
    def _parameters(self) -> int:
        """The better it scores, the larger it is, where a size is given."""
        return 1 + round(self.size * (1.0 - (self.x - 0.3) ** 2))

    def fit(self, data: Dataset, trial: Trial) -> Result:
        trial.mark("fit")
        self.rehearsed = trial.dir.name == "rehearsal"
        found = trial.restore() or {"step": 0, "value": 0.0}
        step, value = found["step"], found["value"]
        while step < self.steps and not trial.should_stop:
            step += 1
            time.sleep(self.pause)
            if self.fault != "none" and self.x < self.fault_below and step == 2:
                self._strike(trial)
            luck = random.Random(f"{trial.seed} {self.x}").uniform(-self.noise, self.noise)
            value = (1.0 - (self.x - 0.3) ** 2) * step / self.steps + luck
            value = math.nan if self.fault == "nan score" and self.x < self.fault_below else value
            metrics = {"loss": 1.0 - value} if self.fault == "mute" else {"val_accuracy": value}
            trial.report(step, **metrics)
            trial.checkpoint(lambda step=step, value=value: {"step": step, "value": value})
        metrics = {"loss": 1.0} if self.fault == "mute" else {"val_accuracy": value}
        odd = {"odd result": {"val_accuracy": object()}, "numpy result": {"val_accuracy": np.float32(value)}}
        return Result(odd.get(self.fault, metrics), best_step=step, steps=step, parameters=self._parameters)

    def _strike(self, trial: Trial) -> None:
        match self.fault:
            case "error":
                raise ValueError("scripted error")
            case "nan":
                raise TrialFailed("nan", "The loss is not finite after step 1.")
            case "oom":
                if trial.training["batch_size"] > 16:
                    raise MemoryError("scripted")
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "segfault":
                os.kill(os.getpid(), signal.SIGSEGV)
            case "exit":
                os._exit(3)
            case "hang":
                time.sleep(600)
            case _:
                strike(self.fault, trial)

    @property
    def _late(self) -> Late:
        return "none" if self.rehearsed else self.late

    def evaluate(self, part: Part) -> dict[str, float]:
        if self._late == "score error":
            raise ValueError("scripted error")
        if self._late == "score kill":
            os.kill(os.getpid(), signal.SIGKILL)
        return {"accuracy": 1.0 - (self.x - 0.3) ** 2}

    def artifacts(self, data: Dataset, folder: Path) -> None:
        if self._late == "figure error":
            raise KeyError("scripted")
        struck = (folder / "struck").exists()
        (folder / "struck").touch()
        if self._late == "figures kill" or (self._late == "figures kill once" and not struck):
            os.kill(os.getpid(), signal.SIGKILL)

    def export(self, folder: Path) -> None:
        if self._late == "pack kill":
            os.kill(os.getpid(), signal.SIGKILL)
        super().export(folder)

    def predict(self, inputs: Any) -> np.ndarray:
        return np.full((len(inputs), 10), 0.1)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "fields.json").write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(**json.loads((folder / "fields.json").read_text()))
