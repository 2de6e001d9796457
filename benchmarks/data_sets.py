"""Tables that benchmarks draw on: generated ones, and those that scikit-learn and ``../shared/data`` have.

Their headers and labels are such as people write: with spaces, units and letters of other scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.model_selection import train_test_split

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
"""The folder beside the project with data that are too large for it."""
_HEADERS = ("Sensor {}", "측정값 {}", "Länge {} (mm)", "x_{}", "№ {}")
_CLASS, _VALUE = "결과", "판매 가격"


@dataclass(frozen=True)
class Table:
    """A table with its target.

    Attributes:
        frame: All of it.
        target: The column to predict.
        classes: Whether the target is a class.
    """

    frame: pd.DataFrame
    target: str
    classes: bool

    @property
    def task(self) -> str:
        """What automl calls its task."""
        return "tabular_classification" if self.classes else "tabular_regression"

    def halves(self, seed: int, test: float = 0.2) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The rows to learn from and those to test on, at random; stratified for classes."""
        labels = self.frame[self.target] if self.classes else None
        train, held = train_test_split(self.frame, test_size=test, random_state=seed, stratify=labels)
        return train, held

    def at_most(self, rows: int) -> Table:
        """The table, or so many of its rows."""
        if len(self.frame) <= rows:
            return self
        labels = self.frame[self.target] if self.classes else None
        frame, _ = train_test_split(self.frame, train_size=rows, random_state=0, stratify=labels)
        return Table(frame, self.target, self.classes)


@dataclass(frozen=True)
class Split:
    """A table in two files, so that all contenders see the same rows.

    Attributes:
        train: The file to learn from.
        test: The file to test on.
        target: The column to predict.
        classes: Whether the target is a class.
    """

    train: Path
    test: Path
    target: str
    classes: bool


