"""Metrics of probabilities: scikit-learn's, examples by hand, and what is undefined."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from automl.tasks.classes import METRICS, class_scores


@pytest.fixture
def three() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    target = rng.integers(0, 3, 200)
    logits = rng.normal(size=(200, 3)) + 1.5 * np.eye(3)[target]
    shares = np.exp(logits)
    return target, shares / shares.sum(axis=1, keepdims=True)


def test_each_agrees_with_scikit_learn(three: tuple[np.ndarray, np.ndarray]) -> None:
    target, shares = three
    called = shares.argmax(axis=1)
    expected = {
        "accuracy": sk.accuracy_score(target, called),
        "log_loss": sk.log_loss(target, shares),
        "balanced_accuracy": sk.balanced_accuracy_score(target, called),
        "f1": sk.f1_score(target, called, average="macro"),
        "precision": sk.precision_score(target, called, average="macro"),
        "recall": sk.recall_score(target, called, average="macro"),
        "roc_auc": sk.roc_auc_score(target, shares, multi_class="ovr"),
        "average_precision": sk.average_precision_score(np.eye(3)[target], shares),
        "mcc": sk.matthews_corrcoef(target, called),
        "kappa": sk.cohen_kappa_score(target, called),
        "top_3": 1.0,
    }
    found = class_scores(target, shares, METRICS)
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-9)


def test_top_3_of_four_classes_by_hand() -> None:
    shares = np.array([[0.4, 0.3, 0.2, 0.1], [0.4, 0.3, 0.2, 0.1]])
    assert class_scores(np.array([2, 3]), shares, ["top_3"]) == {"top_3": 0.5}


def test_calibration_error_by_hand() -> None:
    shares = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.6, 0.4]])
    target = np.array([0, 1, 0, 0])  # 0.9 is right half of the time, 0.6 always
    assert class_scores(target, shares, ["calibration_error"])["calibration_error"] == pytest.approx(0.4)


def test_the_positive_class_is_the_second_unless_it_is_named(three: tuple[np.ndarray, np.ndarray]) -> None:
    target, shares = three
    target, shares = target % 2, shares[:, :2] / shares[:, :2].sum(axis=1, keepdims=True)
    names = ["roc_auc", "average_precision", "f1", "precision", "recall"]
    second, first = class_scores(target, shares, names), class_scores(target, shares, names, positive=0)
    assert second["average_precision"] == pytest.approx(sk.average_precision_score(target, shares[:, 1]))
    assert first["average_precision"] == pytest.approx(sk.average_precision_score(target == 0, shares[:, 0]))
    assert first["f1"] == pytest.approx(sk.f1_score(target, shares.argmax(axis=1), pos_label=0))
    assert first["precision"] == pytest.approx(sk.precision_score(target, shares.argmax(axis=1), pos_label=0))
    assert first["recall"] == pytest.approx(sk.recall_score(target, shares.argmax(axis=1), pos_label=0))
    assert first["roc_auc"] == pytest.approx(second["roc_auc"])


def test_what_one_class_alone_leaves_undefined_is_left_out() -> None:
    found = class_scores(np.zeros(4, int), np.tile([0.7, 0.3], (4, 1)), METRICS)
    assert found["accuracy"] == 1.0
    assert not {"roc_auc", "average_precision", "kappa"} & set(found)


def test_a_sample_that_was_thought_impossible_costs_a_bounded_loss() -> None:
    assert class_scores(np.array([1]), np.array([[1.0, 0.0]]), ["log_loss"])["log_loss"] < 28.0
