"""What the bare command reaches with a time budget, beside peers: ``python benchmarks/auto.py [case ...]``.

Each case has its budget, its seeds and its splits, and whoever is measured in it sees the same rows, one after the
other in one run. What automl comes to is that of ``python -m automl data=... search.timeout=...``, with no model named,
timed around the whole command. AutoGluon is run where ``--autogluon`` names a Python that has it.

    python benchmarks/auto.py small mlp20 --scale 0.2 --splits 2     # a quick look
    python benchmarks/auto.py housing --autogluon ~/autogluon/bin/python
    python benchmarks/auto.py minute --model mlp                     # one family in the place of all

Tables are printed as Markdown; every figure is a line of ``--results`` as soon as it is there.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import contenders
import data_sets
import pandas as pd
from contenders import BOOSTING, LINEAR, ROOT, Result, automl, words_of
from data_sets import SHARED, names, written
from quality import ett, sst

from automl.config.sections import models_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

AUTO = "auto"
SMALL = ("breast_cancer", "wine", "diabetes", "iris")
Run = Callable[[], Result]
MORE = {"accuracy": True, "rmse": False, "mse": False}
"""The metrics that are compared, and whether more is better."""


@dataclass
class Bench:
    """What all cases share: how they are asked for, where they write, and what has been measured.

    Attributes:
        order: The command line.
        folder: Files and studies, for now.
    """

    order: argparse.Namespace
    folder: Path

    def budget(self, seconds: float) -> float:
        """A case's budget, as the command line scales it."""
        return max(10.0, seconds * float(self.order.scale))

    def splits(self, usual: int) -> range:
        """The seeds of a case's splits."""
        return range(self.order.splits or usual)

    def missing(self, name: str) -> str:
        """The file that a case cannot do without, where it is not there; else empty."""
        path = self.order.data / FILES.get(name, "")
        return "" if path.exists() or name not in FILES else str(path)

    def sets(self, known: Iterable[str]) -> list[str]:
        """Those of a case's data sets that the command line asks for, by default all."""
        found = [name for name in known if not self.order.sets or name in self.order.sets]
        return found or sys.exit(f"--sets: expected some of {', '.join(known)}. Received: {self.order.sets}.")

    def study(self, words: Sequence[str], seconds: float, model: str | None = None, seed: int = 0) -> Run:
        """A study with that budget, of the family that is named, or of what is measured here."""
        chosen = model or self.order.model
        named = [] if chosen == AUTO else [f"+model={chosen}"]
        asked = [*named, *words, f"seed={seed}"]
        return partial(automl, chosen, asked, seconds, self.folder)

    def split(self, name: str, seed: int) -> data_sets.Split:
        """A table in two files."""
        plain = "".join(one if one.isalnum() and one.isascii() else "-" for one in name)
        table = data_sets.table(name, 0, self.order.data)
        return written(table, self.folder / f"{plain}-{seed}", seed)

    def measure(self, case: str, data: str, split: int, metric: str, runs: Iterable[Run]) -> pd.DataFrame:
        """Run contenders one after the other, and note each as soon as it ends."""
        rows = []
        for run in runs:
            result = run()
            score = result.scores.get(metric, math.nan)
            row = {"case": case, "data": data, "split": split, "metric": metric, "score": score, **vars(result)}
            row |= {"scale": self.order.scale, "time": time.strftime("%Y-%m-%dT%H:%M:%S")}
            with self.order.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps({key: _json(value) for key, value in row.items()}, ensure_ascii=False) + "\n")
            print(f"  {data}, split {split}: {result.contender} {metric} {_shown(score)}, {result.seconds:.0f} s"
                  f"{f' ({result.note})' if result.note else ''}", flush=True)  # fmt: skip
            rows.append(row)
        return pd.DataFrame(rows)

    def tabular(self, split: data_sets.Split, seconds: float, seed: int) -> list[Run]:
        """What is measured, linear models, gradient boosting, and AutoGluon where it is at hand."""
        peers = [partial(contenders.sklearn, name, split) for name in (LINEAR, BOOSTING)]
        if self.order.autogluon:
            peers.append(partial(contenders.autogluon, self.order.autogluon, split, seconds, self.folder))
        return [self.study(words_of(split), seconds, seed=seed), *peers]

    def families(self, task: str, words: Sequence[str], seconds: float, seed: int = 0) -> list[Run]:
        """Each single family that takes a task, at the same budget; not the one that is measured anyway."""
        return [self.study(words, seconds, one, seed) for one in models_for(task) if one != self.order.model]


