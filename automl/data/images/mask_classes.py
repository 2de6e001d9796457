"""The classes of masks: the distinct values that they hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from automl.data.images.mask_decoding import grey_as_colours, names
from automl.errors import ConfigError, DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.data.images.mask_decoding import MaskLook

# ADE20K has 150 in all; what holds more values was smoothed, or numbers objects instead of kinds of them.
_MOST_CLASSES = 200
_LISTED = 8
_RARE = 1e-5


@dataclass(frozen=True)
class MaskClasses:
    """What the values of masks stand for.

    Attributes:
        values: One a class, sorted; those of colours where any mask holds some.
        names: One a class.
        colours: Whether values are colours.
        warnings: What the user should hear of them.
    """

    values: np.ndarray
    names: tuple[str, ...]
    colours: bool
    warnings: tuple[str, ...]

    @property
    def void(self) -> int:
        """The number of pixels that count nowhere."""
        return len(self.values)

    def numbers(self, found: np.ndarray) -> np.ndarray:
        """The class numbers, bytes, of a mask's values, in the same shape."""
        found = grey_as_colours(found) if self.colours else found
        places = np.searchsorted(self.values, found).clip(0, len(self.values) - 1)
        return np.where(self.values[places] == found, places, self.void).astype(np.uint8)


def mask_classes(
    masks: Sequence[MaskLook],
    sides: Sequence[str],
    where: str,
    given: Sequence[str],
    ignore: str | None,
) -> MaskClasses:
    """The classes of some masks.

    Args:
        masks: What they hold.
        sides: The part that each is in.
        where: They lie, for messages.
        given: Names, in the order of the values; empty for the values' own.
        ignore: A value that is void, or None.

    Raises:
        DataError: There are too many values, a single one, or one that the train part lacks.
        ConfigError: Names or ``ignore`` do not fit the values.
    """
    colours = any(len(mask.values) and names([int(mask.values[-1])])[0].startswith("#") for mask in masks)
    counts, train = _counted(masks, sides, colours=colours)
    values = sorted(counts)
    _check_many(values, where)
    if ignore is not None:
        values.remove(values[_place(ignore, names(values), "data.ignore")])
    own = names(values)
    if len(values) < 2:
        raise DataError(
            f"data.path: the masks of {where} hold a single class, {', '.join(own) or 'none'}; two are needed."
        )
    strangers = [name for value, name in zip(values, own, strict=True) if value not in train]
    if strangers:
        raise DataError(
            f"data.path: class '{strangers[0]}' is in masks of {where}, but in none of its train part, so that no model"
            " can learn it. Add such masks there, or name the value by data.ignore."
        )
    if given and (len(given) != len(values) or len(set(given)) < len(given)):
        raise ConfigError(
            f"data.classes: expected {len(values)} different names, for the values {_listed(own)}."
            f" Received: {', '.join(given)}."
        )
    called = tuple(given) or own
    return MaskClasses(np.array(values), called, colours, _rare(values, counts, called))


def _counted(masks: Sequence[MaskLook], sides: Sequence[str], *, colours: bool) -> tuple[Counter[int], set[int]]:
    """Pixels by value, and the values that the train part has."""
    counts: Counter[int] = Counter()
    train: set[int] = set()
    for mask, side in zip(masks, sides, strict=True):
        values = grey_as_colours(mask.values) if colours else mask.values
        counts.update(dict(zip(values.tolist(), mask.pixels.tolist(), strict=True)))
        if side == "train":
            train.update(values.tolist())
    return counts, train


def _check_many(values: list[int], where: str) -> None:
    if len(values) > _MOST_CLASSES:
        raise DataError(
            f"data.path: the masks of {where} hold {len(values):,} different values, {_listed(names(values))}. A mask"
            f" has one value for each class, {_MOST_CLASSES} at most: write it without smoothing, in a format that"
            " loses nothing, such as PNG."
        )


def _place(wanted: str, known: Sequence[str], key: str) -> int:
    if wanted.lower() not in known and wanted not in known:
        raise ConfigError(f"{key}: expected one of {_listed(known)}. Received: {wanted}.")
    return known.index(wanted if wanted in known else wanted.lower())


def _rare(values: list[int], counts: Counter[int], called: Sequence[str]) -> tuple[str, ...]:
    total = sum(counts.values())
    rare = [name for value, name in zip(values, called, strict=True) if counts[value] < _RARE * total]
    if not rare:
        return ()
    told = "of the classes are on less than one pixel in 100,000; if they were not drawn, the masks were smoothed"
    return (f"{len(rare)} {told}: {_listed(rare)}.",)


def _listed(known: Sequence[str]) -> str:
    return ", ".join(known[:_LISTED]) + (", ..." if len(known) > _LISTED else "")
