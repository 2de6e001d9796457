"""A model without training: its score is a parabola of ``x``, its faults are scripted."""

from __future__ import annotations

import json
import math
import os
import signal
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from automl.plugin import ModelPlugin, Result, Trial, TrialFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, DataSpec, Part

Fault = Literal["none", "error", "nan", "oom", "kill", "segfault", "exit", "hang", "mute", "nan score"]


@dataclass
class Scripted(ModelPlugin):
    """Scores ``1 - (x - 0.3)^2``, approached over ``steps`` reports; a fault strikes where ``x < fault_below``."""

    x: float
    steps: int = 3
    pause: float = 0.0
    fault: Fault = "none"
    fault_below: float = 2.0

    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        return 1

    def fit(self, data: Dataset, trial: Trial) -> Result:
        trial.mark("fit")
        value = 0.0
        for step in range(1, self.steps + 1):
            time.sleep(self.pause)
            if self.fault != "none" and self.x < self.fault_below and step == 2:
                self._strike(trial)
            value = (1.0 - (self.x - 0.3) ** 2) * step / self.steps
            value = math.nan if self.fault == "nan score" and self.x < self.fault_below else value
            metrics = {"loss": 1.0 - value} if self.fault == "mute" else {"val_accuracy": value}
            trial.report(step, **metrics)
            if trial.should_stop:
                break
        metrics = {"loss": 1.0} if self.fault == "mute" else {"val_accuracy": value}
        return Result(metrics, best_step=step, steps=step, parameters=1)

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

    def evaluate(self, part: Part) -> dict[str, float]:
        return {"accuracy": 1.0 - (self.x - 0.3) ** 2}

    def predict(self, inputs: Any) -> np.ndarray:
        return np.full((len(inputs), 10), 0.1)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "fields.json").write_text(json.dumps(asdict(self)))

    @classmethod
    def load(cls, folder: Path) -> Self:
        return cls(**json.loads((folder / "fields.json").read_text()))
