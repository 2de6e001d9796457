"""The trial's job: it goes on from a checkpoint, or ends with the best epoch of one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from automl.jobs import Place, TrainJob
from automl.jobs.train import train
from automl.plugin import CHECKPOINT, Decision, Pruned, TrialFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

CONFIG = {
    "seed": 1,
    "model": {"name": "cnn", "tasks": ["image_classification"], "blocks": 1, "filters": 4, "dropout": 0.2},
    "data": {"name": "digits", "task": "image_classification", "validation": 0.2, "test": 0.2},
    "training": {"name": "supervised", "epochs": 4, "batch_size": 128, "augmentation": "flip_crop"},
}


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., TrainJob]:
    monkeypatch.setattr("automl.checkpoint.SECONDS", 0.0)

    def make(name: str = "trial", **how: Any) -> TrainJob:
        (tmp_path / name).mkdir(exist_ok=True)
        place = Place(tmp_path, tmp_path / "cache")
        return TrainJob(0, CONFIG, place, name, {}, "val_accuracy", "maximize", **how)

    return make


def go_on(step: int, metrics: Mapping[str, float]) -> Decision:
    return Decision.CONTINUE


def killed(step: int, metrics: Mapping[str, float]) -> Decision:
    if step == 3:
        raise KeyboardInterrupt
    return Decision.CONTINUE


def test_a_killed_trial_goes_on_or_ends_with_its_best_epoch(job: Callable[..., TrainJob]) -> None:
    whole = train(job("whole"), go_on)
    for name in ("resumed", "salvaged"):
        with pytest.raises(KeyboardInterrupt):
            train(job(name), killed)
        assert (job(name).dir / CHECKPOINT).exists()
    steps: list[int] = []

    def count(step: int, metrics: Mapping[str, float]) -> Decision:
        steps.append(step)
        return Decision.CONTINUE

    resumed = train(job("resumed", resume=True), count)
    assert steps == [3, 4]
    assert resumed.metrics["val_loss"] == whole.metrics["val_loss"]
    salvaged = train(job("salvaged", salvage=True), count)
    assert steps == [3, 4]
    history = json.loads((job("whole").dir / "history.json").read_text())
    assert salvaged.steps == 2
    assert salvaged.metrics["val_accuracy"] == max(row["val_accuracy"] for row in history[:2])
    for name in ("whole", "resumed", "salvaged"):
        assert (job(name).dir / "plugin" / "model.keras").exists()
        assert (job(name).dir / CHECKPOINT).exists()  # the driver deletes it, once the end is in the journal


def test_a_trial_without_a_checkpoint_begins_and_cannot_be_salvaged(job: Callable[..., TrainJob]) -> None:
    assert train(job(resume=True), go_on).steps == 4
    with pytest.raises(TrialFailed, match="holds none"):
        train(job("other", salvage=True), go_on)


def test_a_damaged_checkpoint_is_told(job: Callable[..., TrainJob]) -> None:
    (job().dir / CHECKPOINT).write_bytes(b"PK\x03\x04 cut off")
    with pytest.warns(UserWarning, match="The trial begins anew"):
        result = train(job(resume=True), go_on)
    assert result.steps == 4
    assert "is damaged" in result.notes[0]


def test_a_pruned_trial_leaves_no_checkpoint(job: Callable[..., TrainJob]) -> None:
    with pytest.raises(Pruned):
        train(job(), lambda step, _: Decision.PRUNE if step == 3 else Decision.CONTINUE)
    assert not (job().dir / CHECKPOINT).exists()
