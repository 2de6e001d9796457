"""Metrics, losses and weights of masks: scikit-learn's, examples by hand, and what is void."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tensorflow as tf
from sklearn import metrics as sk

from automl.errors import ConfigError
from automl.settings import Supervised
from automl.tasks import load_task
from automl.tasks.mask_losses import RunningIoU, graph_tally
from automl.tasks.masks import mask_scores, tally
from automl.tasks.segmentation import Segmentation

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("miou", "dice", "pixel_accuracy", "log_loss")


@pytest.fixture
def three() -> tuple[np.ndarray, np.ndarray]:
    """Masks of three classes with void pixels (3), and logits that are right more often than not."""
    rng = np.random.default_rng(0)
    target = rng.integers(0, 4, (5, 6, 7)).astype(np.uint8)
    logits = rng.normal(size=(5, 6, 7, 3)) + 1.5 * np.eye(4)[target][..., :3]
    return target, logits.astype(np.float32)


def softmax(logits: np.ndarray) -> np.ndarray:
    return np.asarray(tf.nn.softmax(logits))


def task() -> Segmentation:
    found = load_task("segmentation")
    assert isinstance(found, Segmentation)
    return found


def test_each_agrees_with_scikit_learn_on_the_pixels_that_are_known(three: tuple[np.ndarray, np.ndarray]) -> None:
    target, shares = three[0], softmax(three[1])
    known = target < 3
    truth, called = target[known], shares[known].argmax(axis=1)
    expected = {
        "miou": sk.jaccard_score(truth, called, average="macro"),
        "dice": sk.f1_score(truth, called, average="macro"),
        "pixel_accuracy": sk.accuracy_score(truth, called),
        "log_loss": sk.log_loss(truth, shares[known].astype(np.float64)),
    }
    assert mask_scores(tally(target, shares), NAMES) == pytest.approx(expected, rel=1e-5)


def test_of_a_part_in_pieces_they_are_those_of_the_whole(three: tuple[np.ndarray, np.ndarray]) -> None:
    target, shares = three[0], softmax(three[1])
    pieces = sum(tally(target[n : n + 1], shares[n : n + 1]) for n in range(len(target)))
    assert mask_scores(np.asarray(pieces), NAMES) == pytest.approx(mask_scores(tally(target, shares), NAMES))


def test_the_graph_counts_the_same(three: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> None:
    target, logits = three
    spec = task().tiny(tmp_path).spec
    encoded, weight = task().encode(tf.constant(target), spec)
    np.testing.assert_array_equal(weight, target < 3)
    np.testing.assert_allclose(graph_tally(encoded, logits), tally(target, softmax(logits)), rtol=1e-4)
    running = RunningIoU(3)
    running.update_state(encoded, logits)
    assert float(running.result()) == pytest.approx(mask_scores(tally(target, softmax(logits)), NAMES)["miou"])


def test_dice_of_two_classes_is_that_of_the_second_or_of_the_named_one() -> None:
    target = np.array([[[0, 0, 0, 1]]])
    shares = np.eye(2)[[[[0, 0, 1, 1]]]]
    assert mask_scores(tally(target, shares), ["dice"])["dice"] == pytest.approx(2 / 3)
    assert mask_scores(tally(target, shares), ["dice"], positive=0)["dice"] == pytest.approx(4 / 5)


def test_classes_that_are_neither_there_nor_called_are_left_out_of_means() -> None:
    target, shares = np.array([[[0, 0, 1]]]), np.eye(4)[[[[0, 0, 0]]]]
    assert mask_scores(tally(target, shares), ["miou"])["miou"] == pytest.approx((2 / 3 + 0) / 2)
    assert mask_scores(tally(np.full((1, 1, 3), 4), shares), NAMES) == {}


@pytest.mark.parametrize("loss", ["auto", "dice", "cross_entropy_dice", "focal"])
def test_losses_fall_with_errors_and_do_not_see_void_pixels(
    loss: str, three: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    target, logits = three
    spec = task().tiny(tmp_path).spec
    found = task().loss(spec, Supervised(loss=loss))
    encoded, weight = task().encode(tf.constant(target), spec)
    right = encoded * 20.0
    assert float(found(encoded, right, sample_weight=weight)) < 0.02
    assert float(found(encoded, logits, sample_weight=weight)) > 0.05
    other = np.where((target == 3)[..., np.newaxis], -logits, logits)
    values = [float(found(encoded, one, sample_weight=weight)) for one in (logits, other)]
    assert values[0] == pytest.approx(values[1], rel=1e-5)


def test_soft_dice_by_hand() -> None:
    from automl.tasks.mask_losses import Dice

    encoded = np.array([[[[1.0, 0.0], [0.0, 1.0]]]], np.float32)
    # Shares of a half everywhere: (2 * 0.5 + 1) / (1 + 0.5 + 1) for each class.
    assert float(Dice()(encoded, np.zeros_like(encoded))) == pytest.approx(1 - 2 / 2.5)


def test_rare_classes_weigh_more_and_void_pixels_nothing(tmp_path: Path) -> None:
    data = task().tiny(tmp_path)
    weights = task().class_weights(data.train, data.spec)
    assert weights[3] == 0
    assert weights[1] > 2 * weights[0]
    assert weights[data.train.target()].mean() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("training", "message"),
    [
        ({"augmentation": "mixup"}, "training.augmentation: masks have to move with their images; choose flip_crop"),
        ({"augmentation": "rand_augment"}, "Received: 'rand_augment' for data=tiny."),
        ({"loss": "dice", "label_smoothing": 0.1}, "training.label_smoothing: the loss 'dice' has none"),
    ],
)
def test_what_does_not_go_with_masks_is_refused(training: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        task().check(task().tiny(tmp_path).spec, {"training": training})
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["image_classification", "tabular_regression"])
def test_other_tasks_refuse_losses_of_masks(name: str, tmp_path: Path) -> None:
    other = load_task(name)
    with pytest.raises(ConfigError, match=f"training.loss: {name} has no loss 'dice'"):
        other.loss(None, Supervised(loss="dice"))  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match=r"training.loss: segmentation has no loss 'mse'"):
        task().loss(task().tiny(tmp_path).spec, Supervised(loss="mse"))


def test_shares_of_pixels_are_the_answer(tmp_path: Path) -> None:
    data = task().tiny(tmp_path)
    table = task().answer(np.eye(4)[data.test.target()][..., :3], data.spec)
    assert table.columns.tolist() == ["share of ground", "share of bright", "share of dark"]
    assert table.sum(axis=1).to_numpy() == pytest.approx(1.0)
