"""A final evaluation whose worker fails or dies: what it had is kept, and the next step goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from driver import scripted, start, summary

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("fault", "notes"),
    [
        ("figures kill once", ["This model family has no servable form"]),
        ("figure error", ["What 'scripted' draws of itself could not be drawn: KeyError: 'scripted'", "This model"]),
        pytest.param(
            "figures kill",
            ["The figures could not be drawn: The worker was killed by signal 9", "This model family"],
            marks=pytest.mark.slow,
        ),
        ("pack kill", ["The model could not be packed for serving: The worker was killed by signal 9"]),
    ],
)
def test_scores_outlive_what_comes_after_them(tmp_path: Path, fault: str, notes: list[str]) -> None:
    process = start(tmp_path, *scripted("search.trials=1", f"model.late={fault}"))
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    study = summary(tmp_path)
    assert study["state"] == "finished"
    assert study["test"]["accuracy"] > 0
    assert len(study["notes"]) == len(notes)
    for told, expected in zip(study["notes"], notes, strict=True):
        assert told.startswith(expected)
        assert told in out
    assert ("The final evaluation is tried again." in out) == ("kill" in fault)


@pytest.mark.parametrize("fault", ["score error", pytest.param("score kill", marks=pytest.mark.slow)])
def test_a_model_that_cannot_be_scored_is_kept_and_named(tmp_path: Path, fault: str) -> None:
    process = start(tmp_path, *scripted("search.trials=1", f"model.late={fault}"))
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "automl: The best model could not be scored on the test part:" in err
    assert "best.yaml, its model in" in err
    assert len(err.strip().splitlines()) == 1
    folder = tmp_path / "experiments" / "study"
    assert summary(tmp_path)["state"] == "failed"
    assert (folder / "best.yaml").is_file()
    assert (folder / "trials" / "0000" / "plugin" / "fields.json").is_file()
    assert (folder / "evaluation" / "traceback.txt").is_file() == (fault == "score error")
    assert "best.yaml" in out
