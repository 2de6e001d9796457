from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from automl.data import ArrayLoader, ArrayPart, Arrays
from automl.data.arrays.digits import Digits
from automl.data.arrays.statistics import moments
from automl.data.spec import DataSpec, TensorSpec
from automl.errors import DataError

if TYPE_CHECKING:
    from automl.data import Dataset


class Given(ArrayLoader):
    def __init__(self, arrays: Arrays, task: str = "image_classification") -> None:
        super().__init__(name="given", task=task)
        self.arrays = arrays

    def identity(self) -> str:
        return "given"

    def read(self, folder: Path) -> Arrays:
        return self.arrays


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return Digits("digits", "image_classification").open(tmp_path_factory.mktemp("cache"), 42)


def test_parts_are_disjoint_stratified_and_fixed_by_the_seed(tmp_path: Path) -> None:
    loader = Digits("digits", "image_classification")
    first, again, other = (loader.open(tmp_path, seed) for seed in (1, 1, 2))
    parts = [np.load(path) for path in sorted(tmp_path.glob("digits-*/split-*/*.npy"))]
    assert len(parts) == 6  # the second opening found its split in the cache
    assert sorted(np.concatenate(parts[:3])) == list(range(1797))
    for part in (first.train, first.validation, first.test):
        shares = np.bincount(part.arrays()[1]) / len(part)
        assert np.abs(shares - 0.1).max() < 0.01
    assert (first.test.arrays()[1] == again.test.arrays()[1]).all()
    assert first.spec.fingerprint == again.spec.fingerprint != other.spec.fingerprint


def test_train_and_validation_part_are_joined_with_what_was_learned_of_the_train_part(digits: Dataset) -> None:
    whole = digits.joined()
    assert whole is not None
    assert len(whole.train) == len(digits.train) + len(digits.validation)
    assert whole.spec.sizes["train"] == len(whole.train)
    assert (whole.spec.statistics, whole.cache) == (digits.spec.statistics, None)
    assert (whole.validation, whole.test) == (digits.validation, digits.test)
    both = np.concatenate([part.target() for part in (digits.train, digits.validation)])
    assert (np.bincount(whole.train.target()) == np.bincount(both)).all()
    other = ArrayPart(np.zeros((4, 2)), np.zeros(4), np.arange(4))
    assert digits.train.joined(other) is None


def test_batches_hold_every_sample_once_in_order(digits: Dataset) -> None:
    inputs, target = digits.validation.arrays()
    batches = list(digits.validation.batches(100))
    assert [len(batch[1]) for batch in batches] == [100, 100, 100, 59]
    assert (np.concatenate([batch[0] for batch in batches]) == inputs).all()
    assert (np.concatenate([batch[1] for batch in batches]) == target).all()


def test_the_order_of_an_epoch_is_a_function_of_seed_and_number(digits: Dataset) -> None:
    steps = digits.train.steps(64)

    def labels(seed: int, first: int, epochs: int) -> list[list[int]]:
        batches = digits.train.epochs(64, seed=seed, first=first).take(epochs * steps)
        return [batch[1].numpy().tolist() for batch in batches]

    whole = labels(seed=7, first=0, epochs=3)
    assert whole[steps:] == labels(seed=7, first=1, epochs=2)
    assert whole[:steps] != whole[steps : 2 * steps]
    assert whole != labels(seed=8, first=0, epochs=3)
    assert {len(batch) for batch in whole} == {64}


def test_an_epoch_holds_no_sample_twice() -> None:
    numbers = np.arange(100).reshape(-1, 1)
    part = ArrayPart(numbers, np.arange(100), np.arange(10, 90))
    seen = np.concatenate([batch[1] for batch in part.epochs(8, seed=1).take(part.steps(8))])
    assert sorted(seen) == list(range(10, 90))


def test_a_batch_larger_than_the_part_is_the_part() -> None:
    part = ArrayPart(np.zeros((5, 2)), np.arange(5), np.arange(5))
    assert part.steps(32) == 1
    (batch,) = part.epochs(32, seed=1).take(1)
    assert batch[0].shape == (5, 2)


def test_a_worker_maps_the_data_instead_of_copying_them(tmp_path: Path) -> None:
    megabytes = 256
    np.save(tmp_path / "x.npy", np.ones((megabytes, 1 << 20), np.uint8))
    mapped = np.asarray(np.load(tmp_path / "x.npy", mmap_mode="c"))
    part = ArrayPart(mapped, np.arange(megabytes), np.arange(megabytes))
    for _ in ArrayPart(np.zeros((4, 1)), np.arange(4), np.arange(4)).batches(2):
        pass  # TensorFlow itself is in memory from here on
    before = _anonymous()
    for _ in part.batches(4):
        pass
    assert _anonymous() - before < megabytes / 2


def _anonymous() -> float:
    """Megabytes of this process that are its own."""
    status = Path("/proc/self/status")
    if not status.is_file():
        pytest.skip("memory is read from /proc, which is not here")
    line = next(line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) / 1024


def test_moments_are_those_of_the_train_part_alone() -> None:
    inputs = np.random.default_rng(0).normal(3.0, 2.0, (50, 4, 4, 2))
    train = np.arange(30)
    found = moments(inputs, train)
    assert found["mean"] == pytest.approx(inputs[:30].mean(axis=(0, 1, 2)).tolist())
    assert found["variance"] == pytest.approx(inputs[:30].var(axis=(0, 1, 2)).tolist())


def test_a_spec_survives_json() -> None:
    spec = DataSpec(
        name="x", task="tabular_regression", inputs={"a": TensorSpec((3,), "float32"), "b": TensorSpec((), "string")},
        target=TensorSpec((), "float32"), sizes={"train": 3}, warnings=("a word",),
    )  # fmt: skip
    assert DataSpec.from_dict(spec.to_dict()) == spec


def arrays(counts: list[int], **more: object) -> Arrays:
    target = np.repeat(np.arange(len(counts)), counts)
    classes = tuple(f"class{number}" for number in range(len(counts)))
    return Arrays(np.zeros((len(target), 2, 2, 1), np.float32), target, classes, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (arrays([]), "there is not a single sample"),
        (arrays([9]), "at least two classes are needed. Received: class0."),
        (arrays([9, 1]), "class 'class1' has 1 sample; every part needs one of each class, so at least 3"),
        (arrays([9, 2], test=np.array([0])), None),
        (arrays([9, 2], test=np.array([10])), "class 'class1' has 1 sample; every part"),
        (Arrays(np.full((9, 2), np.nan), np.repeat([0, 1], [4, 5]), ("a", "b")), "NaN or infinite"),
    ],
)
def test_data_that_are_unfit_are_refused(given: Arrays, message: str | None, tmp_path: Path) -> None:
    if message is None:
        assert len(Given(given).open(tmp_path, 0).test) == 1
        return
    with pytest.raises(DataError) as error:
        Given(given).open(tmp_path, 0)
    assert message in str(error.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("validation", "test"), [(0.0, 0.2), (0.5, 1.2), (0.6, 0.5)])
def test_fractions_that_leave_no_train_part_are_refused(validation: float, test: float, tmp_path: Path) -> None:
    loader = Digits("digits", "image_classification", validation=validation, test=test)
    with pytest.raises(DataError, match=r"data\.(validation|test)"):
        loader.open(tmp_path, 0)
