"""A pytest plugin that tells each test's end as a line of JSON, for ``python -m automl plugins check``."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from automl.errors import AutomlError
from automl.failure import place, sentence

if TYPE_CHECKING:
    from collections.abc import Iterator


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--tell-to``: the file descriptor that the lines go to."""
    parser.addoption("--tell-to", type=int, required=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """Tell how a test ended: what it promises, and where it does not hold the author's line."""
    outcome: Any = yield
    report: pytest.TestReport = outcome.get_result()
    if report.when == "call" or report.outcome != "passed":
        _tell(item, call, report)


def _tell(item: pytest.Item, call: pytest.CallInfo[Any], report: pytest.TestReport) -> None:
    error = call.excinfo.value if call.excinfo is not None else None
    told: dict[str, Any] = {
        "name": item.name,
        "promise": (getattr(getattr(item, "obj", None), "__doc__", None) or item.name).strip(),
        "outcome": report.outcome,
        "seconds": report.duration,
    }
    if error is not None:
        is_sentence = report.outcome == "skipped" or isinstance(error, AutomlError)
        told["reason"] = str(error) if is_sentence else sentence(error).removeprefix("AssertionError: ")
        told["place"] = place(error)
        told["trace"] = report.longreprtext
    os.write(item.config.getoption("tell_to"), f"{json.dumps(told)}\n".encode())
