"""What dominates what, against every pair compared."""

from __future__ import annotations

import numpy as np
import pytest

from automl.ranking import front_of


@pytest.mark.parametrize("objectives", [1, 2, 3])
def test_the_front_is_what_no_other_one_dominates(objectives: int) -> None:
    rng = np.random.default_rng(objectives)
    points = [tuple(map(float, row)) for row in rng.integers(0, 12, size=(120, objectives))]
    points += points[:5]  # equal ones do not dominate each other

    def dominates(first: tuple[float, ...], second: tuple[float, ...]) -> bool:
        return first != second and all(a <= b for a, b in zip(first, second, strict=True))

    expected = [n for n, one in enumerate(points) if not any(dominates(other, one) for other in points)]
    assert front_of(range(len(points)), lambda number: points[number]) == expected
