from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from automl.data import DataSpec, TensorSpec
from automl.plugin import Trial
from automl.tasks import load_task
from automl_generative.adversaries import discriminator, generator, halvings
from automl_generative.contests import CONTESTS, gradient_penalty, information
from automl_generative.dcgan import DCGAN
from automl_generative.drawing import Drawing, drawing_model
from automl_generative.latent import Latents

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset

TRAINING = {"steps": 8, "epochs": 2, "batch_size": 16}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return load_task("sampling").tiny(tmp_path_factory.mktemp("cache"))


def fitted(data: Dataset, folder: Path, **fields: Any) -> DCGAN:
    plugin = DCGAN(**{"latent": 8, "width": 4, **fields})
    critics = {"discriminator_steps": 2} if fields.get("loss") == "wasserstein" else {}
    trial = Trial({"training": TRAINING | critics}, folder, seed=1, objective="val_frechet_distance")
    assert "val_recall" in plugin.fit(data, trial).metrics
    return plugin


def test_losses_are_those_of_their_papers() -> None:
    real, drawn = tf.constant([[2.0], [0.5]]), tf.constant([[-2.0], [0.5]])

    def softplus(x: float) -> float:
        return math.log1p(math.exp(x))

    found = {
        name: (float(one.discriminator(real, drawn)), float(one.generator(drawn))) for name, one in CONTESTS.items()
    }
    cross_entropy = (softplus(-2.0) + softplus(-0.5)) / 2 + (softplus(-2.0) + softplus(0.5)) / 2
    assert found["non_saturating"] == pytest.approx((cross_entropy, (softplus(2.0) + softplus(-0.5)) / 2), rel=1e-5)
    assert found["hinge"] == pytest.approx((0.25 + 0.75, 0.75))
    assert found["wasserstein"] == pytest.approx((-0.75 - 1.25, 0.75))


def test_the_penalty_of_a_linear_critic_is_how_far_its_slope_is_from_1() -> None:
    rng = np.random.default_rng(0)
    real, drawn = (tf.constant(rng.normal(size=(5, 2, 2, 1)), tf.float32) for _ in range(2))
    slope = tf.constant([3.0, 0.0, 4.0, 0.0])
    critic = lambda images: tf.reshape(images, (-1, 4)) @ slope[:, tf.newaxis]  # noqa: E731
    assert float(gradient_penalty(critic, real, drawn, tf.fill((5, 1, 1, 1), 0.3))) == pytest.approx(16.0, rel=1e-5)


def test_codes_are_uniform_and_what_is_told_of_them_is_measured() -> None:
    latents = Latents(noise=3, codes=2, categories=4)
    vectors = latents.shape(tf.random.stateless_normal((4000, latents.normals), (0, 0)))
    codes, category = (np.asarray(one) for one in latents.told(vectors))
    assert vectors.shape == (4000, latents.size)
    assert codes.std() == pytest.approx(1 / np.sqrt(3), abs=0.02)
    assert abs(codes).max() < 1.0
    assert category.mean(axis=0) == pytest.approx(np.full(4, 0.25), abs=0.03)
    certain = np.concatenate([codes, 50.0 * category], axis=1)
    assert float(information(latents, vectors, tf.constant(certain))) == pytest.approx(0.0, abs=1e-5)
    assert float(information(latents, vectors, tf.zeros((4000, 6)))) == pytest.approx(2 / 3 + np.log(4), abs=0.03)


@pytest.mark.parametrize(
    ("shape", "ups"),
    [((8, 8, 1), 1), ((28, 28, 1), 2), ((32, 32, 3), 3), ((64, 48, 3), 3), ((13, 30, 3), 1), ((3, 5, 2), 0)],
)
def test_images_may_be_of_any_size(shape: tuple[int, ...], ups: int) -> None:
    latents = Latents(4, codes=1)
    assert halvings(shape) == ups
    images = generator(shape, latents, 2)(tf.zeros((2, latents.size)))
    assert images.shape == (2, *shape)
    for normalisation in ("spectral", "batch", "layer"):
        judge = discriminator(shape, latents, 2, 3, normalisation)
        assert judge([images, tf.constant([0, 2])]).shape == (2, 2)


def test_labels_reach_both_networks() -> None:
    latents = Latents(4)
    maker, judge = generator((8, 8, 1), latents, 4, 3), discriminator((8, 8, 1), latents, 4, 3, "spectral")
    vectors, numbers = tf.ones((3, 4)), tf.range(3)
    images = maker([vectors, numbers])
    assert float(tf.reduce_max(abs(images[0] - images[1]))) > 0.0
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(judge([images, numbers], training=True))
    assert all(gradient is not None for gradient in tape.gradient(loss, judge.trainable_variables))


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"loss": "hinge", "spectral": False, "conditional": False, "codes": 1, "categories": 3},
        {"loss": "wasserstein", "spectral": False, "codes": 2},
    ],
)
def test_every_kind_learns_and_draws(data: Dataset, tmp_path: Path, fields: dict[str, Any]) -> None:
    plugin = fitted(data, tmp_path, **fields)
    plugin.save(tmp_path / "plugin")
    loaded = DCGAN.load(tmp_path / "plugin")
    requests = loaded.requests(7, seed=3)
    assert set(requests) == ({"seed", "label"} if fields.get("conditional", True) else {"seed"})
    np.testing.assert_array_equal(loaded.sample(7, seed=3), plugin.predict(requests))
    assert not np.array_equal(loaded.sample(7, seed=3), loaded.sample(7, seed=4))
    loaded.artifacts(data, tmp_path)
    expected = {"interpolation": True, "classes": "label" in requests, "codes": "codes" in fields}
    for name, there in expected.items():
        assert (tmp_path / f"{name}.png").is_file() == there
    with Image.open(tmp_path / "interpolation.png") as image:
        assert min(image.size) > 100


def test_a_sample_is_a_function_of_its_own_seed_and_label(data: Dataset, tmp_path: Path) -> None:
    plugin = fitted(data, tmp_path)
    pair = plugin.predict({"seed": [5, 6], "label": ["row", "column"]})
    np.testing.assert_allclose(plugin.predict({"seed": [6], "label": ["column"]})[0], pair[1], atol=1e-3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="one of"):
        plugin.predict({"seed": [5], "label": ["circle"]})
    with pytest.raises(ValueError, match=r"'label' is needed to draw a sample. Received: seed."):
        plugin.predict({"seed": [5]})


def test_labels_are_drawn_as_often_as_they_are_in_the_train_part() -> None:
    spec = DataSpec("x", "sampling", TensorSpec((4, 4, 1), "float32"), None, classes=("a", "b", "c"))
    latents = Latents(2)
    model = drawing_model(generator((4, 4, 1), latents, 2, 3), latents, spec, lowest=-1.0)
    requests = Drawing(model, spec, np.array([0.7, 0.2, 0.1])).requests(10, seed=1)
    assert sorted(requests["label"]) == ["a"] * 7 + ["b"] * 2 + ["c"]
    assert isinstance(model, keras.Model)
