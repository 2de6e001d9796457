from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from automl.data.tables.csv import Csv
from automl.data.tables.sklearn_table import SklearnTable
from automl.data.texts.csv import TextCsv
from automl.errors import ConfigError
from automl.fields import construct
from automl.jobs.serving_code import call
from automl.jobs.serving_code import load as load_served
from automl.plugin import Trial
from automl.tasks import load_task
from automl.testing.data import tiny
from automl_classical.linear.columns import LinearSplines, splines
from automl_classical.linear.features import Texts
from automl_classical.linear.grams import Grams
from automl_classical.linear.model import Linear

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset

KOREAN = {
    "good": ["정말 재미있는 영화였어요", "배우들의 연기가 훌륭했다"],
    "bad": ["너무 지루해서 잤어요", "최악의 영화였다"],
}


def fitted(plugin: Linear, data: Dataset, folder: Path, **training: Any) -> tuple[Linear, Trial]:
    info = load_task(data.spec.task).info
    trial = Trial({"training": training}, folder, objective=info.objective, direction=info.direction)
    plugin.fit(data, trial)
    return plugin, trial


def table(folder: Path, frame: pd.DataFrame, target: str = "y", **options: Any) -> Dataset:
    frame.to_csv(folder / "rows.csv", index=False)
    task = "tabular_regression" if frame[target].dtype.kind == "f" else "tabular_classification"
    return Csv("rows", task, target=target, path=str(folder / "rows.csv"), **options).open(folder / "cache", 0)


def texts(folder: Path, lines: list[tuple[str, str]]) -> Dataset:
    path = folder / "texts.tsv"
    path.write_text("\n".join("\t".join(one) for one in [("text", "label"), *lines]), encoding="utf-8")
    return TextCsv("texts", str(path), min_count=1).open(folder / "cache", 0)


@pytest.mark.parametrize("expansion", ["none", "splines"])
@pytest.mark.parametrize("penalty", ["l2", "elasticnet"])
@pytest.mark.parametrize("task", ["tabular_classification", "tabular_regression"])
def test_every_kind_of_column_enters(tmp_path: Path, task: str, penalty: Any, expansion: Any) -> None:
    data = tiny(task, tmp_path)
    plugin, trial = fitted(Linear(penalty, expansion=expansion), data, tmp_path)
    scores = load_task(task).score(plugin, data, data.test)
    assert scores["accuracy"] >= 0.9 if "accuracy" in scores else scores["rmse"] < 3.0
    best = min(trial.history, key=lambda row: (-row.get("val_accuracy", -row.get("val_rmse", 0.0)), row["val_loss"]))
    found = load_task(task).score(plugin, data, data.validation)
    assert best["val_loss"] == pytest.approx(found.get("log_loss", best["val_loss"]), rel=1e-3)


def test_splines_fill_gap_after_gap_and_go_on_for_a_while() -> None:
    layer = LinearSplines([[-1.0, 1.0]], [0, 0], [-1.0, 0.0], [1.0, 1.0])
    found = np.asarray(layer(np.array([[-9.0], [-0.5], [0.25], [2.0]], np.float32)))
    np.testing.assert_allclose(found, np.array([[-3, 0, 0], [-0.5, 0.5, 0], [0.25, 1, 0.25], [2, 1, 1]]))


def test_splines_leave_out_what_two_values_tell_and_tables_without_end(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"two": rng.integers(0, 2, 80), "many": rng.normal(size=80), "y": rng.normal(size=80)})
    assert splines(table(tmp_path, frame).spec, 3).features == [1, 1, 1, 1]


def test_a_curve_is_learned_by_splines_alone(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-2, 2, 600)
    data = table(tmp_path, pd.DataFrame({"x": x, "y": np.cos(2 * x) + rng.normal(0, 0.1, 600)}))
    scores = [
        load_task("tabular_regression").score(fitted(Linear(expansion=one), data, tmp_path)[0], data, data.test)["rmse"]
        for one in ("none", "splines")
    ]
    assert scores[0] > 0.5
    assert scores[1] < 0.2