def written(table: Table, folder: Path, seed: int, test: float = 0.2) -> Split:
    """Write the two parts of a table into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "train.csv", folder / "test.csv"
    for half, path in zip(table.halves(seed, test), paths, strict=True):
        half.to_csv(path, index=False)
    return Split(*paths, table.target, table.classes)


def _named(x: Any, y: Any, *, classes: bool) -> Table:
    """Columns under headers as people write them."""
    x = np.asarray(x)
    columns = [_HEADERS[number % len(_HEADERS)].format(number + 1) for number in range(x.shape[1])]
    target = _CLASS if classes else _VALUE
    return Table(pd.DataFrame(x, columns=columns).assign(**{target: y}), target, classes)


def _beside_noise(x: Any, y: Any, columns: int, seed: int) -> Table:
    """Two columns that tell everything, among others that tell nothing; the labels are words."""
    noise = np.random.default_rng(seed).normal(size=(len(x), columns))
    return _named(np.hstack([x, noise]), np.where(y == 1, "예", "아니오"), classes=True)


def _small_unbalanced(seed: int) -> Table:
    drawn = datasets.make_classification(200, 10, n_informative=4, weights=[0.85], flip_y=0.02, random_state=seed)
    return _named(*drawn, classes=True)


def _noisy(seed: int) -> Table:
    """A fifth of the labels is drawn at random, and a tenth of the values is missing."""
    x, y = datasets.make_classification(5000, 20, n_informative=6, flip_y=0.2, random_state=seed)
    x[np.random.default_rng(seed).random(x.shape) < 0.1] = np.nan
    return _named(x, y, classes=True)


def _large_redundant(seed: int) -> Table:
    drawn = datasets.make_classification(
        20_000, 30, n_informative=10, n_redundant=15, n_classes=4, n_clusters_per_class=3, random_state=seed
    )
    return _named(*drawn, classes=True)


def _piecewise(seed: int) -> Table:
    """Constant on the leaves of a random tree, of values of very different scales."""
    rng = np.random.default_rng(seed)
    x = rng.lognormal(0.0, 2.0, (4000, 8))
    y, cuts = np.zeros(len(x)), np.quantile(x, rng.random(30), axis=0)
    for cut in cuts:
        first, second = rng.integers(0, 8, 2)
        y += rng.normal() * ((x[:, first] > cut[first]) & (x[:, second] < cut[second]))
    return _named(x, y + rng.normal(0.0, 0.1, len(y)), classes=False)


def _categorical(seed: int) -> Table:
    """Two columns of hundreds of categories, most of them rare, and an effect of each."""
    rng = np.random.default_rng(seed)
    count, rows = 400, 6000
    shops, goods = (np.minimum(rng.zipf(1.3, rows), count) - 1 for _ in range(2))
    effects = rng.normal(size=(2, count))
    weight, day = rng.gamma(2.0, 1.0, rows), rng.integers(0, 7, rows)
    value = effects[0][shops] * (1.0 + 0.5 * weight) + effects[1][goods] + 0.3 * (day > 4) + rng.normal(0.0, 0.5, rows)
    frame = pd.DataFrame({
        "지점": [f"지점 {number}" for number in shops],
        "Artikel (Nr.)": [f"A-{number:03d}" for number in goods],
        "Weight, kg": weight.round(3),
        "요일": np.array(list("월화수목금토일"))[day],
    })  # fmt: skip
    return Table(frame.assign(**{_VALUE: value}), _VALUE, classes=False)


def _of_sklearn(load: Callable[..., Any], *, classes: bool) -> Callable[[int], Table]:
    """One that scikit-learn ships, its own headers kept; labels are words where it has some."""

    def make(seed: int) -> Table:
        del seed
        found = load(as_frame=True)
        labels = found.target_names if classes and hasattr(found, "target_names") else None
        y = found.target if labels is None else np.asarray(labels)[found.target]
        target = _CLASS if classes else _VALUE
        return Table(found.data.assign(**{target: y}), target, classes)

    return make


def _values(draw: Callable[..., Any], rows: int, **how: Any) -> Callable[[int], Table]:
    return lambda seed: _named(*draw(rows, random_state=seed, **how), classes=False)


def _classes(draw: Callable[..., Any], rows: int, **how: Any) -> Callable[[int], Table]:
    return lambda seed: _named(*draw(n_samples=rows, random_state=seed, **how), classes=True)


def _planar(draw: Callable[..., Any], columns: int, **how: Any) -> Callable[[int], Table]:
    def make(seed: int) -> Table:
        x, y = draw(1500, random_state=seed, **how)
        return _beside_noise(x, y, columns, seed)

    return make


TABLES: dict[str, Callable[[int], Table]] = {
    "small, unbalanced": _small_unbalanced,
    "noisy labels": _noisy,
    "large, redundant": _large_redundant,
    "friedman1": _values(datasets.make_friedman1, 2000, noise=1.0),
    "friedman2": _values(datasets.make_friedman2, 3000, noise=50.0),
    "friedman3": _values(datasets.make_friedman3, 3000, noise=0.1),
    "hastie": _classes(datasets.make_hastie_10_2, 12_000),
    "moons beside noise": _planar(datasets.make_moons, 8, noise=0.25),
    "circles beside noise": _planar(datasets.make_circles, 6, noise=0.1, factor=0.6),
    "gaussian quantiles": _classes(datasets.make_gaussian_quantiles, 3000, n_features=10, n_classes=3),
    "sparse": _values(datasets.make_sparse_uncorrelated, 1000, n_features=20),
    "swiss roll": _values(datasets.make_swiss_roll, 3000, noise=0.5),
    "piecewise constant": _piecewise,
    "many categories": _categorical,
    "digits as a table": _of_sklearn(datasets.load_digits, classes=True),
    "breast_cancer": _of_sklearn(datasets.load_breast_cancer, classes=True),
    "wine": _of_sklearn(datasets.load_wine, classes=True),
    "diabetes": _of_sklearn(datasets.load_diabetes, classes=False),
    "iris": _of_sklearn(datasets.load_iris, classes=True),
}
"""Those that need no file; each takes the seed that it is drawn with, where it is drawn."""

FILES = {"housing": ("housing.csv", "median_house_value")}
"""Those of a folder, of values, each with its target."""


def names(shared: Path) -> list[str]:
    """The tables that can be had, twenty where the folder is there."""
    return [*TABLES, *(name for name, (file, _) in FILES.items() if (shared / file).is_file())]


def table(name: str, seed: int, shared: Path) -> Table:
    """A table by name.

    Args:
        name: One of ``names``.
        seed: What it is drawn with, where it is drawn.
        shared: The folder with data that are too large for the project.
    """
    if name in TABLES:
        return TABLES[name](seed)
    file, target = FILES[name]
    return Table(pd.read_csv(shared / file), target, classes=False)
