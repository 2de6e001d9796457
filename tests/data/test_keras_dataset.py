from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.data.arrays.keras_dataset import KerasDataset
from automl.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    import keras

    home = tmp_path / "keras"
    (home / "datasets").mkdir(parents=True)
    monkeypatch.setattr(keras.src.utils.file_utils.config, "keras_home", lambda: str(home))
    monkeypatch.setenv("KERAS_HOME", str(home))
    return home


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("mnist", "datasets/mnist.npz"),
        ("fashion_mnist", "datasets/fashion-mnist/train-labels-idx1-ubyte.gz"),
        ("cifar10", "datasets/cifar-10-batches-py-target_archive (the file cifar-10-python.tar.gz under that name)"),
    ],
)
def test_without_a_network_the_place_of_the_file_is_told(
    keras_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, place: str
) -> None:
    def offline(*arguments: object) -> None:
        raise OSError("Network is unreachable")

    import keras

    monkeypatch.setattr(keras.src.utils.file_utils, "urlretrieve", offline)
    with pytest.raises((DataError, OSError)) as error:
        KerasDataset(name, "image_classification", dataset=name).open(tmp_path / "cache", 0)  # type: ignore[arg-type]
    assert isinstance(error.value, DataError)
    assert f"{keras_home}/{place}" in str(error.value)
    assert f"data={name}: Keras could not download it" in str(error.value)


def test_a_file_in_place_is_read_with_its_own_test_part(
    keras_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import keras

    images, labels = np.zeros((60, 28, 28), np.uint8), np.arange(60) % 10
    np.savez(
        keras_home / "datasets" / "mnist.npz", x_train=images, y_train=labels, x_test=images[:20], y_test=labels[:20]
    )
    monkeypatch.setattr(keras.src.utils.file_utils, "validate_file", lambda *_, **__: True)
    spec = KerasDataset("mnist", "image_classification", validation=0.1).open(tmp_path / "cache", 0).spec
    assert spec.input.shape == (28, 28, 1)
    assert spec.sizes == {"train": 50, "validation": 10, "test": 20}
    assert spec.classes == tuple("0123456789")


def fails(*arguments: object) -> None:
    raise OSError("Network is unreachable")


def hangs(*arguments: object) -> None:
    time.sleep(5)


@pytest.mark.parametrize(
    ("present", "retrieve", "message"),
    [
        (b"", hangs, "data=mnist: Keras could not download it (nothing arrived for 0.2 s). Without a network, put it"),
        (b"cut", fails, "mnist.npz is not the file that Keras knows, or is damaged, and could not be had anew ("),
    ],
)
def test_a_download_that_hangs_or_was_cut_is_told(
    keras_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, present: bytes, retrieve: Any, message: str
) -> None:
    import keras

    monkeypatch.setattr("automl.data.arrays.keras_dataset._SECONDS", 0.2)
    monkeypatch.setattr("automl.data.arrays.keras_dataset._TICK", 0.05)
    monkeypatch.setattr(keras.src.utils.file_utils, "urlretrieve", retrieve)
    if present:
        (keras_home / "datasets" / "mnist.npz").write_bytes(present)
    with pytest.raises(DataError) as error:
        KerasDataset("mnist", "image_classification").open(tmp_path / "cache", 0)
    assert message in str(error.value)
    assert str(error.value).endswith("and run again.")


def test_a_wrong_file_under_the_right_name_is_told(
    keras_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import keras

    monkeypatch.setattr(keras.src.utils.file_utils, "validate_file", lambda *_, **__: True)
    (keras_home / "datasets" / "mnist.npz").write_text("a page that says: not found")
    with pytest.raises(DataError, match=r"mnist.npz is not the file that Keras knows, or is damaged"):
        KerasDataset("mnist", "image_classification").open(tmp_path / "cache", 0)
