"""``python -m automl report`` on a study that ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from automl.commands.report import main
from automl.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_report_of_a_study_is_written_anew(
    make_study: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, _ = make_study(trials=2)
    study.run()
    folder = study.record.folder
    assert main(["--experiments", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{folder / 'report.html'}\n"
    assert "curve" in (folder / "report.html").read_text()

    (tmp_path / "새 폴더").mkdir()
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: not opened.append(address))  # type: ignore[func-returns-value]
    assert main([folder.name, "--experiments", str(tmp_path), "--out", str(tmp_path / "새 폴더"), "--open"]) == 0
    assert opened == [(tmp_path / "새 폴더" / "report.html").as_uri()]

    with pytest.raises(ConfigError, match=r"--out: there is no folder .*nowhere\. Received: .*page\.html\."):
        main([str(folder), "--out", str(tmp_path / "nowhere" / "page.html")])
    with pytest.raises(DataError, match="report: there is no study 'nosuch' in "):
        main(["nosuch", "--experiments", str(tmp_path)])
