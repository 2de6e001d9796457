"""How far two sets of samples are apart, in a space of features."""

from __future__ import annotations

import numpy as np

_NEIGHBOURS = 3
"""As Kynkaanniemi et al. chose: more make every sample lie in the other set."""


def frechet_distance(real: np.ndarray, drawn: np.ndarray) -> float:
    """Squared 2-Wasserstein distance of the Gaussians with the moments of two sets (Heusel et al. 2017).

    Args:
        real: Features of one set, shape (n, d).
        drawn: Features of the other, shape (m, d).

    Example:
        >>> frechet_distance(np.zeros((9, 1)), np.ones((9, 1)))
        1.0
    """
    (mean, covariance), (other_mean, other_covariance) = (_moments(one) for one in (real, drawn))
    root = _root(covariance)
    # The trace of the root of the product, by a symmetric matrix with the same eigenvalues: no complex numbers arise.
    product = np.linalg.eigvalsh(root @ other_covariance @ root)
    cross = np.sqrt(np.clip(product, 0.0, None)).sum()
    spread = np.trace(covariance) + np.trace(other_covariance) - 2.0 * cross
    return float(max(0.0, np.square(mean - other_mean).sum() + spread))


def precision_recall(real: np.ndarray, drawn: np.ndarray) -> tuple[float, float]:
    """How much of what is drawn looks real, and how much of what is real is drawn (Kynkaanniemi et al. 2019).

    A sample counts where it is no further from some sample of the other set than that one's third nearest neighbour in
    its own set.

    Args:
        real: Features (n, d).
        drawn: Features (m, d).
    """
    between = distances(drawn, real)
    reach, theirs = _radii(real), _radii(drawn)
    precision = (reach >= between).any(axis=1).mean()
    recall = (theirs >= between.T).any(axis=1).mean()
    return float(precision), float(recall)


def distances(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Euclidean distances (n, m) of features (n, d) and (m, d)."""
    squares = np.square(some).sum(axis=1)[:, np.newaxis] + np.square(others).sum(axis=1) - 2.0 * some @ others.T
    return np.asarray(np.sqrt(np.clip(squares, 0.0, None)))


def _radii(features: np.ndarray) -> np.ndarray:
    """The distance of each sample to its third nearest neighbour, (n,); its own place is the nearest."""
    place = min(_NEIGHBOURS, len(features) - 1)
    found: np.ndarray = np.partition(distances(features, features), place, axis=1)[:, place]
    return found


def _moments(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values = np.asarray(features, np.float64)
    mean = values.mean(axis=0)
    return mean, (values - mean).T @ (values - mean) / max(1, len(values) - 1)


def _root(matrix: np.ndarray) -> np.ndarray:
    """The root of a positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T)
