"""``automl.reproduce``: the same again, or what differs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from by_hand import put

import automl
from automl.api.reproducing import reproduced
from automl.commands.reproduce import main, told
from automl.errors import AutomlError, ConfigError, DataError

if TYPE_CHECKING:
    from pathlib import Path

SCRIPTED: dict[str, Any] = {"name": "scripted", "x": {"low": 0.0, "high": 1.0}, "pause": 0.0}


def test_a_study_is_trained_again_and_what_differs_is_told(
    tmp_path: Path, faults: None, capsys: pytest.CaptureFixture[str]
) -> None:
    how: dict[str, Any] = {
        "runner": "inline",
        "tracking": "none",
        "refit": False,
        "verbose": False,
        "experiments": tmp_path,
    }
    study = automl.search(SCRIPTED, "digits", name="한 study", trials=3, **how)
    words = ["last", "--experiments", str(tmp_path)]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert "The scores agree exactly, all " in out
    assert "Data, versions, commit and processor are the same" in out

    again = automl.reproduce("한 study", whole=True, experiments=tmp_path, verbose=False)
    assert (again.exact, again.study.name, len(again.study.trials)) == (True, "한 study-again-2", 3)
    assert again.notes == ("Of 3 trials 3 had the same parameters, 3 the same value too.",)

    record = study._record
    assert record.evaluation is not None
    assert record.environment["python"]
    assert record.best is not None
    scores = {**record.evaluation.test, "accuracy": record.evaluation.test["accuracy"] * 0.999}
    put(record, evaluation=replace(record.evaluation, test=scores))
    put(record, environment={**record.environment, "tensorflow": "2.0", "gone": "1"}, git_commit="abc")
    put(record.best, start_from=7)
    other = study.reproduce(verbose=False, tolerance=1e-6)
    assert not other.agrees
    assert other.difference == pytest.approx(1e-3)
    lines = told(study.name, other)
    assert "do not agree: they differ by up to 0.001 of their size (1e-06)" in lines
    assert "  tensorflow: 2.0 then, " in lines
    assert "  the commit: abc then, " in lines
    assert "went on from trial 7; now it began anew" in lines
    assert replace(other, tolerance=0.01).agrees

    with pytest.raises(ConfigError, match=r"a tolerance is a number of at least 0. Received: -1"):
        study.reproduce(tolerance=-1)
    with pytest.raises(DataError, match="reproduce: there is no study 'none' in"):
        main(["none", "--experiments", str(tmp_path)])
    (study.folder / "best.yaml").unlink()
    with pytest.raises(DataError, match=r"best.yaml is not there. It is written when a study ends"):
        study.reproduce()
    put(record, trials=[])
    with pytest.raises(AutomlError, match="has no complete trial to train again"):
        reproduced(record, whole=False, tolerance=0.1, verbose=False)
