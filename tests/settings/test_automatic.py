"""What ``auto`` stands for."""

from __future__ import annotations

import pytest

from automl.settings.automatic import batch_size, epochs_for, settled

AUTO = {"batch_size": "auto", "epochs": "auto", "patience": "auto", "loss": "auto"}


def test_every_size_is_settled_and_nothing_else() -> None:
    assert settled(AUTO, 26_000, 14) == {"batch_size": 256, "epochs": 30, "patience": 10, "loss": "auto"}
    assert settled({"epochs": 7, "patience": None}, 100, 4) == {"epochs": 7, "patience": None}
    assert settled({**AUTO, "batch_size": 64}, 640, 14)["epochs"] == 100


def test_patience_is_a_third_of_the_epochs_that_the_time_allows() -> None:
    assert settled(AUTO, 26_000, 14, epochs=60) == {"batch_size": 256, "epochs": 60, "patience": 20, "loss": "auto"}


def test_a_space_of_batches_leaves_the_epochs_to_the_smallest() -> None:
    space = {"choices": [32, 64]}
    found = settled({"batch_size": space, "epochs": "auto", "patience": "auto"}, 320, 4)
    assert found == {"batch_size": space, "epochs": 100, "patience": 33}


@pytest.mark.parametrize(
    ("samples", "numbers", "expected"),
    [
        (1, 1, 32),
        (2_000, 64, 32),
        (8_192, 10, 128),
        (10**7, 10, 256),
        (20_000, 3_072, 64),
        (60_000, 784, 128),
        (20_000, 512 * 512, 32),
    ],
)
def test_batches_grow_with_the_data_and_not_with_their_size(samples: int, numbers: int, expected: int) -> None:
    assert batch_size(samples, numbers) == expected


def test_few_samples_are_passed_over_more_often() -> None:
    assert [epochs_for(samples, 32) for samples in (1, 320, 3_200)] == [150, 100, 30]
