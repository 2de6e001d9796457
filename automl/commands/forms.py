"""How commands print tables: drawn in a terminal, parted by tabs in a pipe, or as asked."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from automl.report.frames import Form


def add_forms(parser: argparse.ArgumentParser) -> None:
    """Let ``--csv`` and ``--json`` be asked for."""
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument("--csv", action="store_true", help="as CSV")
    forms.add_argument("--json", action="store_true", help="as JSON")


def form_of(arguments: argparse.Namespace) -> Form:
    """What was asked for, or else what suits standard output."""
    if arguments.csv or arguments.json:
        return "csv" if arguments.csv else "json"
    return "terminal" if sys.stdout.isatty() else "tabs"