def test_more_columns_than_rows_and_rare_classes_are_learned(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b", "c"], [30, 30, 6])
    numbers = rng.normal(size=(66, 400))
    numbers[:, 0] += 8.0 * np.repeat([-1, 0, 1], [30, 30, 6])
    frame = pd.DataFrame(numbers.round(3), columns=[f"n{place}" for place in range(400)])
    data = table(tmp_path, frame.assign(twice=frame["n0"], y=labels))
    plugin, trial = fitted(Linear("elasticnet", 0.9), data, tmp_path, class_weight="balanced")
    assert load_task("tabular_classification").score(plugin, data, data.test)["accuracy"] >= 0.7
    assert all(np.isfinite(list(row.values())).all() for row in trial.history)


def test_strengths_fall_and_the_best_of_them_is_kept(tmp_path: Path) -> None:
    data = SklearnTable("diabetes", None, "target", table="diabetes").open(tmp_path, 0)
    trial = Trial({"training": {"patience": None}}, tmp_path, objective="val_rmse", direction="minimize")
    result = Linear().fit(data, trial)
    strengths, losses, scores = ([row[key] for row in trial.history] for key in ("strength", "loss", "val_rmse"))
    assert len(strengths) == 16
    assert strengths == sorted(strengths, reverse=True)
    assert losses == sorted(losses, reverse=True)
    assert result.metrics["val_rmse"] == min(scores) < scores[0]


def test_a_path_ends_where_patience_does(tmp_path: Path) -> None:
    data = tiny("tabular_regression", tmp_path)
    _, trial = fitted(Linear(), data, tmp_path, strongest=1e-9, weakest=1e-9, patience=2)
    assert len(trial.history) < 16


def test_what_the_graph_counts_is_what_was_solved_for(tmp_path: Path) -> None:
    data = tiny("text_classification", tmp_path)
    features = Texts(data.spec, 2, 4, 4096)
    rows = features.learned(data.train)
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(rows.shape[1], 2)), rng.normal(size=2)
    outputs = rows @ kernel + bias
    expected = np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)
    model = features.model(features.whole(kernel), bias)
    raw = np.array(data.train.arrays()[0]["text"], object)[:, np.newaxis]
    import tensorflow as tf

    np.testing.assert_allclose(np.asarray(model({"string_columns": tf.constant(raw)})), expected, atol=1e-5)


@pytest.mark.parametrize(("words", "characters"), [(2, 0), (0, 3), (1, 3)])
def test_n_grams_are_those_of_the_text(words: int, characters: int) -> None:
    import tensorflow as tf

    layer = Grams(words, characters, 1 << 20, 2)
    rows, _, counts = (one.numpy() for one in layer.count(tf.constant(["Go, go!", "", "é é"])))
    told: list[list[int]] = [sorted(counts[rows == row].tolist()) for row in range(3)]
    # Words: go, a comma, go, a mark; and the pairs of them.
    of_words: list[list[int]] = [[1, 1, 1, 1, 1, 2], [], [1, 2]] if words == 2 else [[1, 1, 2], [], [2]]
    # Of " go " two of each: " g", "go", "o ", " go", "go "; of " , " and " ! " two pairs and all three.
    of_characters: list[list[int]] = [[1] * 6 + [2] * 5, [], [2, 2, 2]]
    expected = [bool(words) * of_words[row] + bool(characters) * of_characters[row] for row in range(3)]
    assert told == [sorted(one) for one in expected]


@pytest.mark.parametrize("weighting", ["tfidf", "naive_bayes"])
def test_any_script_is_read_and_served(tmp_path: Path, weighting: Any) -> None:
    lines = [(f"{KOREAN[label][row % 2]} {row}", label) for row in range(30) for label in KOREAN]
    data = texts(tmp_path, lines)
    plugin, _ = fitted(Linear(weighting=weighting, buckets=4096), data, tmp_path)
    asked = {"text": np.array([*KOREAN["good"], *KOREAN["bad"], "", "처음 보는 말"], object)}
    called = plugin.predict(asked)
    assert called[:4].argmax(axis=1).tolist() == [1, 1, 0, 0]
    np.testing.assert_allclose(called[4], [0.5, 0.5], atol=0.2)
    plugin.save(tmp_path / "plugin")
    np.testing.assert_allclose(Linear.load(tmp_path / "plugin").predict(asked), called, rtol=1e-5)
    plugin.export(tmp_path / "served")
    np.testing.assert_allclose(call(load_served(str(tmp_path / "served")), asked), called, rtol=1e-4)


def test_three_texts_a_class_and_many_classes_are_enough(tmp_path: Path) -> None:
    words = ["red", "green", "blue", "black"]
    data = texts(tmp_path, [(f"it is {word} {row} times", word) for row in range(5) for word in words])
    plugin, _ = fitted(Linear(weighting="naive_bayes", buckets=4096), data, tmp_path)
    assert load_task("text_classification").score(plugin, data, data.test)["accuracy"] == 1.0


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"penalty": "l1"}, "model.penalty: expected .*l2.*elasticnet"),
        ({"characters": 1}, "model.characters: expected at least 2, .* Received: 1"),
        ({"words": 0, "characters": 0}, "model.characters: expected at least 2, .* Received: 0 with model.words=0"),
        ({"absolute": 0.0}, "model.absolute: expected .* Received: 0.0"),
    ],
)
def test_what_does_not_fit_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        construct(Linear, fields, "model")


def test_a_path_that_rises_is_refused(tmp_path: Path) -> None:
    spec = tiny("tabular_regression", tmp_path).spec
    with pytest.raises(ConfigError, match=r"training.weakest: expected at most training.strongest=0.1. Received: 2."):
        Linear().prepare(spec, {"strongest": 0.1, "weakest": 2.0})
