"""Random changes of images that their masks go along with, drawn by the number of the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tensorflow as tf

if TYPE_CHECKING:
    from automl.data import DataSpec

_SHIFT = 0.125
_GRID = 4
_STRENGTH = 1 / 32
"""Standard deviation of the grid's displacements, as a share of the side; 10 of 512 pixels in the paper."""
_BRIGHTNESS = 0.15
_CONTRAST = 0.25


class Deformation:
    """Mirror images, turns, shifts and elastic deformation of images and their masks; brightness of the images alone.

    Args:
        spec: Its value range.
        seed: With the number of a batch it fixes what is drawn.
        shift: Whether images are shifted by up to an eighth, what comes in a mirror image of what is there.
        turn: Whether they are turned by quarters, or by a half where they are not square.
        elastic: Whether they are deformed: displacements on a coarse grid, smooth in between (Ronneberger et al. 2015).
        photometric: Whether brightness and contrast change.
    """

    def __init__(
        self,
        spec: DataSpec,
        seed: int,
        *,
        shift: bool = False,
        turn: bool = False,
        elastic: bool = False,
        photometric: bool = False,
    ) -> None:
        self._low: float
        self._high: float
        self._low, self._high = spec.details.get("value_range") or (0.0, 1.0)
        self._seed = seed
        self._mirror = shift or turn or elastic
        self._turn = turn or elastic
        self._shift = shift
        self._elastic = elastic
        self._photometric = photometric

    def __call__(self, number: tf.Tensor, images: Any, target: Any) -> tuple[Any, Any]:
        """The images of a batch, raw, and its target, changed; in the graph.

        Args:
            number: Of the batch, counted over all epochs.
            images: (batch, height, width, channels).
            target: Masks (batch, height, width), which change with them; anything else stays.
        """
        draws = _Draws(self._seed, number)
        images = tf.cast(images, tf.float32)
        both = [images, target[..., tf.newaxis]] if target.shape.rank == 3 else [images]
        if self._mirror:
            both = _mirrored(both, draws, vertical=self._turn)
        if self._turn:
            both = _turned(both, draws)
        if self._shift or self._elastic:
            both = self._moved(both, draws)
        changed = self._lit(both[0], draws) if self._photometric else both[0]
        return changed, both[1][..., 0] if len(both) > 1 else target

    def _moved(self, both: list[Any], draws: _Draws) -> list[Any]:
        shape = tf.shape(both[0])
        sides = tf.cast(shape[1:3], tf.float32)
        flow = tf.zeros([shape[0], shape[1], shape[2], 2])
        if self._shift:
            flow += draws.uniform([shape[0], 1, 1, 2], -_SHIFT, _SHIFT) * sides
        if self._elastic:
            coarse = draws.normal([shape[0], _GRID, _GRID, 2]) * _STRENGTH * sides
            flow += tf.image.resize(coarse, shape[1:3], "bicubic")
        return _sampled(both, flow)

    def _lit(self, images: Any, draws: _Draws) -> Any:
        """Another brightness and contrast for each image, within what is black and what is white."""
        each, span = [tf.shape(images)[0], 1, 1, 1], self._high - self._low
        mean = tf.reduce_mean(images, axis=(1, 2, 3), keepdims=True)
        images = mean + (images - mean) * draws.uniform(each, 1.0 - _CONTRAST, 1.0 + _CONTRAST)
        return tf.clip_by_value(images + draws.uniform(each, -_BRIGHTNESS, _BRIGHTNESS) * span, self._low, self._high)


class _Draws:
    """Random numbers that are a function of a seed, a batch's number, and how many were drawn for it."""

    def __init__(self, seed: int, number: tf.Tensor) -> None:
        self._seed, self._number, self._drawn = seed, tf.cast(number, tf.int64), 0

    def uniform(self, shape: Any, low: float = 0.0, high: float = 1.0) -> tf.Tensor:
        return tf.random.stateless_uniform(shape, self._next(), low, high)

    def normal(self, shape: Any) -> tf.Tensor:
        return tf.random.stateless_normal(shape, self._next())

    def _next(self) -> tf.Tensor:
        self._drawn += 1
        return tf.stack([tf.constant(self._seed + (self._drawn << 32), tf.int64), self._number])


def _chosen(wanted: Any, changed: Any, plain: Any) -> Any:
    return tf.where(tf.reshape(wanted, [-1, 1, 1, 1]), changed, plain)


def _mirrored(both: list[Any], draws: _Draws, *, vertical: bool) -> list[Any]:
    for axis in (2, 1) if vertical else (2,):
        wanted = draws.uniform([tf.shape(both[0])[0]]) < 0.5
        both = [_chosen(wanted, tf.reverse(one, [axis]), one) for one in both]
    return both


def _turned(both: list[Any], draws: _Draws) -> list[Any]:
    """Half of the images transposed, where they are square: with mirror images these are all eight ways to lie."""
    height, width = both[0].shape[1:3]
    if height is None or height != width:
        return both
    wanted = draws.uniform([tf.shape(both[0])[0]]) < 0.5
    return [_chosen(wanted, tf.transpose(one, [0, 2, 1, 3]), one) for one in both]


def _sampled(both: list[Any], flow: Any) -> list[Any]:
    """Images, in a line between pixels, and masks, the nearest pixel, at places moved by ``flow`` (rows, columns)."""
    shape = tf.shape(flow)
    rows, columns = tf.meshgrid(tf.range(shape[1]), tf.range(shape[2]), indexing="ij")
    last = tf.cast(shape[1:3] - 1, tf.float32)
    places = _reflected(tf.cast(tf.stack([rows, columns], axis=-1), tf.float32) + flow, last)
    corner = tf.minimum(tf.floor(places), tf.maximum(last - 1.0, 0.0))
    part = places - corner
    images = both[0]

    def at(down: int, right: int) -> Any:
        index = tf.minimum(tf.cast(corner, tf.int32) + tf.constant([down, right]), shape[1:3] - 1)
        return tf.gather_nd(images, index, batch_dims=1)

    upper = at(0, 0) * (1.0 - part[..., 1:]) + at(0, 1) * part[..., 1:]
    lower = at(1, 0) * (1.0 - part[..., 1:]) + at(1, 1) * part[..., 1:]
    moved = [upper * (1.0 - part[..., :1]) + lower * part[..., :1]]
    nearest = tf.cast(tf.round(places), tf.int32)
    return moved + [tf.gather_nd(mask, nearest, batch_dims=1) for mask in both[1:]]


def _reflected(places: Any, last: Any) -> Any:
    """Places beyond an edge, seen in it as in a mirror."""
    return tf.clip_by_value(last - tf.abs(last - tf.abs(places)), 0.0, last)


_MADE = {
    "flip_rotate": {"turn": True},
    "elastic": {"elastic": True},
    "photometric": {"photometric": True},
    "elastic_photometric": {"elastic": True, "photometric": True},
}


def make_deformation(name: str, spec: DataSpec, seed: int) -> Deformation | None:
    """What changes batches of raw images and raw targets; None for what changes no mask, or is ``none``.

    Args:
        name: One of ``flip_rotate``, ``elastic``, ``photometric`` and ``elastic_photometric``; for masks ``flip_crop``
            too.
        spec: The data; images of shape (height, width, channels).
        seed: Fixes what is drawn.
    """
    masks = spec.target is not None and len(spec.target.shape) == 2
    if masks and name == "flip_crop":
        return Deformation(spec, seed, shift=True)
    return Deformation(spec, seed, **_MADE[name]) if name in _MADE else None
