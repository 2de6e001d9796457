from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from automl.data import DataSpec, TensorSpec
from automl.training.deformation import make_deformation

NAMES = ["flip_crop", "flip_rotate", "elastic", "photometric", "elastic_photometric"]
SPEC = DataSpec(
    "x", "segmentation", TensorSpec((None, None, 1), "uint8"), TensorSpec((None, None), "uint8"), ("a", "b"),
    details={"value_range": [0, 255]},
)  # fmt: skip


def batch(side: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Bright discs off the middle, and their masks."""
    rows, columns = np.mgrid[0:side, 0:side]
    masks = np.stack([(rows - 10) ** 2 + (columns - 12 - n) ** 2 < 36 for n in range(8)]).astype(np.uint8)
    return (50 + 150 * masks)[..., np.newaxis].astype(np.uint8), masks


@pytest.mark.parametrize("name", NAMES)
def test_masks_move_with_their_images(name: str) -> None:
    images, masks = batch()
    deform = make_deformation(name, SPEC, seed=3)
    assert deform is not None
    changed, moved = (np.asarray(one) for one in deform(tf.constant(5, tf.int64), images, tf.constant(masks)))
    assert changed.shape == images.shape
    assert moved.dtype == np.uint8
    middle = (changed.min(axis=(1, 2, 3)) + changed.max(axis=(1, 2, 3))) / 2
    agree = (changed[..., 0] > middle[:, np.newaxis, np.newaxis]) == (moved == 1)
    assert agree.mean() > 0.98  # the edges are in between
    assert ((moved != masks).any(axis=(1, 2)).sum() >= 4) == (name != "photometric")
    assert (np.abs(changed.max(axis=(1, 2, 3)) - 200) > 1).any() == ("photometric" in name)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_drawn_is_a_function_of_seed_and_number(name: str) -> None:
    images, masks = batch()

    def changed(number: int, seed: int) -> np.ndarray:
        deform = make_deformation(name, SPEC, seed)
        assert deform is not None
        return np.asarray(deform(tf.constant(number, tf.int64), images, tf.constant(masks))[0])

    np.testing.assert_array_equal(changed(1, 1), changed(1, 1))
    assert (changed(1, 1) != changed(2, 1)).any()
    assert (changed(1, 1) != changed(1, 2)).any()


def test_labels_stay_and_what_changes_no_mask_is_left_to_others() -> None:
    images, labels = batch()[0], tf.range(8)
    spec = DataSpec("x", "image_classification", TensorSpec((32, 32, 1), "uint8"), TensorSpec((), "int64"))
    deform = make_deformation("elastic", spec, seed=0)
    assert deform is not None
    np.testing.assert_array_equal(deform(tf.constant(0, tf.int64), images, labels)[1], labels)
    assert make_deformation("flip_crop", spec, 0) is None
    assert make_deformation("none", SPEC, 0) is None
