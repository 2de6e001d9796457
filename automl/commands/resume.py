"""``python -m automl resume=<study>``: a study that was interrupted, killed, or is given more to do goes on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from automl.errors import AutomlError, ConfigError
from automl.interrupts import EXIT_INTERRUPTED, Interrupts
from automl.outcome import report_error, report_fault

if TYPE_CHECKING:
    from automl.records import Observer

KEY = "resume="


def main(argv: list[str]) -> int:
    """Go on with the study that the command line names.

    Args:
        argv: ``resume=<name, folder, MLflow run, or last>``, ``experiments=<folder>``, and overrides of budgets and the
            runner, in any order.

    Returns:
        As of ``automl.commands.study``.

    Raises:
        ConfigError: Several studies are named, or none.
    """
    from automl.api.resuming import go_on

    named = [_text(word) for word in argv if word.startswith(KEY)]
    folders = [_text(word) for word in argv if word.startswith("experiments=")]
    if len(named) != 1 or not named[0]:
        received = ", ".join(named) or "none"
        raise ConfigError(f"resume: one study is expected, by its name, its folder, or 'last'. Received: {received}.")
    rest = [word for word in argv if not word.startswith((KEY, "experiments="))]
    interrupts = Interrupts()
    try:
        go_on(named[0], rest, Path([*folders, "experiments"][0]), _make_display, interrupts)
    except AutomlError as error:
        return report_error(error)
    except Exception as error:  # noqa: BLE001 - the last to see it
        return report_fault(error)
    return EXIT_INTERRUPTED if interrupts.count else 0


def _text(word: str) -> str:
    """The value of an override, without quotes that were meant for Hydra."""
    value = word.partition("=")[2].strip()
    return value[1:-1] if len(value) > 1 and value[0] in "'\"" and value[0] == value[-1] else value


def _make_display() -> Observer:
    from automl.report.console import make_display

    return make_display(sys.stdout)
