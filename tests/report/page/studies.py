"""Studies of every sort, made up."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from automl.data.spec import DataSpec, TensorSpec
from automl.objectives import Objective
from automl.records import Evaluation, StudyRecord, StudyState, TrialRecord, TrialState
from automl.space import parse
from automl.tasks import task_info

if TYPE_CHECKING:
    from pathlib import Path

NASTY = "<script>alert('하나')</script>"
"""A name that is to be shown, never run."""

CONFIG: dict[str, Any] = {
    "model": {
        "name": "cnn",
        "summary": "Layers.",
        "depth": {"low": 1, "high": 4},
        "width": {"low": 8, "high": 512, "log": True},
        "activation": {"choices": ["relu", NASTY, None, "한글"]},
        "slope": {"low": 0.0, "high": 0.5, "when": {"model.activation": "relu"}},
        "pinned": {"low": 3, "high": 3},
    },
    "training": {"learning_rate": {"low": 1e-4, "high": 1e-1, "log": True}, "epochs": 5},
    "data": {"name": "digits"},
    "search": {"name": "optuna", "sampler": "tpe", "storage": "postgresql://me:secret@host/db", "timeout": 600},
    "runner": {"name": "local"},
}
_STATES = (TrialState.COMPLETE, TrialState.COMPLETE, TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAILED)
_ODD = (-1e12, float("nan"), -float("inf"))


def made_up(folder: Path, trials: int, *, states: tuple[TrialState, ...] = _STATES, **fields: Any) -> StudyRecord:
    """A study of so many trials; their values are now and then far off, or no numbers.

    Args:
        folder: Its folder's parent.
        trials: How many.
        states: In which they end, in turn.
        fields: Of the record, in the place of the usual ones.
    """
    rng, home = random.Random(1), folder / "한 study"
    home.mkdir(parents=True, exist_ok=True)
    usual: dict[str, Any] = {
        "name": f"study {NASTY}",
        "folder": home,
        "config": CONFIG,
        "task": task_info("image_classification"),
        "objective": "val_accuracy",
        "direction": "maximize",
        "plugin": {"name": "cnn", "distribution": "automl", "version": "0.1"},
        "seed": 1,
        "slots": 2,
        "max_trials": max(1, trials),
        "started": 1.7e9,
        "seconds": 20.0 + 9.0 * trials,
        "state": StudyState.FINISHED,
        "baseline": {"accuracy": 0.1},
        "spec": DataSpec(
            "digits", "image_classification", TensorSpec((8, 8, 1), "uint8"), TensorSpec((), "int64"),
            classes=tuple(f"{n} {NASTY}" for n in range(3)), sizes={"train": 60, "validation": 20, "test": 20},
            fingerprint="abc", warnings=(f"2 images of {NASTY} were left out.",),
        ),
    }  # fmt: skip
    keys = {**usual, **fields}
    space = parse(keys["config"])
    several = len(keys.get("further", ()))
    made = [_trial(number, space.sample(rng), states, rng, home, several) for number in range(trials)]
    return StudyRecord(**keys, trials=made)


def evaluated(record: StudyRecord, best: int) -> dict[str, Any]:
    """The fields of a study whose best trial was evaluated, with what a task leaves."""
    from PIL import Image

    folder = record.folder / "evaluation"
    (folder / "figures").mkdir(parents=True)
    Image.effect_noise((1000, 800), 90).convert("RGB").save(folder / "figures" / "large one.png")
    Image.new("RGB", (40, 30), "red").save(folder / "figures" / "data_balance.png")
    (folder / "figures" / "broken.png").write_bytes(b"nothing")
    (folder / "classes.csv").write_text(f"class,f1\n{NASTY},0.5\n{'long ' * 200},0.25\n")
    (folder / "captions.json").write_text(json.dumps({"large one": f"Noise, {NASTY}."}))
    scores = {"accuracy": 0.9, "log_loss": 0.3, "f1": float("nan")}
    found = Evaluation(best, scores, scores, {"accuracy": 0.1}, folder, notes=("It was not packed.",))
    return {"evaluation": found}


def several_objectives() -> dict[str, Any]:
    """The fields of a study with two objectives."""
    return {"further": (Objective("parameters", "minimize"),)}


def _trial(
    number: int, params: dict[str, Any], states: tuple[TrialState, ...], rng: random.Random, home: Path, several: int
) -> TrialRecord:
    state = states[number % len(states)]
    value = _ODD[number // 10 % len(_ODD)] if number % 10 == 7 else 0.8 + 0.19 * rng.random()
    history = [
        {"step": float(step), "val_accuracy": value * step / 5, "loss": 2.0 / step, "val_loss": 2.5 / step}
        for step in range(1, 6)
    ]
    failed = state is TrialState.FAILED
    return TrialRecord(
        number, params, {}, home / "trials" / f"{number:04d}", state=state, failure="nan" if failed else "",
        message=f"The loss became nan in {NASTY}." if failed else "",
        value=value if state is TrialState.COMPLETE else None,
        metrics={"val_accuracy": value, **({"parameters": float(rng.randint(1, 9000))} if several else {})},
        step=5, steps=5, best_step=4, parameters=100 * number, started=1.7e9 + 10 + 4.0 * number, startup=1.0,
        seconds=8.0, history=history,
    )  # fmt: skip
