"""The rehearsal: whatever would fail after the search fails before it, told by step and line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from automl.errors import ConfigError
from automl.jobs import Place, Preflight, PreflightJob, Rehearsal, RehearseJob
from automl.jobs.preflight import preflight
from automl.jobs.rehearsal import rehearse
from automl.plugin import TrialFailed
from automl.registry import Group, entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def job(tmp_path: Path, faults: None) -> Callable[..., PreflightJob]:
    def make(objective: str | None = None, **model: Any) -> PreflightJob:
        config = {
            "seed": 1,
            "model": {"name": "scripted", "tasks": ["image_classification"], "x": 0.3, **model},
            "data": {"name": "digits", "task": "image_classification", "validation": 0.2, "test": 0.2},
            "search": {"objective": objective},
            "training": {"batch_size": 32},
        }
        return PreflightJob(-1, config, Place(tmp_path, tmp_path / "cache"), "", {})

    return make


def rehearsed(job: PreflightJob) -> tuple[Preflight, Rehearsal]:
    """Pre-flight, and what the driver has done after it."""
    found = preflight(job)
    assert found.trained is not None
    return found, rehearse(RehearseJob(job.id, job.config, job.place, job.folder, found.trained))


def test_all_is_told_and_nothing_of_the_rehearsal_stays(job: Callable[..., PreflightJob], tmp_path: Path) -> None:
    found, rehearsal = rehearsed(job())
    assert rehearsal.notes == ["This model family has no servable form; load it with its plugin."]
    assert found.spec.sizes["train"] == 1079
    assert rehearsal.evaluation > 0.0
    assert {path.name for path in tmp_path.iterdir()} == {"cache"}


@pytest.mark.parametrize(
    ("method", "what"),
    [
        ("fit", "be trained"),
        ("save", "be saved"),
        ("load", "be loaded from what it saved"),
        ("evaluate", "be scored"),
        ("export", "be served"),
    ],
)
def test_a_step_that_raises_is_named_with_the_authors_line(
    job: Callable[..., PreflightJob], monkeypatch: pytest.MonkeyPatch, method: str, what: str
) -> None:
    def broken(*arguments: Any) -> None:
        raise ValueError("broken")

    monkeypatch.setattr(entry(Group.MODELS, "scripted").load(), method, broken)
    with pytest.raises(TrialFailed, match=rf"The model cannot {what}: ValueError: broken \(test_rehearsal\.py:\d+\)\."):
        rehearsed(job())


def test_a_figure_that_fails_is_a_note(job: Callable[..., PreflightJob], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> None:
        raise KeyError("broken")

    monkeypatch.setattr(entry(Group.MODELS, "scripted").load(), "artifacts", broken)
    note = rehearsed(job())[1].notes[0]
    assert note.startswith("What 'scripted' draws of itself could not be drawn: KeyError: 'broken' (test_rehearsal.py:")


def test_an_objective_that_trials_do_not_report_is_refused(job: Callable[..., PreflightJob]) -> None:
    with pytest.raises(ConfigError, match=r"trials do not report 'val_auc'. Received: val_accuracy"):
        preflight(job(objective="val_auc"))
