"""What a description of data tells of them besides its fields."""

from __future__ import annotations

import pytest

from automl.data import DataSpec, TensorSpec


@pytest.mark.parametrize(
    ("shape", "chunk"),
    [((), 16_384), ((30,), 16_384), ((32, 32, 3), 16_384), ((224, 224, 3), 445), ((None, 7), 16_384), ((1 << 27,), 1)],
)
def test_of_large_samples_fewer_are_looked_at_in_one_go(shape: tuple[int | None, ...], chunk: int) -> None:
    assert DataSpec("d", "image_classification", TensorSpec(shape, "uint8"), None).chunk == chunk
