"""Who is measured on a table in two files: automl by its command, scikit-learn's models, and AutoGluon."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from data_sets import Split

ROOT = Path(__file__).resolve().parents[1]
LINEAR, BOOSTING = "logistic or ridge regression", "HistGradientBoosting"
"""What of scikit-learn is measured on tables."""


@dataclass(frozen=True)
class Result:
    """What one contender came to.

    Attributes:
        contender: Its name.
        scores: Of the test part, by metric; none where it failed.
        seconds: Wall-clock of all that it did, the start of its process included where it has one of its own.
        error: The standard error of the score that is compared, as far as it is known.
        baseline: What the trivial predictor scores, as far as it is known.
        note: Why it failed, or what of it was chosen.
    """

    contender: str
    scores: Mapping[str, float]
    seconds: float
    error: float = math.nan
    baseline: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


def automl(contender: str, words: Sequence[str], budget: float, folder: Path) -> Result:
    """A study from the command line, in an experiments folder of its own that is removed once it was read.

    Args:
        contender: What it is called.
        words: Model, data and whatever else is asked for.
        budget: Seconds, ``search.timeout``.
        folder: Where that is made.
    """
    experiments = folder / f"experiments-{time.monotonic_ns()}"
    asked = [*words, f"search.timeout={budget:g}"]
    print("+ python -m automl", *asked, flush=True)
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "automl", *asked, f"experiments={experiments}", "name=study"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )  # fmt: skip
    seconds = time.perf_counter() - began
    path = experiments / "study" / "study.json"
    found = json.loads(path.read_text()) if path.is_file() else {}
    shutil.rmtree(experiments, ignore_errors=True)
    if done.returncode or not found:
        return Result(contender, {}, seconds, note=_last(done.stdout) or f"exit code {done.returncode}")
    return Result(contender, found["test"] or {}, seconds, baseline=found["baseline"] or {}, note=_chosen(found))


def _last(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _chosen(found: Mapping[str, Any]) -> str:
    """The family of the best trial, how many trials there were, and what took its place."""
    best: Mapping[str, Any] = next((one for one in found["trials"] if one["number"] == found["best"]), {})
    replaced = f", {found['handed_back']}" if found["handed_back"] in ("refit", "ensemble") else ""
    return f"{best.get('family', '')} of {len(found['trials'])} trials{replaced}".strip()


def words_of(split: Split) -> list[str]:
    """The two files as the command line names them."""
    return ["data=csv", f"data.path={split.train}", f"data.test_path={split.test}", f"data.target={split.target}"]


def sklearn(contender: str, split: Split) -> Result:
    """A model of scikit-learn with its defaults, behind what such a table needs.

    Args:
        contender: ``LINEAR`` or ``BOOSTING``.
        split: The table.
    """
    train, test = pd.read_csv(split.train), pd.read_csv(split.test)
    y, expected = (frame.pop(split.target) for frame in (train, test))
    model = _pipeline(contender, train, classes=split.classes)
    began = time.perf_counter()
    model.fit(train, y)
    told = model.predict_proba(test) if split.classes else model.predict(test)
    seconds = time.perf_counter() - began
    scores, error = scored(expected, told, list(model.classes_) if split.classes else None)
    return Result(contender, scores, seconds, error)


def scored(expected: Any, told: Any, classes: Sequence[Any] | None) -> tuple[dict[str, float], float]:
    """The scores of predictions, and the standard error of the first.

    Args:
        expected: What is right.
        told: Values, or the probability of each class.
        classes: The classes in the order of their probabilities; None for values.
    """
    from sklearn.metrics import log_loss

    count = len(expected)
    if classes is None:
        squares = np.square(np.asarray(expected, float) - np.asarray(told, float))
        rmse = float(np.sqrt(squares.mean()))
        return {"rmse": rmse}, float(squares.std() / math.sqrt(count) / max(2 * rmse, 1e-12))
    accuracy = float(np.mean(np.asarray(classes)[np.argmax(told, axis=1)] == np.asarray(expected)))
    scores = {"accuracy": accuracy, "log_loss": float(log_loss(expected, told, labels=classes))}
    return scores, math.sqrt(accuracy * (1 - accuracy) / count)


def _pipeline(contender: str, train: pd.DataFrame, *, classes: bool) -> Any:
    """Numbers and categories, each prepared as the model needs it."""
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

    texts = [name for name in train if not pd.api.types.is_numeric_dtype(train[name])]
    numbers = [name for name in train if name not in texts]
    if contender == LINEAR:
        scaled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
        coded = OneHotEncoder(handle_unknown="ignore", min_frequency=2)
        model = LogisticRegression(max_iter=2000) if classes else RidgeCV(np.logspace(-3, 3, 13))
        return make_pipeline(make_column_transformer((scaled, numbers), (coded, texts)), model)
    coded = OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=np.nan, encoded_missing_value=np.nan, max_categories=200
    )
    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    model = kind(categorical_features=list(range(len(texts))), random_state=0)  # the coded columns come first
    return make_pipeline(make_column_transformer((coded, texts), remainder="passthrough"), model)


def tfidf(data: Path) -> Result:
    """Logistic regression over TF-IDF of words and pairs of them, on SST-2."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    train, test = (
        pd.read_csv(data / f"sst2-{part}.tsv", sep="\t", header=None, quoting=3) for part in ("train", "test")
    )
    began = time.perf_counter()
    model = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10, max_iter=1000)
    )
    model.fit(train[0], train[1])
    scores, error = scored(test[1], model.predict_proba(test[0]), list(model.classes_))
    return Result("TF-IDF, logistic regression", scores, time.perf_counter() - began, error)


def ridge(data: Path, lookback: int = 336, horizon: int = 96) -> Result:
    """One ridge regression for all channels of ETTh1, from a window less its last value to what follows."""
    from sklearn.linear_model import Ridge

    began = time.perf_counter()
    values = pd.read_csv(data / "ETTh1.csv").iloc[:, 1:].to_numpy(np.float64)
    train = values[:8640]
    values = (values - train.mean(axis=0)) / train.std(axis=0)

    def windows(start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        part = np.lib.stride_tricks.sliding_window_view(values[start:stop], lookback + horizon, axis=0)
        flat = part.reshape(-1, lookback + horizon)
        flat = flat - flat[:, lookback - 1 : lookback]
        return flat[:, :lookback], flat[:, lookback:]

    model = Ridge(alpha=1000.0).fit(*windows(0, 8640))
    x, y = windows(11_520 - lookback, 14_400)
    return Result(
        "ridge on the window", {"mse": float(np.square(model.predict(x) - y).mean())}, time.perf_counter() - began
    )


def autogluon(python: str, split: Split, budget: float, folder: Path) -> Result:
    """AutoGluon with its defaults, by the interpreter of an environment of its own."""
    order = {**{key: str(value) for key, value in vars(split).items()}, "classes": split.classes, "seconds": budget}
    command = [python, str(Path(__file__).with_name("peer_autogluon.py"))]
    where = folder / f"autogluon-{time.monotonic_ns()}"
    began = time.perf_counter()
    done = subprocess.run(
        [*command, json.dumps({**order, "folder": str(where)})], capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode:
        return Result("AutoGluon", {}, seconds, note=_last(done.stderr))
    return Result("AutoGluon", json.loads(done.stdout.splitlines()[-1]), seconds)