def housing(bench: Bench) -> None:
    """California housing, a fifth of the rows for test."""
    seconds, found = bench.budget(300), []
    for seed in bench.splits(1):
        runs = bench.tabular(bench.split("housing", seed), seconds, seed)
        found.append(bench.measure("housing", "housing", seed, "rmse", runs))
    _print(f"Housing, test RMSE, {seconds:.0f} s", _means(pd.concat(found)))


def small(bench: Bench) -> None:
    """Four small tables: the ranks among each single family, linear models and gradient boosting."""
    seconds, found = bench.budget(60), []
    for name in bench.sets(SMALL):
        for seed in bench.splits(5):
            split = bench.split(name, seed)
            task, metric = ("tabular_classification", "accuracy") if split.classes else ("tabular_regression", "rmse")
            runs = bench.tabular(split, seconds, seed) + bench.families(task, words_of(split), seconds, seed)
            found.append(bench.measure("small", name, seed, metric, runs))
    rows = pd.concat(found)
    _print(f"Small tables, test scores, mean ± standard error over splits, {seconds:.0f} s", _by_data(rows))
    _print("Mean rank", ranks(rows))


def ranks(rows: pd.DataFrame) -> pd.DataFrame:
    """The mean rank of each contender over the splits of each data set, and over these; the best is 1, ties share."""
    signed = rows["score"].where(~rows["metric"].map(MORE), -rows["score"])
    ranked = signed.groupby([rows["data"], rows["split"]]).rank(na_option="bottom")
    table = rows.assign(rank=ranked).pivot_table("rank", "contender", "data")
    return table.assign(all=table.mean(axis=1)).sort_values("all").round(2).reset_index()


def sst2(bench: Bench) -> None:
    """SST-2, its parts as given, beside logistic regression over TF-IDF of words and pairs of them."""
    seconds, words = bench.budget(600), sst(bench.order.data)
    runs: list[Run] = [bench.study(words, seconds), partial(contenders.tfidf, bench.order.data)]
    if bench.order.families:
        runs += bench.families("text_classification", words, seconds)
    _print(f"SST-2, test accuracy, {seconds:.0f} s", _means(bench.measure("sst2", "SST-2", 0, "accuracy", runs)))


def etth1(bench: Bench) -> None:
    """ETTh1, the standard split, horizon 96, all channels, beside ridge regression on the window."""
    seconds, words = bench.budget(600), ett(bench.order.data)
    runs: list[Run] = [bench.study(words, seconds), partial(contenders.ridge, bench.order.data)]
    if bench.order.families:
        runs += bench.families("forecasting", words, seconds)
    _print(f"ETTh1, horizon 96, test MSE, {seconds:.0f} s", _means(bench.measure("etth1", "ETTh1", 0, "mse", runs)))


def cifar(bench: Bench) -> None:
    """20,000 files of CIFAR-10 to learn from, beside each single family at the same budget."""
    seconds, words = bench.budget(600), _cifar(bench.order.data, bench.folder)
    runs = [bench.study(words, seconds), *bench.families("image_classification", words, seconds)]
    _print(f"CIFAR-10, test accuracy, {seconds:.0f} s", _means(bench.measure("cifar", "CIFAR-10", 0, "accuracy", runs)))


def _cifar(data: Path, folder: Path) -> list[str]:
    if not (folder / "cifar10").is_dir():
        with zipfile.ZipFile(data / "cifar10-24k-jpg.zip") as packed:
            packed.extractall(folder)
    return ["data=image_folder", f"data.path={folder / 'cifar10'}"]


def mlp20(bench: Bench) -> None:
    """``mlp`` alone on twenty tables, beside gradient boosting with its defaults."""
    seconds, found = bench.budget(60), []
    for name in bench.sets(names(bench.order.data)):
        split = bench.split(name, 0)
        metric = "accuracy" if split.classes else "rmse"
        runs: list[Run] = [bench.study(words_of(split), seconds, "mlp"), partial(contenders.sklearn, BOOSTING, split)]
        found.append(duel(bench.measure("mlp20", name, 0, metric, runs)))
    _print(f"mlp alone, {seconds:.0f} s, test scores", pd.DataFrame(found))
    outcomes = [row["outcome"] for row in found]
    print(f"Of {len(found)}: {', '.join(f'{outcomes.count(one)} {one}' for one in ('won', 'tied', 'lost'))}.\n")


def duel(rows: pd.DataFrame) -> dict[str, Any]:
    """The first contender beside the second: a tie is what lies within one standard error of the second's score."""
    (_, one), (_, other) = rows.iterrows()
    lead = (one["score"] - other["score"]) * (1 if MORE[one["metric"]] else -1)
    outcome = "tied" if abs(lead) <= other["error"] else "won" if lead > 0 else "lost"
    told = {row["contender"]: row["score"] for row in (one, other)}
    return {"table": one["data"], "metric": one["metric"], **told, "error": other["error"], "outcome": outcome}


