"""Seeded splits into train, validation and test."""

from __future__ import annotations

import numpy as np

from automl.errors import DataError

Split = dict[str, np.ndarray]


def fractions(validation: float, test: float) -> None:
    """Refuse fractions that leave no train part.

    Raises:
        DataError: A fraction is outside (0, 1), or both together take everything.
    """
    for name, value in (("data.validation", validation), ("data.test", test)):
        if not 0.0 < value < 1.0:
            raise DataError(f"{name}: a fraction between 0 and 1 is needed. Received: {value}.")
    if validation + test >= 1.0:
        raise DataError(f"data.validation + data.test: must be below 1. Received: {validation} + {test}.")


def hold_out(
    indices: np.ndarray, labels: np.ndarray | None, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Part ``indices`` into (kept, held out), shuffled by ``seed`` and, where labels are given, class by class.

    Args:
        indices: Sample numbers, shape (n,).
        labels: Class index of each of them, shape (n,), or None.
        fraction: Share that is held out, at least one sample of each class.
        seed: Fixes the draw.
    """
    rng = np.random.default_rng(seed)
    groups = [indices] if labels is None else [indices[labels == label] for label in np.unique(labels)]
    kept, held = [], []
    for group in groups:
        shuffled = rng.permutation(group)
        count = min(max(1, round(len(group) * fraction)), len(group) - 1)
        held.append(shuffled[:count])
        kept.append(shuffled[count:])
    return np.sort(np.concatenate(kept)), np.sort(np.concatenate(held))


def split(
    labels: np.ndarray | None,
    size: int,
    validation: float,
    test: float,
    seed: int,
    given_test: np.ndarray | None = None,
    given_validation: np.ndarray | None = None,
) -> Split:
    """Sample numbers by part.

    Args:
        labels: Class index of each sample for a stratified split, or None.
        size: Number of samples, a given test part included.
        validation: Share of all samples (of those outside the given test part) for validation.
        test: Share of all samples for test; unused where the test part is given.
        seed: Fixes the draw.
        given_test: Sample numbers of a test part that came with the data.
        given_validation: Sample numbers of a validation part that came with the data.
    """
    rest = np.arange(size) if given_validation is None else np.setdiff1d(np.arange(size), given_validation)
    if given_test is None:
        fractions(validation, test)
        rest, test_part = hold_out(rest, None if labels is None else labels[rest], test, seed)
        validation /= 1.0 - test
    else:
        fractions(validation, 0.5 * (1.0 - validation))
        rest, test_part = np.setdiff1d(rest, given_test), np.sort(given_test)
    if given_validation is None:
        train, validation_part = hold_out(rest, None if labels is None else labels[rest], validation, seed + 1)
    else:
        train, validation_part = rest, np.sort(given_validation)
    return {"train": train, "validation": validation_part, "test": test_part}


def split_groups(
    groups: np.ndarray, validation: float, test: float, seed: int, given_test: np.ndarray | None = None
) -> Split:
    """Sample numbers by part; samples of one group are in one part.

    Args:
        groups: Group number of each sample, shape (n,).
        validation: Share of the groups (of those outside the given test part) for validation.
        test: Share of the groups for test; unused where the test part is given.
        seed: Fixes the draw.
        given_test: Sample numbers of a test part that came with the data.

    Raises:
        DataError: There are too few groups for the parts.
    """
    outside = np.ones(len(groups), bool)
    if given_test is not None:
        outside[given_test] = False
    present = np.unique(groups[outside])
    if len(present) < 3:
        raise DataError(f"data.group: at least three groups are needed, one for each part. Received: {len(present)}.")
    chosen = split(None, len(present), validation, test, seed) if given_test is None else None
    if chosen is None:
        train, held = hold_out(np.arange(len(present)), None, validation, seed + 1)
        chosen = {"train": train, "validation": held}
    parts = {part: np.flatnonzero(outside & np.isin(groups, present[rows])) for part, rows in chosen.items()}
    return parts if given_test is None else {**parts, "test": np.sort(given_test)}
