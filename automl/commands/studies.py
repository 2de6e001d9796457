"""``python -m automl studies``: all studies of an experiments folder, the latest first."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.commands.forms import add_forms, form_of

if TYPE_CHECKING:
    import pandas as pd

_TOLD = ["name", "state", "started", "time", "model", "data", "trials", "objective", "value", "test", "baseline"]
_STYLES = {"running": "cyan", "interrupted": "yellow", "killed": "yellow", "failed": "red", "damaged": "red"}


def main(argv: list[str]) -> int:
    """Print the studies.

    Returns:
        0, also where there is none.
    """
    parser = argparse.ArgumentParser(
        prog="python -m automl studies",
        description="All studies, the latest first, with the best score of each. Piped, they are parted by tabs.",
    )
    parser.add_argument("--experiments", default="experiments", help="the experiments folder (default: experiments)")
    add_forms(parser)
    arguments = parser.parse_args(argv)
    from automl.api.tables import studies
    from automl.report.frames import show

    folder, form = Path(arguments.experiments).resolve(), form_of(arguments)
    table = studies(folder)
    if table.empty:
        sys.stderr.write(f"There is no study in {folder} yet. Start one: python -m automl +model=resnet\n")
    if table.empty and form == "terminal":
        return 0
    for _, one in table[table["state"] == "damaged"].iterrows():
        sys.stderr.write(f"note: {one['name']}: {one['message']}\n")
    if form == "terminal":
        table = _short(table)
    hidden = show(table, sys.stdout, form, style=_style, scores=("value", "test", "baseline"))
    if hidden:
        sys.stdout.write(f"no room for {', '.join(hidden)}; --csv has all columns.\n")
    return 0


def _short(table: pd.DataFrame) -> pd.DataFrame:
    """What a person looks for: local times to the minute, and no column that others tell too."""
    from automl.report.wording import duration

    here = datetime.now().astimezone().tzinfo
    started = table["started"].dt.tz_convert(here).dt.strftime("%Y-%m-%d %H:%M")
    told = table.assign(started=started, time=[duration(one) if one == one else "" for one in table["seconds"]])  # noqa: PLR0124 - NaN
    return told[_TOLD]


def _style(row: pd.Series[Any]) -> str:
    return _STYLES.get(str(row["state"]), "")