def minute(bench: Bench) -> None:
    """A minute for any case: the model beside the baseline, and how long the whole command took."""
    data, tables = bench.order.data, ("housing", *SMALL)
    asked = {name: partial(lambda name: words_of(bench.split(name, 0)), name) for name in tables}
    asked |= {"sst2": partial(sst, data), "etth1": partial(ett, data), "cifar": partial(_cifar, data, bench.folder)}
    metrics = {"housing": "rmse", "diabetes": "rmse", "etth1": "mse"}
    found = []
    for name in bench.sets([one for one in asked if not bench.missing(one)]):
        metric = metrics.get(name, "accuracy")
        row = bench.measure("minute", name, 0, metric, [bench.study(asked[name](), 60)]).iloc[0]
        told = {"baseline": row["baseline"].get(metric, math.nan), "seconds": row["seconds"], "note": row["note"]}
        found.append({"data": name, "metric": metric, "test": row["score"], **told})
    _print("search.timeout=60, seconds of the whole command", pd.DataFrame(found))


def _means(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard error over splits of each contender, in their order."""
    grouped = rows.groupby("contender", sort=False)
    table = pd.DataFrame({"score": grouped["score"].apply(_mean), "seconds": grouped["seconds"].mean()})
    return table.assign(note=grouped["note"].last()).reset_index()


def _by_data(rows: pd.DataFrame) -> pd.DataFrame:
    """The same, a column a data set."""
    return rows.pivot_table("score", "contender", "data", aggfunc=_mean, sort=False).reset_index()


def _mean(scores: pd.Series[float]) -> str:
    spread = f" ± {_shown(float(scores.std() / math.sqrt(scores.count())))}" if scores.count() > 1 else ""
    failed = f"{scores.isna().sum()} failed" if scores.isna().any() else ""
    return " ".join(filter(None, [f"{_shown(float(scores.mean()))}{spread}", failed]))


def _shown(value: Any) -> str:
    if not isinstance(value, float):
        return str(value)
    return "" if math.isnan(value) else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _json(value: Any) -> Any:
    """What JSON has for a value; it has no not-a-number."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _print(title: str, table: pd.DataFrame) -> None:
    """A table in Markdown."""
    lines = [list(table.columns), ["---"] * len(table.columns), *table.to_numpy(object).tolist()]
    print(f"\n{title}\n", *(f"| {' | '.join(map(_shown, line))} |" for line in lines), "", sep="\n", flush=True)


CASES: dict[str, Callable[[Bench], None]] = {
    "housing": housing,
    "small": small,
    "sst2": sst2,
    "etth1": etth1,
    "cifar": cifar,
    "mlp20": mlp20,
    "minute": minute,
}
FILES = {"housing": "housing.csv", "sst2": "sst2-train.tsv", "etth1": "ETTh1.csv", "cifar": "cifar10-24k-jpg.zip"}
"""What a case cannot do without, in the folder of ``--data``."""


def main() -> None:
    """Run the cases one after the other, and print their tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES], default=[], metavar="case", help=", ".join(CASES))
    parser.add_argument("--model", default=AUTO, help="what is measured: auto, no model named, or one family")
    parser.add_argument("--scale", type=float, default=1.0, help="what budgets are multiplied by")
    parser.add_argument("--splits", type=int, help="how many splits, in the place of each case's own")
    parser.add_argument("--sets", nargs="+", help="data sets by name, for small, mlp20 and minute")
    parser.add_argument("--families", action="store_true", help="each single family beside, for sst2 and etth1 too")
    parser.add_argument("--autogluon", metavar="PYTHON", help="the interpreter of an environment that has AutoGluon")
    parser.add_argument("--data", type=Path, default=SHARED)
    parser.add_argument("--results", type=Path, default=ROOT / "experiments" / "benchmark-auto.jsonl")
    order = parser.parse_args()
    order.data, order.results = order.data.resolve(), order.results.resolve()
    order.results.parent.mkdir(parents=True, exist_ok=True)
    if not order.autogluon:
        print("AutoGluon is left out: --autogluon <python> names an environment that has it.\n")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(order, Path(folder))
        for name in order.cases or CASES:
            if path := bench.missing(name):
                print(f"{name} is left out: there is no {path}.\n")
                continue
            began = time.perf_counter()
            CASES[name](bench)
            print(f"{name}: {time.perf_counter() - began:.0f} s\n", flush=True)


if __name__ == "__main__":
    main()
