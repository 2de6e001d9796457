"""Chooses configurations of a model that complement each other: ``python benchmarks/portfolio.py mlp``.

Candidates are drawn from the space of the model's face, and its default and the middle of the space are among them.
Each is trained on every data set (scikit-learn's, generated ones, and those of ``--data``) and scored on its validation
part. Beginning with the default, which is always the first trial, the portfolio takes one after the other what lowers
the mean regret of its best most (greedily, as in Feurer et al. 2022, Auto-sklearn 2.0), until nothing does. It is
printed as YAML for the face.

A data set is a study of its own in ``--experiments``: run the script again, and it is gone on with, or read.

    python benchmarks/portfolio.py mlp training.epochs=20               # words that go to every study
    python benchmarks/portfolio.py lstm --tasks text_classification --candidates 16 --rows 2000
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml
from data_sets import SHARED
from portfolio_data import data_for

from automl import registry
from automl.config.compose import compose_all
from automl.config.offered import DEFAULT, default
from automl.config.sections import face_of
from automl.space import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from portfolio_data import Data

    from automl.space import Space

TASK = "data.task"
ROOT = Path(__file__).resolve().parents[1]
Params = dict[str, Any]


def regrets(values: Sequence[float | None], *, maximize: bool) -> np.ndarray:
    """How far each value of one data set is from the best, 0, to the median, 1, as is what is worse or failed."""
    losses = np.array([np.inf if one is None or math.isnan(one) else -one if maximize else one for one in values])
    ended = losses[np.isfinite(losses)]
    if not len(ended):
        return np.zeros(len(losses))
    span = float(np.median(ended) - ended.min())
    return np.where(np.isfinite(losses), np.clip((losses - ended.min()) / (span or 1.0), 0.0, 1.0), 1.0)


def greedy(matrix: np.ndarray, first: int, size: int) -> list[int]:
    """The columns that lower the mean, over rows, of the least regret among those chosen.

    Args:
        matrix: Regrets, a row a data set, a column a candidate.
        first: The column that is chosen in any case, and is not counted.
        size: The most that are chosen besides.

    Returns:
        These, the most useful first; fewer where nothing lowers it further. Of equal ones the better by itself.
    """
    chosen, least = [first], matrix[:, first]
    while len(chosen) <= size:
        means = np.minimum(least[:, None], matrix).mean(axis=0)
        best = min(range(matrix.shape[1]), key=lambda column: (round(means[column], 9), matrix[:, column].mean()))
        if means[best] >= least.mean() - 1e-9:
            break
        chosen.append(best)
        least = np.minimum(least, matrix[:, best])
    return chosen[1:]


def pool(config: Mapping[str, Any], space: Space, count: int, seed: int) -> list[Params]:
    """The default, the middle, and samples of the space, each once; floats are rounded to what one writes."""
    rng = random.Random(seed)  # noqa: S311 - no secrets
    found = [default(config, space) or space.middle()]
    for params in (space.middle(), *(space.sample(rng) for _ in range(20 * count))):
        rounded = _rounded(space, params)
        if rounded not in found and len(found) < count:
            found.append(rounded)
    return found


def _rounded(space: Space, params: Params) -> Params:
    plain = {path: float(f"{value:.2g}") if isinstance(value, float) else value for path, value in params.items()}
    return space.nearest(plain)


def scores(order: argparse.Namespace, name: str, make: Callable[[], Data], candidates: list[Params]) -> np.ndarray:
    """The regrets of the candidates on one data set, out of its study, which is run unless it has been."""
    told = json.dumps([candidates, order.words, order.rows], sort_keys=True, default=str)
    plain = "".join(one if one.isalnum() else "-" for one in name)
    study = f"{order.model}-{plain}-{sha256(told.encode()).hexdigest()[:8]}"
    path = order.experiments / study / "study.json"
    if not path.is_file() or json.loads(path.read_text())["state"] != "finished":
        _run(order, study, make, candidates)
    if not path.is_file():
        return np.zeros(len(candidates))  # it tells nothing of them
    summary = json.loads(path.read_text())
    found = {_key(one["params"]): one["value"] for one in summary["trials"]}
    values = [found.get(_key(one)) for one in candidates]
    print(
        f"{name}: {sum(one is not None for one in values)} of {len(values)} ended, {summary['seconds']:.0f} s",
        flush=True,
    )
    return regrets(values, maximize=summary["direction"] == "maximize")


def _key(params: Params) -> str:
    return json.dumps({path: str(value) for path, value in params.items()}, sort_keys=True)


def _run(order: argparse.Namespace, study: str, make: Callable[[], Data], candidates: list[Params]) -> None:
    import automl
    from automl.errors import AutomlError

    if (order.experiments / study).is_dir():
        automl.resume(study, experiments=order.experiments, verbose=False)
        return
    data, target = make()
    words = {key: yaml.safe_load(value) for key, _, value in (word.partition("=") for word in order.words)}
    keys = {"search.enqueue": candidates, "search.pruner": "none", "search.keep_models": 1, "tracking": "none", **words}
    try:
        automl.search(
            order.model, data, target=target, name=study, trials=len(candidates), experiments=order.experiments,
            verbose=False, **keys,
        )  # fmt: skip
    except AutomlError as error:
        print(f"{study}: {error}")


def groups(order: argparse.Namespace) -> dict[tuple[str, ...], tuple[dict[str, Any], Space]]:
    """The tasks that share a space, with the composed configuration and the space; else each by itself."""
    (config,) = compose_all([f"+model={order.model}", *order.words])
    space = parse(config)
    tasks = tuple(order.tasks or face_of("model", order.model)["tasks"])
    several = [(task,) for task in tasks] if space.depends_on(TASK) else [tasks]
    return {group: (config, space.given(TASK, group[0])) for group in several}


def choose(order: argparse.Namespace, tasks: tuple[str, ...], config: dict[str, Any], space: Space) -> list[str]:
    """Evaluate the candidates on the data of some tasks; the portfolio, as lines of YAML with their provenance."""
    candidates = pool(config, space, order.candidates, order.seed)
    sets: dict[str, Callable[[], Data]] = {}
    for task in tasks:
        sets |= data_for(task, order.rows, order.data, order.experiments)
    sets = {name: make for name, make in sets.items() if not order.sets or name in order.sets}
    if not sets:
        return [f"# There are no data for {', '.join(tasks)}: skipped."]
    matrix = np.stack([scores(order, name, make, candidates) for name, make in sets.items()])
    chosen = greedy(matrix, 0, order.size)
    best, middle = int(matrix.mean(axis=0).argmin()), candidates.index(_rounded(space, space.middle()))
    told = {"default": [0], "middle of the space": [middle], "best one": [best], "default and portfolio": [0, *chosen]}
    figures = ", ".join(f"{name} {matrix[:, columns].min(axis=1).mean():.3f}" for name, columns in told.items())
    words = "".join(f" {word}" for word in order.words)
    when = {"when": {TASK: tasks[0]}} if space.depends_on(TASK) else {}
    return [
        f"# Chosen on {time.strftime('%Y-%m-%d')} by benchmarks/portfolio.py {order.model}{words}",
        f"# out of {len(candidates)} configurations on {', '.join(sets)}; at most {order.rows:,} samples each.",
        f"# Mean regret, of the best 0 and of the median 1: {figures}.",
        *([f"# The best one: {DEFAULT}: {written(candidates[best])}"] if best else []),
        *(f"  - {written({**candidates[one], **when})}" for one in chosen),
    ]


def written(params: Mapping[str, Any]) -> str:
    """A configuration in the form of a face, on one line."""
    face = {path.removeprefix("model."): value for path, value in params.items()}
    return yaml.safe_dump(face, default_flow_style=True, sort_keys=False, allow_unicode=True, width=math.inf).strip()


def main() -> None:
    """Evaluate, choose and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=registry.choices("model"), metavar="model")
    parser.add_argument("words", nargs="*", help="words of the command line that go to every study")
    parser.add_argument("--tasks", nargs="+", help="those of the face, by default")
    parser.add_argument("--sets", nargs="+", help="data sets by name, by default all of the tasks")
    parser.add_argument("--candidates", type=int, default=32)
    parser.add_argument("--size", type=int, default=6, help="the most configurations beside the default")
    parser.add_argument("--rows", type=int, default=3000, help="the most samples of each data set")
    parser.add_argument("--seed", type=int, default=0, help="what candidates are drawn with")
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--experiments", type=Path, default=ROOT / "experiments" / "portfolio")
    order = parser.parse_intermixed_args()
    order.experiments = order.experiments.resolve()
    lines = [line for tasks, of in groups(order).items() for line in choose(order, tasks, *of)]
    print("\nportfolio:", *lines, sep="\n")


if __name__ == "__main__":
    main()
