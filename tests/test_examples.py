"""The notebook of examples/ runs from its first cell to its last, and shows what it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTEBOOK = Path(__file__).parents[1] / "examples" / "tour.ipynb"


@pytest.mark.slow
def test_the_tour_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    notebook = nbformat.read(NOTEBOOK, 4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    folder = tmp_path / "a tour"
    folder.mkdir()
    resources = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3", resources=resources).execute()
    shown = {cell.source.splitlines()[0]: list(_shown(cell)) for cell in notebook.cells if cell.cell_type == "code"}
    assert "finished after" in shown["import automl"][0]
    assert "best: trial" in shown["study"][0]
    assert "<iframe" in shown["study.report"][0]
    assert "own: perceptron on digits" in shown["from dataclasses import dataclass"][0]
    assert shown["study"] == shown['automl.load("tour")']
    assert {path.name for path in (folder / "experiments").glob("*/report.html")} == {"report.html"}
    told = [one["text"] for cell in notebook.cells for one in cell.get("outputs", ()) if one.output_type == "stream"]
    assert told == []


def _shown(cell: Any) -> Iterator[str]:
    for output in cell.outputs:
        data = output.get("data", {})
        yield str(data.get("text/html", data.get("text/plain", "")))
