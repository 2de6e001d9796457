"""A conformance suite run by pytest in a process of its own, its tests told as they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.commands.plugins.found import found
from automl.registry import Group
from automl.tasks import task_info, task_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from automl.registry import Entry

SUITES = {
    Group.MODELS: ("ModelConformance", "model", "pinned"),
    Group.DATASETS: ("LoaderConformance", "loader", "fields"),
    Group.TASKS: ("TaskConformance", "task", ""),
    Group.SEARCH_ENGINES: ("EngineConformance", "engine", "settings"),
    Group.RUNNERS: ("RunnerConformance", "runner", "fields"),
}
"""The suite of each group, the attribute that names the plugin, and what gives it other values."""

_FIXTURES = (Group.MODELS, Group.DATASETS)
"""Groups whose suites take values by a fixture; the others by an attribute."""

_ATTRIBUTES = ("rows", "isolated", "samples", "endless", "trials", "many")
"""What suites ask of the plugin itself, such as whether a runner isolates its jobs."""

_ENDED = (0, 1)
"""pytest's exit codes where all tests were run."""

_MODULE = """\
import pytest
from automl.testing import {suite}


class TestPlugin({suite}):
    {attribute} = {name!r}
{values}
"""
_FIXTURE = """
    @pytest.fixture
    def {name}(self):
        return {values!r}
"""
# A person gives a loader's other values in the test of the distribution; here there are none.
_OTHERS = """
    def test_what_may_be_searched_leaves_the_evaluated_rows_as_they_are(self, face):
        \"\"\"With another value of each searchable field validation and test part have the same targets in order.\"\"\"
        if face.get("searchable"):
            pytest.skip("its own test gives other values, by the fixture 'others'")
"""


class Suite:
    """The suite of a plugin.

    Attributes:
        ending: How it broke off, where it did.
        log: What pytest wrote, kept where anything failed.

    Args:
        entry: The plugin.
        fields: Values in place of those of its face.
    """

    def __init__(self, entry: Entry, fields: Mapping[str, Any]) -> None:
        self.ending = ""
        self.log: Path | None = None
        self._entry = entry
        self._fields = dict(fields)

    def run(self) -> Iterator[dict[str, Any]]:
        """Run it; each test as it ends, as of ``automl.testing.telling``."""
        with tempfile.TemporaryDirectory(prefix="automl-check-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            (folder / "test_plugin.py").write_text(self._module(), encoding="utf-8")
            (folder / "pytest.ini").write_text("[pytest]\n")
            output, failed = folder / "output.txt", False
            for told in self._told(folder, output):
                failed |= told["outcome"] == "failed"
                yield told
            if failed or self.ending:
                self.log = Path(tempfile.gettempdir()) / f"automl-check-{self._entry.name}-{os.getpid()}.txt"
                self.log.write_bytes(output.read_bytes())

    def _module(self) -> str:
        group = self._entry.group
        suite, attribute, given = SUITES[group]
        fields = {key: value for key, value in self._fields.items() if key not in _ATTRIBUTES}
        own = {key: value for key, value in self._fields.items() if key in _ATTRIBUTES}
        if group is Group.DATASETS and _is_played(self._entry):
            own = {"rows": False, **own}
        values = "".join(f"    {key} = {value!r}\n" for key, value in own.items())
        if fields and group in _FIXTURES:
            values += _FIXTURE.format(name=given, values=fields)
        elif fields and given:
            values += f"    {given} = {fields!r}\n"
        if group is Group.DATASETS:
            values += _OTHERS
        return _MODULE.format(suite=suite, attribute=attribute, name=self._entry.name, values=values)

    def _told(self, folder: Path, output: Path) -> Iterator[dict[str, Any]]:
        reading, writing = os.pipe()
        environment = {key: value for key, value in os.environ.items() if key != "PYTEST_ADDOPTS"}
        environment["TF_CPP_MIN_LOG_LEVEL"] = "2"
        command = [sys.executable, "-m", "pytest", "-p", "automl.testing.telling", "-p", "no:cacheprovider"]
        command += [
            "--tell-to",
            str(writing),
            "-c",
            str(folder / "pytest.ini"),
            "--rootdir",
            str(folder),
            str(folder / "test_plugin.py"),
        ]
        with output.open("wb") as log, os.fdopen(reading) as lines:
            process = subprocess.Popen(
                command, env=environment, pass_fds=(writing,), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            os.close(writing)
            try:
                for line in lines:
                    yield json.loads(line)
            finally:
                process.terminate() if sys.exc_info()[0] else None
                code = process.wait()
        if code not in _ENDED:
            self.ending = f"pytest ended with code {code}."


def _is_played(entry: Entry) -> bool:
    """Whether a loader's samples come out of an environment, rather than lie somewhere."""
    task = found(entry).values.get("task")
    return task in task_names() and task_info(str(task)).takes("environment") and task_info(str(task)).inputs != "any"
