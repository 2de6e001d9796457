"""Thresholds: what they are best for, when none is chosen, and that only labels follow them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from sklearn import metrics as sk

from automl.data import DataSpec
from automl.data.spec import TensorSpec
from automl.tasks import load_task
from automl.tasks.classes import METRICS, class_scores
from automl.tasks.thresholds import _METRICS, Threshold, _counts, called, choose, has_threshold


def sampled(count: int, share: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Targets of which a share is positive, and probabilities as they are."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(np.log(share / (1 - share)) - 1.0, 2.0, count)
    shares = 1.0 / (1.0 + np.exp(-logits))
    return (rng.random(count) < shares).astype(int), np.stack([1 - shares, shares], axis=1)


@pytest.mark.parametrize("metric", ["f1", "balanced_accuracy", "mcc", "kappa", "recall"])
def test_a_rare_class_is_called_sooner(metric: str) -> None:
    target, shares = sampled(2000, 0.02)
    found = choose(target, shares, metric, None)
    assert found is not None
    assert found.positive == 1
    assert found.value < 0.4
    other, more = sampled(4000, 0.02, seed=1)
    with_it, without = (class_scores(other, more, [metric], threshold=one)[metric] for one in (found, None))
    assert with_it > without + 0.02


def test_it_is_of_the_class_that_is_named() -> None:
    target, shares = sampled(2000, 0.02)
    found = choose(1 - target, shares[:, ::-1], "f1", 0)
    same = choose(target, shares, "f1", 1)
    assert found is not None
    assert same is not None
    assert found == Threshold(0, same.value)


@pytest.mark.parametrize(("count", "share"), [(20, 0.5), (60, 0.3), (400, 0.5), (5000, 0.5), (5000, 0.1)])
def test_probabilities_as_they_are_need_none_for_accuracy(count: int, share: float) -> None:
    taken = [choose(*sampled(count, share, seed), "accuracy", None) for seed in range(10)]
    assert sum(one is not None for one in taken) <= 1


def test_too_few_of_a_class_and_equal_probabilities_choose_none() -> None:
    target, shares = sampled(300, 0.02)
    target[:] = 0
    target[:4] = 1
    assert choose(target, shares, "f1", None) is None
    assert choose(np.arange(40) % 2, np.full((40, 2), 0.5), "f1", None) is None
    assert choose(np.arange(40) % 2, np.eye(2)[np.arange(40) % 2], "f1", None) is None  # nothing is left to gain


def test_a_large_part_takes_no_time() -> None:
    target, shares = sampled(200_000, 0.1)
    began = time.perf_counter()
    assert choose(target, shares, "f1", 1) is not None
    assert time.perf_counter() - began < 5.0


@pytest.mark.parametrize("metric", sorted(_METRICS))
@pytest.mark.parametrize("positive", [None, 1])
def test_metrics_of_counts_are_those_of_labels(metric: str, positive: int | None) -> None:
    if positive is not None and not has_threshold(metric, 2, positive):
        pytest.skip("a class alone has no best threshold for it")
    target, shares = sampled(50, 0.3)
    one = Threshold(1, 0.3)
    places = (shares[:, 1] >= one.value).astype(int)
    cells = np.array([[np.bincount(places[target == 1 - row], minlength=2) for row in range(2)]])
    found = _METRICS[metric](*_counts(cells), positive is not None).item()
    assert found == pytest.approx(class_scores(target, shares, [metric], positive, one)[metric])


def test_only_labels_follow_a_threshold() -> None:
    target, shares = sampled(500, 0.1)
    one = Threshold(1, 0.2)
    plain, moved = class_scores(target, shares, METRICS), class_scores(target, shares, METRICS, threshold=one)
    labels = called(shares, one)
    assert moved["accuracy"] == pytest.approx(sk.accuracy_score(target, labels))
    assert moved["f1"] == pytest.approx(sk.f1_score(target, labels, average="macro"))
    of_shares = ("log_loss", "roc_auc", "average_precision", "calibration_error", "top_3")
    assert {name: moved[name] for name in of_shares} == {name: plain[name] for name in of_shares}


def test_precision_and_recall_of_a_class_alone_have_none() -> None:
    assert has_threshold("recall", 2, None)
    assert not has_threshold("recall", 2, 1)
    assert not has_threshold("precision", 2, 0)
    assert not has_threshold("f1", 3, None)
    assert not has_threshold("roc_auc", 2, None)


def test_the_task_answers_and_scores_by_it() -> None:
    task = load_task("tabular_classification")
    spec = DataSpec("d", "tabular_classification", {"numeric": TensorSpec((1,), "float32")}, None, ("no", "yes"))
    target, shares = sampled(2000, 0.02)
    assert task.settles(spec, "val_f1")
    assert not task.settles(spec, "val_log_loss")
    found = task.settle(spec, target, shares, "val_f1")
    assert found.told.startswith("A sample is called 'yes' from a probability of 0.")
    spec = DataSpec(**{**vars(spec), "details": found.details})
    value = found.details["threshold"]["value"]
    answer = task.answer(np.array([[1 - value, value], [1.01 - value, value - 0.01]]), spec)
    assert answer["label"].tolist() == ["yes", "no"]
    assert answer["probability"].tolist() == pytest.approx([value, 1.01 - value])
