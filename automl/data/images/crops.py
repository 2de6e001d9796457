"""Images of any size with masks: whole ones to be scored, random crops of them to learn from."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data.arrays.part import ArrayPart, gathered, shuffled_rows
from automl.data.spec import TensorSpec
from automl.inheritance import override

if TYPE_CHECKING:
    import tensorflow as tf

    from automl.data.dataset import Dataset, Part


def with_masks(data: Dataset, crop: int | None = None) -> Dataset:
    """The data with images that need not be of the size that the files have.

    Args:
        data: Images and masks.
        crop: Side in pixels of the random crops that the train part gives out while it is learned; None for whole
            images. An epoch has as many of each image as cover it.
    """
    height, width, channels = data.spec.input.shape
    # New images keep their own size, unless these were brought to one.
    details = {"own_size": True, **data.spec.details, "image_size": [height, width]}
    train, folds = data.train, data.folds
    if crop is not None and isinstance(train, ArrayPart):
        sides = (min(crop, int(height or crop)), min(crop, int(width or crop)))
        details["crop_size"] = list(sides)
        covering = math.prod(math.ceil(int(one or 1) / side) for one, side in zip((height, width), sides, strict=True))
        train = CroppedPart(train, sides, covering)
        folds = tuple(replace(one, train=CroppedPart(one.train, sides, covering)) for one in folds)  # type: ignore[arg-type]
    spec = replace(
        data.spec,
        inputs=TensorSpec((None, None, channels), data.spec.input.dtype),
        target=TensorSpec((None, None), "uint8"),
        details=details,
    )
    return replace(data, spec=spec, train=train, cache=None, folds=folds)


class CroppedPart(ArrayPart):
    """A part that is learned by random crops; all else sees whole images.

    Args:
        whole: The part.
        sides: Height and width of a crop.
        covering: How many crops of each image an epoch has.
    """

    def __init__(self, whole: ArrayPart, sides: tuple[int, int], covering: int) -> None:
        super().__init__(whole._inputs, whole._target, whole._indices)  # noqa: SLF001 - of its own base
        self._sides = sides
        self._covering = covering

    @override
    def steps(self, batch_size: int) -> int:
        return max(1, len(self) * self._covering // batch_size)

    @override
    def joined(self, other: Part) -> ArrayPart | None:
        whole = super().joined(other)
        return None if whole is None else CroppedPart(whole, self._sides, self._covering)

    def few(self, count: int) -> ArrayPart:
        """See ``Part.few``; of each image there is one crop."""
        return CroppedPart(super().few(count), self._sides, 1)

    def epochs(self, batch_size: int, *, seed: int, first: int = 0) -> tf.data.Dataset:
        """See ``Part.epochs``; where a crop lies is a function of the seed and its batch's number."""
        import tensorflow as tf

        rows = np.repeat(self._indices, self._covering)
        steps = self.steps(batch_size)
        shuffled = shuffled_rows(rows, batch_size, steps, seed, first)
        numbers = tf.data.Dataset.range(first * steps, np.iinfo(np.int64).max)
        images, masks = self._tensors
        (high, wide), (height, width) = self._sides, images.shape[1:3]

        def take(batch: Any) -> tuple[tf.Tensor, tf.Tensor]:
            number, index = batch
            draw = tf.stack([tf.cast(seed, tf.int64), number])
            # Two independent draws: the second has a seed of its own.
            top = tf.random.stateless_uniform(tf.shape(index), draw, 0, height - high + 1, tf.int64)
            left = tf.random.stateless_uniform(
                tf.shape(index), draw + tf.constant([1 << 32, 0], tf.int64), 0, width - wide + 1, tf.int64
            )
            across, down = tf.meshgrid(tf.range(wide, dtype=tf.int64), tf.range(high, dtype=tf.int64))
            places = [
                tf.broadcast_to(one, (tf.shape(index)[0], high, wide))
                for one in (index[:, None, None], top[:, None, None] + down, left[:, None, None] + across)
            ]
            where = tf.stack(places, axis=-1)
            return tf.gather_nd(images, where), tf.gather_nd(masks, where)

        return gathered(tf.data.Dataset.zip((numbers, shuffled)), lambda *batch: take(batch))
