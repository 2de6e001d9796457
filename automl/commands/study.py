"""The main job of the command line as a recipe: compose, search, report, tell the exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from automl.config.compose import run as compose
from automl.errors import AutomlError
from automl.interrupts import EXIT_INTERRUPTED, Interrupts
from automl.outcome import report_error, report_fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.records import Observer


def main(argv: list[str]) -> int:
    """Run the study (or, with ``--multirun``, the studies) that the command line asks for.

    Returns:
        0 where a best model was found; 1 where the study failed, 2 where the user has something to mend, and 130
        after an interrupt.
    """
    codes: list[int] = []

    def search_and_report(config: Mapping[str, Any]) -> int:
        """One study of a sweep; its error is told here, so that the next has its turn; an interrupt ends them all."""
        if EXIT_INTERRUPTED not in codes:
            codes.append(_search_and_report(config))
        return codes[-1]

    return compose(argv, search_and_report, report_error)


def _search_and_report(config: Mapping[str, Any]) -> int:
    from automl.api.running import run

    interrupts = Interrupts()
    try:
        run(config, _make_display, interrupts)
    except AutomlError as error:
        return report_error(error)
    except Exception as error:  # noqa: BLE001 - a sweep goes on
        return report_fault(error)
    return EXIT_INTERRUPTED if interrupts.count else 0


def _make_display() -> Observer:
    from automl.report.console import make_display

    return make_display(sys.stdout)
