from __future__ import annotations

import csv
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from automl.data import ArrayPart, Dataset, DataSpec, TensorSpec
from automl.errors import ConfigError
from automl.tasks import image_features, load_task
from automl.tasks.sampling import Sampling, draw

if TYPE_CHECKING:
    from pathlib import Path


class Copies:
    """Draws images of the train part; without a unit, as floats a little off."""

    def __init__(self, part: Any) -> None:
        self._images = part.arrays()[0]

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        rows = np.random.default_rng(seed).integers(len(self._images), size=count)
        return np.asarray(self._images[rows] + 0.2)


class Constant:
    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        del seed
        return np.full((count, 8, 8, 1), 30.0)


@pytest.fixture(scope="module")
def task() -> Sampling:
    found = load_task("sampling")
    assert isinstance(found, Sampling)
    return found


@pytest.fixture(scope="module")
def data(task: Sampling, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return task.tiny(tmp_path_factory.mktemp("cache"))


def test_copies_are_nearer_than_the_baseline_and_that_than_a_constant(task: Sampling, data: Dataset) -> None:
    copies = task.measure(Copies(data.train), data, data.test)
    constant = task.measure(Constant(), data, data.test)
    base = task.baseline(data, data.test)
    assert set(copies) == set(constant) == set(task.info.metrics)
    assert copies["frechet_distance"] < base["frechet_distance"] < constant["frechet_distance"]
    assert copies["precision"] > 0.8
    assert copies["recall"] > 0.8
    assert constant["recall"] == constant["coverage"] == 0.0
    assert task.measure(Copies(data.train), data, data.test) == copies


def test_the_network_is_trained_once_and_without_touching_anybodys_random_numbers(
    data: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.random.seed(3)  # noqa: NPY002
    weights = image_features.train(data)
    drawn = np.random.random()  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    assert np.random.random() == drawn  # noqa: NPY002
    image_features.image_features(data)
    assert data.cache is not None
    assert len(list(data.cache.glob("image-features-*"))) == 1
    monkeypatch.setattr(image_features, "train", lambda _: pytest.fail("trained again"))
    few = replace(data, train=data.train.few(5))
    image_features.image_features(few)
    np.testing.assert_allclose(weights[0], image_features._weights(few)[0], rtol=1e-3, atol=1e-4)


def test_images_without_labels_are_compared_by_how_they_are_turned() -> None:
    rng = np.random.default_rng(0)
    images = np.cumsum(rng.random((80, 6, 9, 3), np.float32), axis=1)
    spec = DataSpec("wide", "sampling", TensorSpec((6, 9, 3), "float32"), None, details={"value_range": [0.0, 6.0]})
    rows = np.arange(80)
    data = Dataset(spec, *(ArrayPart(images, None, part) for part in (rows[:50], rows[50:65], rows[65:])))
    found = Sampling(load_task("sampling").info).baseline(data, data.test)
    assert set(found) == {"frechet_distance", "precision", "recall"}
    assert np.isfinite(list(found.values())).all()


def test_the_final_evaluation_sets_samples_beside_real_images(task: Sampling, data: Dataset, tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    copies: Any = Copies(data.train)
    task.draw(copies, data, None, tmp_path)
    with (tmp_path / "sampling.csv").open(encoding="utf-8") as file:
        rows = {row.pop(""): row for row in csv.DictReader(file)}
    assert list(rows) == ["samples", "images of the train part", task.info.baseline]
    assert float(rows["images of the train part"]["precision"]) > 0.8
    with np.load(tmp_path / "samples.npz") as stored:
        assert stored["x"].shape == (len(data.test), 8, 8, 1)
        assert stored["x"].dtype == np.uint8
    for name in ("samples", "neighbours"):
        with Image.open(tmp_path / "figures" / f"{name}.png") as image:
            assert min(image.size) > 100


def test_samples_are_brought_to_the_type_and_range_of_the_data(data: Dataset) -> None:
    class Wild:
        def sample(self, count: int, seed: int = 0) -> np.ndarray:
            del seed
            return np.linspace(-900, 900, count * 64).reshape(count, 8, 8, 1)

    samples = draw(Wild(), data.spec, 5)
    assert samples.dtype == np.uint8
    assert (samples.min(), samples.max()) == (0, 255)


def test_what_cannot_be_sampled_is_refused(task: Sampling, data: Dataset) -> None:
    class Broken:
        def sample(self, count: int, seed: int = 0) -> np.ndarray:
            del seed
            return np.full((count, 8, 8, 1), np.nan)

    stranger: Any = object()
    with pytest.raises(ConfigError, match=r"by a method sample\(count, seed\). Received: object, which has none."):
        task.check_model(stranger)
    with pytest.raises(ConfigError, match=r"Received: values that are not finite."):
        draw(Broken(), data.spec, 3)
    with pytest.raises(ConfigError, match=r"sampling is of images. Received: samples of shape \(4,\)."):
        task.check(DataSpec("x", "sampling", TensorSpec((4,), "float32"), None), {})
