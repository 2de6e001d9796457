from __future__ import annotations

import numpy as np

from automl.data import ArrayPart, Dataset, DataSpec, TensorSpec
from automl.data.images.crops import with_masks


def dataset() -> Dataset:
    rows, columns = np.mgrid[0:20, 0:30]
    images = np.stack([100 * number + rows for number in range(6)]).astype(np.float32)[..., np.newaxis]
    masks = np.broadcast_to(columns, (6, 20, 30)).astype(np.uint8)
    spec = DataSpec(
        "x", "segmentation", TensorSpec((20, 30, 1), "float32"), TensorSpec((20, 30), "uint8"), classes=("a", "b")
    )
    parts = (ArrayPart(images, masks, np.arange(first, first + 2)) for first in (0, 2, 4))
    return Dataset(spec, *parts)


def test_crops_lie_anywhere_their_masks_with_them_and_cover_an_image() -> None:
    data = with_masks(dataset(), crop=10)
    assert data.train.steps(2) == 2 * 6 // 2
    tops, lefts = [], []
    for images, masks in data.train.epochs(2, seed=1).take(60).as_numpy_iterator():
        assert images.shape == (2, 10, 10, 1)
        top, left = images[:, :1, :1, 0] % 100, masks[:, :1, :1]
        assert (images[..., 0] % 100 == top + np.arange(10)[:, np.newaxis]).all()
        assert (masks == left + np.arange(10)).all()
        tops += top.reshape(-1).tolist()
        lefts += left.reshape(-1).tolist()
    assert (min(tops), max(tops), min(lefts), max(lefts)) == (0, 10, 0, 20)
    assert abs(np.corrcoef(tops, lefts)[0, 1]) < 0.3


def test_crops_are_taken_of_joined_parts() -> None:
    whole = with_masks(dataset(), crop=10).joined()
    assert whole is not None
    assert whole.train.steps(2) == 4 * 6 // 2
    images, _ = next(iter(whole.train.epochs(2, seed=1)))
    assert images.shape == (2, 10, 10, 1)


def test_an_epoch_is_a_function_of_its_number() -> None:
    train = with_masks(dataset(), crop=10).train
    whole = list(train.epochs(4, seed=7).take(9).as_numpy_iterator())
    later = list(train.epochs(4, seed=7, first=2).take(3).as_numpy_iterator())
    for one, other in zip(whole[6:], later, strict=True):
        np.testing.assert_array_equal(one[0], other[0])


def test_all_but_training_sees_whole_images() -> None:
    data = with_masks(dataset(), crop=10)
    assert data.train.arrays()[0].shape == (2, 20, 30, 1)
    assert next(iter(data.train.batches(2)))[0].shape == (2, 20, 30, 1)
    few = data.train.few(1)
    assert (len(few), few.steps(1)) == (1, 1)


def test_a_crop_that_is_larger_than_an_image_is_the_image() -> None:
    data = with_masks(dataset(), crop=64)
    assert data.spec.details["crop_size"] == [20, 30]
    assert data.train.steps(2) == 1
