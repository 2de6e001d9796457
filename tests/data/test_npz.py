from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.data.arrays.npz import Npz
from automl.errors import AutomlError

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset

X = np.arange(20 * 4 * 4, dtype=np.uint8).reshape(20, 4, 4)
Y = np.arange(20) % 2


def opened(folder: Path, arrays: dict[str, Any], **fields: Any) -> Dataset:
    np.savez(folder / "data.npz", **arrays)
    return Npz("scans", "image_classification", path=str(folder / "data.npz"), **fields).open(folder / "cache", 0)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (Y, ("0", "1")),
        (Y.reshape(-1, 1) + 5, ("5", "6")),
        (np.where(Y == 1, "sick", "well"), ("sick", "well")),
        (np.eye(2)[Y], ("0", "1")),
        (Y.astype(float), ("0", "1")),
    ],
)
def test_labels_of_every_form_become_classes(tmp_path: Path, labels: np.ndarray, classes: tuple[str, ...]) -> None:
    spec = opened(tmp_path, {"x": X, "y": labels}).spec
    assert spec.classes == classes
    assert spec.input.shape == (4, 4, 1)


def test_given_test_arrays_are_the_test_part(tmp_path: Path) -> None:
    data = opened(tmp_path, {"x_train": X[:14], "y_train": Y[:14], "x_test": X[14:], "y_test": Y[14:]})
    assert data.spec.sizes["test"] == 6
    assert (data.test.arrays()[0][..., 0] == X[14:]).all()


def test_other_names_can_be_given(tmp_path: Path) -> None:
    assert opened(tmp_path, {"scans": X, "findings": Y}, inputs="scans", target="findings").spec.classes == ("0", "1")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": X, "b": Y}, "there is neither an array 'x' nor 'x_train' in"),
        ({"x": X, "y": Y[:5]}, "'x' and 'y' differ in length. Received: 20 and 5."),
        ({"x": X.reshape(20, -1), "y": Y}, "expected numbers of shape (n, height, width)"),
        ({"x": X, "y": Y + 0.5}, "expected class labels. Received: fractions or NaN"),
        ({"x": X, "y": np.ones((20, 3))}, "expected one label a sample, or one-hot rows."),
        ({"x": X, "y": np.array([{}] * 20)}, "cannot be read as an .npz file of plain arrays"),
        ({"x": np.full((20, 4, 4), np.nan), "y": Y}, "NaN or infinite"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(AutomlError) as error:
        opened(tmp_path, arrays)
    assert message in str(error.value)


def test_a_file_that_is_no_npz_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data.npz").write_text("text")
    with pytest.raises(AutomlError, match=r"cannot be read as an \.npz file"):
        Npz("scans", "image_classification", path=str(tmp_path / "data.npz")).open(tmp_path / "cache", 0)


def test_sequences_keep_their_shape(tmp_path: Path) -> None:
    np.savez(tmp_path / "s.npz", x=np.zeros((20, 7, 3)) + np.arange(3), y=Y)
    data = Npz("s", "sequence_classification", path=str(tmp_path / "s.npz")).open(tmp_path / "cache", 0)
    assert data.spec.input.shape == (7, 3)
    assert data.spec.statistics["mean"] == pytest.approx([0, 1, 2])
    np.savez(tmp_path / "flat.npz", x=np.zeros((20, 7)), y=Y)
    with pytest.raises(AutomlError, match=r"expected numbers of shape \(n, steps, features\). Received: float64 of"):
        Npz("s", "sequence_classification", path=str(tmp_path / "flat.npz")).open(tmp_path / "cache", 0)


def test_images_without_labels_are_for_generation(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=X)
    data = Npz("s", "generation", path=str(tmp_path / "x.npz")).open(tmp_path / "cache", 0)
    assert data.spec.target is None
    assert sum(data.spec.sizes.values()) == 20
    with pytest.raises(AutomlError, match="there is no array 'y'"):
        Npz("s", "image_classification", path=str(tmp_path / "x.npz")).open(tmp_path / "cache", 0)


def test_labels_are_read_for_sampling_where_they_are_there(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=X)
    np.savez(tmp_path / "xy.npz", x=X, y=Y)
    alone = Npz("s", "sampling", path=str(tmp_path / "x.npz")).open(tmp_path / "cache", 0)
    assert (alone.spec.target, alone.spec.classes) == (None, ())
    labelled = Npz("s", "sampling", path=str(tmp_path / "xy.npz")).open(tmp_path / "cache", 0)
    assert len(labelled.spec.classes) == len(np.unique(Y))
    assert len(np.unique(labelled.test.target())) == len(np.unique(Y))
