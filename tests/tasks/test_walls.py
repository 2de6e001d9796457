"""Nothing outside the tasks asks which task it has: it calls the strategy that knows."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ASKS = re.compile(r"\btask(?:_info)?(?:\([^)]*\))?(?:\.name)?\s*(?:==|!=|in [({\[])|match (?:spec|self)\.task")


def test_no_condition_on_a_task_stands_outside_of_the_tasks() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for folder in ("automl", "plugins")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "tasks" not in path.relative_to(ROOT).with_suffix("").parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if ASKS.search(line)
    ]
    assert found == []
