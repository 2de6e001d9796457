"""``python -m automl leaderboard``: the trials of a study, best first."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from automl.commands.forms import add_forms, form_of

if TYPE_CHECKING:
    import pandas as pd

_STYLES = {"pruned": "yellow", "failed": "red", "running": "cyan"}


def main(argv: list[str]) -> int:
    """Print the leaderboard of a study.

    Returns:
        0; errors are raised.

    Raises:
        DataError: There is no such study.
        StorageError: Its journal is damaged.
    """
    parser = argparse.ArgumentParser(
        prog="python -m automl leaderboard",
        description="The trials of a study: complete ones best first, then the others. Piped, they are parted by tabs.",
    )
    parser.add_argument("study", nargs="?", default="last", help="its name, its folder, or runs:/<run> (default: last)")
    parser.add_argument("--experiments", default="experiments", help="the experiments folder (default: experiments)")
    parser.add_argument("--uri", help="the tracking store of a run (default: that of the experiments folder)")
    add_forms(parser)
    arguments = parser.parse_args(argv)
    from automl.api import load
    from automl.report.frames import show

    study = load(arguments.study, experiments=arguments.experiments, uri=arguments.uri)
    table, form = study.leaderboard().reset_index(), form_of(arguments)
    if form == "terminal":
        sys.stdout.write(f"{study!r}\n\n")
        table = _short(table).rename(columns={"value": study.objective})
    hidden = show(table, sys.stdout, form, style=_style, scores=("error", "confirmed", *study.objectives))
    if hidden:
        sys.stdout.write(f"no room for {', '.join(hidden)}; --csv has all columns.\n")
    return 0


def _short(table: pd.DataFrame) -> pd.DataFrame:
    """The table with parameters by their last names, where these are still their own."""
    from automl.report.wording import duration

    last = [str(name).rpartition(".")[2] for name in table]
    names = {name: short for name, short in zip(table, last, strict=True) if last.count(short) == 1}

    return table.assign(seconds=table["seconds"].map(duration)).rename(columns={**names, "seconds": "time"})


def _style(row: pd.Series[Any]) -> str:
    """The first line, and what did not end well, stand out."""
    state = str(row["state"]).partition(":")[0]
    return _STYLES.get(state, "bold green" if row["rank"] == 1 else "")
