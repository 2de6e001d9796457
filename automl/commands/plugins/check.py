"""The conformance suites for a person: what was checked, or what failed, where, and how to mend it."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl import registry
from automl.commands.plugins.found import found, named
from automl.commands.plugins.suite import SUITES, Suite
from automl.config.source import Source
from automl.errors import AutomlError, ConfigError, PluginError
from automl.registry import Group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.commands.plugins.found import Found
    from automl.config.source import Defined

_OWN = "automl"


def check(names: Sequence[str], words: Sequence[str]) -> int:
    """Check plugins, one after the other, and print what came of it.

    Args:
        names: One plugin or distribution; by default all that are not of this distribution.
        words: ``<field>=<value>``, in place of what the face gives the field, such as a path of data.

    Returns:
        1 where anything failed, else 0.

    Raises:
        ConfigError: pytest is missing, several names are given, or a word cannot be read.
        PluginError: Nothing of that name is installed.
    """
    if find_spec("pytest") is None:
        raise ConfigError("plugins check: it runs the suites with pytest. Install it: pip install 'automl[testing]'")
    if len(names) > 1:
        raise ConfigError(f"plugins check: one plugin at a time. Received: {', '.join(names)}.")
    several, fields = _asked(names), _fields(words)
    return max([_check(one, fields) for one in several], default=0)


def _asked(names: Sequence[str]) -> list[Found]:
    entries = [one for group in Group for one in registry.entries(group).values()]
    if not names:
        foreign = [found(one) for one in entries if one.distribution != _OWN]
        if not foreign:
            raise ConfigError(
                "plugins check: nothing is installed besides automl's own. Name a plugin, as in plugins check cnn."
            )
        return foreign
    own = [found(one) for one in entries if one.distribution == names[0]]
    return own or [found(one.entry) for one in named(names[0])]


def _fields(words: Sequence[str]) -> dict[str, Any]:
    import yaml

    fields: dict[str, Any] = {}
    for word in words:
        key, _, value = word.partition("=")
        name = key.rpartition(".")[2]
        if not name.isidentifier():
            raise ConfigError(f"plugins check: expected <field>=<value>. Received: {word}.")
        try:
            fields[name] = yaml.safe_load(value)
        except yaml.YAMLError:
            fields[name] = value
        if "path" in name and isinstance(fields[name], str):
            fields[name] = str(Path(fields[name]).resolve())
    return fields


def _check(one: Found, fields: Mapping[str, Any]) -> int:
    entry = one.entry
    write = _Writer()
    write.line(f"{entry.group.noun} {entry.name}, of {entry.distribution} {entry.version} ({entry.target})", "bold")
    try:
        if one.fault:
            raise PluginError(one.fault)
        if entry.group not in SUITES:
            entry.load()
            write.passed("Its class is imported, and its face agrees with it. There is no suite of this kind.", 0.0)
            return 0
    except AutomlError as error:
        write.failed("Its face, its class and its entry point agree.", str(error), "", "")
        return 1
    return _run(one, fields, write)


def _run(one: Found, fields: Mapping[str, Any], write: _Writer) -> int:
    began, counts = time.monotonic(), dict.fromkeys(("passed", "failed", "skipped"), 0)
    suite = Suite(one.entry, fields)
    for told in suite.run():
        counts[told["outcome"]] += 1
        _tell(told, Source(one.entry).defined, write)
    seconds = time.monotonic() - began
    if suite.ending:
        write.line(f"  The suite broke off: {suite.ending}", "red")
    skipped = f", {counts['skipped']} not asked of it" if counts["skipped"] else ""
    verdict = f"{counts['passed']} passed, {counts['failed']} failed{skipped}, in {seconds:.0f} s."
    is_failed = bool(counts["failed"] or suite.ending)
    write.line(f"{one.entry.name}: {verdict}", "bold red" if is_failed else "bold green")
    if suite.log is not None:
        write.line(f"Tracebacks: {suite.log}", "")
    return int(is_failed)


def _tell(told: Mapping[str, Any], defined: Defined | None, write: _Writer) -> None:
    """One test: its promise, and where it does not hold the reason, the author's line, and what to do."""
    text = " ".join(told["promise"].replace("``", "").split())
    advice = text.partition(" To mend: ")[2]
    promise = told["promise"].partition("\n")[0].replace("``", "")
    match told["outcome"]:
        case "passed":
            write.passed(promise, told["seconds"])
        case "skipped":
            write.skipped(promise, str(told["reason"]))
        case _:
            line = told["place"] or (f"{defined.name}, {defined.place}" if defined is not None else "")
            write.failed(promise, str(told["reason"]), "" if line in str(told["reason"]) else line, advice)


class _Writer:
    """Lines on standard output, in colours where it is a terminal."""

    def __init__(self) -> None:
        from rich.console import Console

        width = None if sys.stdout.isatty() else 10_000
        self._console = Console(file=sys.stdout, highlight=False, soft_wrap=True, width=width)
        encoding = (sys.stdout.encoding or "").lower()
        self._marks = ("✓", "✗", "-") if "utf" in encoding else ("ok", "FAILED", "-")

    def line(self, text: str, style: str) -> None:
        from rich.text import Text

        self._console.print(Text(text, style=style))
        sys.stdout.flush()

    def passed(self, promise: str, seconds: float) -> None:
        self.line(f"  {self._marks[0]} {promise}" + (f"  ({seconds:.1f} s)" if seconds >= 0.1 else ""), "green")

    def skipped(self, promise: str, reason: str) -> None:
        self.line(f"  {self._marks[2]} {promise}  (not asked of it: {reason.removeprefix('Skipped: ')})", "dim")

    def failed(self, promise: str, reason: str, line: str, advice: str) -> None:
        self.line(f"  {self._marks[1]} {promise}", "red")
        self.line(f"      {reason}" + (f" ({line})" if line else ""), "")
        if advice:
            self.line(f"      To mend: {advice}", "yellow")
