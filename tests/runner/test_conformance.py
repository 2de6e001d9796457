"""Every runner of ours passes the suite that foreign ones pass."""

from __future__ import annotations

from typing import ClassVar

from automl.testing import RunnerConformance


class TestInline(RunnerConformance):
    runner = "inline"
    isolated = False


class TestLocal(RunnerConformance):
    runner = "local"
    fields: ClassVar = {"slots": 2}
