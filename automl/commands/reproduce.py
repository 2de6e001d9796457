"""``python -m automl reproduce``: the best trial of a study trained again; do the scores agree?"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from automl.errors import EXIT_FAILED
from automl.report.wording import score

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.api import Reproduction
    from automl.api.comparing import Compared

_ROWS = 8
"""Of scores that differ, besides those that every study is told by."""


def main(argv: list[str]) -> int:
    """Train again, and tell both scores, whether they agree, and what differs.

    Returns:
        0 where they agree, else 1.

    Raises:
        AutomlError: There is no such study, or it has no complete trial.
    """
    from automl.api.finding import named
    from automl.api.reproducing import TOLERANCE

    parser = argparse.ArgumentParser(
        prog="python -m automl reproduce",
        description="Train the best trial of a study again, with the same configuration, seed and data.",
    )
    parser.add_argument("study", help="its name, its folder, runs:/<MLflow run>, or 'last'")
    parser.add_argument("--all", action="store_true", help="the whole search rather than its best trial")
    parser.add_argument(
        "--tolerance", type=float, default=TOLERANCE, help=f"share of a score that may differ (default: {TOLERANCE:g})"
    )
    parser.add_argument("--experiments", default="experiments", help="the experiments folder (default: experiments)")
    arguments = parser.parse_args(argv)
    study = named(arguments.study, arguments.experiments, asked="reproduce")
    found = study.reproduce(whole=arguments.all, tolerance=arguments.tolerance)
    sys.stdout.write(f"\n{told(study.name, found)}\n")
    return 0 if found.agrees else EXIT_FAILED


def told(name: str, found: Reproduction) -> str:
    """A reproduction as lines for a terminal."""
    shown = _shown(found.scores)
    width = max((len(one.name) for one in shown), default=0) + 2
    lines = [f"{name} and {found.study.name}", f"  {'':<{width}}{'then':>12}{'now':>12}{'difference':>12}"]
    lines += [
        f"  {one.name:<{width}}{score(one.then):>12}{score(one.now):>12}{_gap(one.difference):>12}" for one in shown
    ]
    return "\n".join([*lines, "", _verdict(found), *found.notes, *_differences(found)])


def _shown(scores: Sequence[Compared]) -> list[Compared]:
    """The first of each part, and those that differ most."""
    first = [one for one in scores if one.leading]
    rest = sorted((one for one in scores if not one.leading and one.difference), key=lambda one: -one.difference)
    return [*first, *rest[:_ROWS]]


def _verdict(found: Reproduction) -> str:
    if not found.scores:
        return "There are no scores of both to compare."
    if found.exact:
        return f"The scores agree exactly, all {len(found.scores)}."
    if found.agrees:
        return f"The scores agree within {found.difference:.2g} of their size; at most {found.tolerance:g} is allowed."
    return f"The scores do not agree: they differ by up to {found.difference:.2g} of their size ({found.tolerance:g})."


def _differences(found: Reproduction) -> list[str]:
    if found.differs:
        return ["What differs:", *(f"  {one}" for one in found.differs)]
    same = "Data, versions, commit and processor are the same, as far as they were recorded."
    if found.exact or not found.scores:
        return [same]
    return [same, "Threads that add up in any order make such a difference; with deterministic=true none does."]


def _gap(difference: float) -> str:
    return "0" if difference == 0.0 else f"{difference:.1e}"
