"""``python -m automl`` in processes of its own, with the scripted models at hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

FAULTS = Path(__file__).parent / "faults"


def start(folder: Path, *words: str, **options: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(FAULTS), **options.pop("env", {})}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([sys.executable, "-m", "automl", *words], cwd=folder, env=environment, text=True, **streams)


def scripted(*words: str, name: str | None = "study", tracking: str = "none") -> list[str]:
    """The words of a study of the scripted model."""
    named = [] if name is None else [f"name={name}"]
    return ["+model=scripted", f"tracking={tracking}", "refit=false", *named, *words]


def summary(folder: Path, name: str = "study") -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "experiments" / name / "study.json").read_text())
    return loaded


def wait_for(condition: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)
