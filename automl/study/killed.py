"""Studies whose process was killed: found by the next one in their folder, and marked so."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from automl.files import Lock, write_whole
from automl.records import StudyState, TrialState

LOCK = "lock"
"""The file in a study's folder that its process holds, and removes when it ends in order."""


def mark_killed(experiments: Path) -> list[str]:
    """Rewrite the ``study.json`` of every study whose process is gone without having closed it.

    Only folders with a lock are looked into: a thousand studies that ended in order cost a look each.

    Returns:
        One sentence a study.
    """
    with suppress(OSError), os.scandir(experiments) as entries:
        locks = [Path(entry.path, LOCK) for entry in entries]
        return [note for path in locks if path.exists() and (note := _mark(path))]
    return []


def _mark(path: Path) -> str:
    """Mark one study; empty where it lives, where another command marks it, or where there is nothing to say."""
    lock = Lock(path)
    try:
        if not lock.take():
            return ""
        note = _rewrite(path.parent)
        path.unlink(missing_ok=True)
    except (OSError, ImportError, ValueError):
        return ""  # a folder that cannot be written, or locked, is as it was
    finally:
        lock.release()
    return note


def running(folder: Path) -> dict[str, Any] | None:
    """A study's summary, if it says that the study runs.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not JSON.
    """
    path = folder / "study.json"
    study: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return study if study.get("state") == StudyState.RUNNING else None


def _rewrite(folder: Path) -> str:
    study = running(folder)
    if study is None:
        return ""
    cut = [trial for trial in study["trials"] if trial["state"] == TrialState.RUNNING]
    for trial in cut:
        trial |= {"state": f"{TrialState.FAILED}: interrupted", "message": "The study was killed."}
    ended = len(study["trials"]) - len(cut)
    study |= {"state": StudyState.KILLED, "message": f"The study was killed; {ended} trials had ended."}
    write_whole(folder / "study.json", json.dumps(study, indent=1))
    best = folder / "best.yaml"
    again = f"; python -m automl {best} runs its best again" if best.is_file() else ""
    return f"study {folder.name} was killed; what it had finished is in {folder}{again}"
