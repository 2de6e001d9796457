"""``python -m automl --help``: what there is to choose from, read from faces alone."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from automl import __version__, registry
from automl.registry import Group

if TYPE_CHECKING:
    from pathlib import Path

_USAGE = """\
automl {version}: search hyperparameters, train, track and test a deep-learning model.

Usage
  python -m automl +model=<model> [data=<data>] [<key>=<value> ...]
  python -m automl data=<data> search.timeout=300   all models that take the data, for five minutes
  python -m automl <study>/best.yaml          run the best configuration of a study again
  python -m automl resume=last                go on with a study that was interrupted or killed

Of a study (its name, its folder, last, or runs:/<MLflow run>)
  python -m automl report                     its page, written anew; --open shows it
  python -m automl ui --open                  see the latest study, and all others, in MLflow
  python -m automl leaderboard [<study>]      its trials, best first
  python -m automl predict <study> <input>    what the best model says of new samples [--out answers.csv]
  python -m automl export <study> --format onnx   the best model for another runtime
  python -m automl reproduce <study>          train the best again: do the scores agree?
  python -m automl studies                    all studies with their best scores
  python -m automl sync                       send to MLflow what it could not be told

Plugins
  python -m automl plugins                    what is installed, and from where
  python -m automl plugins show cnn           its fields, bounds, spaces and defaults
  python -m automl plugins check cnn          its conformance suite
  python -m automl new model my-model         a plugin of your own to begin with; likewise new data

{choices}

Keys
  model.blocks=2                              pin a hyperparameter
  model.dropout.high=0.3                      narrow its space
  'training.batch_size={{choices:[32,64]}}'     search what was fixed
  search.trials=50 search.timeout=600         budgets: trials, wall-clock seconds
  seed=7 experiments=<folder>                 reproducibility, where results go

  --cfg job shows the whole configuration; --hydra-help lists Hydra's own flags (--multirun, --config-dir, ...).
"""


def main(argv: list[str]) -> int:
    """Print the help."""
    del argv
    sections = [
        _section("Models (+model=)", "model", Group.MODELS),
        _section("Data (data=)", "data", None),
        _section("Tasks", "task", Group.TASKS),
        _section("Search engines (search=)", "search", Group.SEARCH_ENGINES),
        _section("Runners (runner=)", "runner", Group.RUNNERS),
        _section("Training (training=)", "training", None),
        _section("Ensembles (ensemble=)", "ensemble", None),
        _section("Tracking (tracking=)", "tracking", None),
        _section("Presets (+experiment=)", "experiment", None),
    ]
    sys.stdout.write(_USAGE.format(version=__version__, choices="\n\n".join(sections)))
    return 0


def _section(title: str, group: str, offered: Group | None) -> str:
    choices = registry.choices(group)
    width = column_width(choices)
    lines = [f"  {choice:<{width}}{summary(registry.config_file(group, choice))}".rstrip() for choice in choices]
    if offered is not None:
        clashes = [name for name in registry.names(offered) if name not in registry.entries(offered)]
        lines += [
            f"  {name:<{width}}offered twice; see python -m automl plugins" for name in clashes if name not in choices
        ]
    return "\n".join([title, *lines])


def column_width(names: list[str]) -> int:
    """Of a column of names, the space behind them included."""
    return max([16, *(len(name) + 2 for name in names)])


def summary(path: Path | None) -> str:
    """One line about a choice: its face's ``summary``, or the comment at the head of its file."""
    if path is None:
        return ""
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        if match := re.match(r"summary:\s*[\"']?(.*?)[\"']?\s*$", line):
            return match[1]
    return next((line[1:].strip() for line in lines if line.startswith("#") and "@package" not in line), "")
