"""What every job begins with: its data, split by their own seed or the study's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.jobs import Place, PreflightJob
from automl.jobs.common import open_data

if TYPE_CHECKING:
    from pathlib import Path


def section(kind: str, folder: Path) -> dict[str, Any]:
    """A ``data`` section of the kind."""
    if kind == "digits":
        return {"name": "digits", "task": "image_classification"}
    if kind == "npz":
        np.savez(folder / "made.npz", x=np.arange(320, dtype=np.float32).reshape(80, 2, 2, 1), y=np.arange(80) % 2)
        return {"name": "npz", "path": str(folder / "made.npz"), "task": "image_classification"}
    cell = "number {} of them" if kind == "text_csv" else "{:.3f}"
    rows = [f"{cell.format(n**2 / 7)},{'good' if n % 3 else 'bad'}" for n in range(80)]
    (folder / "made.csv").write_text("\n".join(["text,label", *rows]))
    target = {"target": "label"} if kind == "csv" else {}
    return {"name": kind, "path": str(folder / "made.csv"), **target}


@pytest.mark.parametrize("kind", ["digits", "npz", "text_csv", "csv"])
def test_the_split_is_fixed_by_the_seed_of_the_data_where_they_have_one(kind: str, tmp_path: Path) -> None:
    given = section(kind, tmp_path)

    def rows(seed: int, own: int | None) -> str:
        config = {"seed": seed, "data": {**given, "seed": own}}
        data = open_data(PreflightJob(0, config, Place(tmp_path, tmp_path / "cache"), "", {}))
        inputs, _ = data.test.arrays()
        return str([np.asarray(one).tolist() for one in (inputs.values() if isinstance(inputs, dict) else [inputs])])

    assert rows(1, 7) == rows(2, 7) == rows(7, None)
    assert rows(1, 8) != rows(1, 7)
    assert rows(1, None) != rows(2, None)
