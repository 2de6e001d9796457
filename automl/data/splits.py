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
) -> Split:
    """Sample numbers by part.

    Args:
        labels: Class index of each sample for a stratified split, or None.
        size: Number of samples, a given test part included.
        validation: Share of all samples (of those outside the given test part) for validation.
        test: Share of all samples for test; unused where the test part is given.
        seed: Fixes the draw.
        given_test: Sample numbers of a test part that came with the data.
    """
    everything = np.arange(size)
    if given_test is None:
        fractions(validation, test)
        rest, test_part = hold_out(everything, labels, test, seed)
        validation /= 1.0 - test
    else:
        fractions(validation, 0.5 * (1.0 - validation))
        rest, test_part = np.setdiff1d(everything, given_test), np.sort(given_test)
    train, validation_part = hold_out(rest, None if labels is None else labels[rest], validation, seed + 1)
    return {"train": train, "validation": validation_part, "test": test_part}
