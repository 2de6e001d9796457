from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
from PIL import Image

from automl.data import ArrayPart, Dataset, DataSpec, TensorSpec
from automl.data.arrays.digits import Digits
from automl.errors import ConfigError
from automl.fields import construct
from automl.plugin import Trial
from automl.tasks import load_task
from automl_generative import continuous_bernoulli
from automl_generative.bound import Bound, divergence
from automl_generative.vae import VAE

if TYPE_CHECKING:
    from pathlib import Path


def test_the_divergence_is_what_sampling_finds() -> None:
    rng = np.random.default_rng(0)
    mean, log_variance = np.array([0.7, -1.5]), np.array([-1.0, 0.4])
    drawn = mean + np.exp(log_variance / 2) * rng.standard_normal((400_000, 2))
    ours = -0.5 * (np.square(drawn - mean) / np.exp(log_variance) + log_variance)
    prior = -0.5 * np.square(drawn)
    closed = np.asarray(divergence(mean.astype(np.float32), log_variance.astype(np.float32)))
    assert closed == pytest.approx((ours - prior).mean(axis=0), abs=0.01)


def test_the_bound_of_a_linear_gaussian_model_is_below_its_likelihood_and_meets_it() -> None:
    """With x = w z + noise the posterior is known: there the bound is the exact likelihood."""
    weight, log_variance = 0.8, -1.0
    decoder_input = keras.Input((1,))
    dense = keras.layers.Dense(1)
    decoder = keras.Model(decoder_input, dense(decoder_input))
    bound = Bound(decoder, "gaussian", draws=2000)
    images = np.random.default_rng(0).normal(size=(50, 1)).astype(np.float32)
    noise = np.exp(log_variance)
    variance = 1.0 / (1.0 + weight**2 / noise)
    mean = variance * weight / noise * images
    parts = [images, mean, np.full_like(mean, np.log(variance))]
    bound(parts)
    dense.set_weights([np.array([[weight]]), np.zeros(1)])
    bound.log_variance.assign(log_variance)
    columns = np.asarray(bound(parts))
    total = weight**2 + noise
    exact = 0.5 * (np.square(images[:, 0]) / total + np.log(2 * np.pi * total))
    np.testing.assert_allclose(columns[:, 0] + columns[:, 2], exact, atol=0.02)
    worse = np.asarray(bound([images, mean + 0.5, parts[2]]))
    assert (worse[:, 0] + worse[:, 2] > exact + 0.1).all()


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return Digits("digits", "generation").open(tmp_path_factory.mktemp("cache"), 42)


def fitted(data: Dataset, folder: Path, epochs: int = 15, **fields: Any) -> VAE:
    plugin = VAE(**{"latent": 2, "width": 64, **fields})
    running = Trial({"training": {"epochs": epochs, "learning_rate": 0.005}}, folder, seed=1, objective="val_nll")
    plugin.fit(data, running)
    return plugin


def test_data_without_labels_have_none(digits: Dataset) -> None:
    assert digits.spec.target is None
    assert digits.spec.classes == ()


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
@pytest.mark.parametrize("architecture", ["dense", "convolutional"])
def test_every_kind_learns_and_scores_strange_images_worse(
    digits: Dataset, tmp_path: Path, likelihood: Any, architecture: Any
) -> None:
    width = 16 if architecture == "convolutional" else 64
    plugin = fitted(digits, tmp_path, 5, likelihood=likelihood, architecture=architecture, width=width)
    images, _ = digits.test.arrays()
    strange = np.random.default_rng(0).integers(0, 17, images.shape, np.uint8)
    scores = plugin.predict(images)
    assert scores.shape == (len(images),)
    assert plugin.predict(strange).mean() > scores.mean() + 3
    assert load_task("generation").score(plugin, digits, digits.test)["nll"] == pytest.approx(scores.mean(), rel=1e-3)


def test_what_it_draws_is_written(digits: Dataset, tmp_path: Path) -> None:
    plugin = fitted(digits, tmp_path, 3)
    plugin.artifacts(digits, tmp_path)
    for name in ("reconstructions", "prior_samples", "interpolation", "latent_map"):
        with Image.open(tmp_path / f"{name}.png") as image:
            assert min(image.size) > 100
    assert plugin.sample(5).shape == (5, 8, 8, 1)
    assert plugin.encode(digits.test.examples(4)).shape == (4, 2)


def test_free_bits_and_annealing_change_the_loss_alone() -> None:
    outputs = np.array([[1.0, 0.0, 0.1, 2.0]], np.float32)
    spec = DataSpec("x", "generation", TensorSpec((8, 8, 1), "uint8"), None)
    from automl.settings import Supervised

    plugin = VAE(2, beta=0.5, free_bits=0.3, annealing=0.5)
    objective = plugin.objective(spec, Supervised(epochs=10))
    assert float(objective.loss(np.zeros((1, 1)), outputs)) == pytest.approx(1.0 + 0.5 * (0.3 + 2.0))
    plugin.begin_epoch(1, Supervised(epochs=10))
    assert float(objective.loss(np.zeros((1, 1)), outputs)) == pytest.approx(1.0)
    plugin.begin_epoch(6, Supervised(epochs=10))
    assert float(objective.loss(np.zeros((1, 1)), outputs)) == pytest.approx(1.0 + 0.5 * (0.3 + 2.0))
    for metric in objective.metrics:
        metric.update_state(np.zeros((1, 1)), outputs)
    assert [round(float(metric.result()), 4) for metric in objective.metrics] == [3.1, 0.0, 2.1]


def test_the_baseline_is_the_exact_likelihood_of_probabilistic_pca(digits: Dataset) -> None:
    from sklearn.decomposition import PCA

    train, test = (part.arrays()[0].reshape(len(part), -1) / 16.0 for part in (digits.train, digits.test))
    found = load_task("generation").baseline(digits, digits.test)
    assert found["nll"] == pytest.approx(-PCA(8).fit(train).score(test), rel=1e-3)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"model.latent: expected an integer of at least 1. Received: 0."):
        construct(VAE, {"latent": 0}, "model")
    images = np.zeros((9, 2, 2, 1), np.uint8)
    assert ArrayPart(images, None, np.arange(9)).arrays()[1].tolist() == [0.0] * 9


@pytest.mark.parametrize("logit", [-30.0, -3.0, -0.02, 0.0, 0.005, 2.0, 9.0])
def test_both_likelihoods_are_densities_so_that_they_compare(logit: float) -> None:
    values = np.linspace(0.0, 1.0, 20_001)
    density = np.exp(-np.asarray(continuous_bernoulli.negative_log_density(values, np.full_like(values, logit))))
    assert np.trapezoid(density, values) == pytest.approx(1.0, abs=1e-3)
    assert np.trapezoid(density * values, values) == pytest.approx(float(continuous_bernoulli.mean(logit)), abs=1e-3)


def test_it_draws_in_the_datas_own_unit_for_the_task_sampling(tmp_path: Path) -> None:
    from automl.jobs.serving_code import call, load

    labelled = Digits("digits", "sampling").open(tmp_path / "cache", 42)
    plugin = VAE(2, width=32, likelihood="bernoulli")
    running = Trial({"training": {"epochs": 2}}, tmp_path, seed=1, objective="val_frechet_distance")
    result = plugin.fit(labelled, running)
    scores = load_task("sampling").score(plugin, labelled, labelled.validation)
    assert scores["frechet_distance"] == pytest.approx(result.metrics["val_frechet_distance"], rel=1e-3)
    drawn = plugin.sample(20, seed=1)
    assert drawn.shape == (20, 8, 8, 1)
    assert 4.0 < drawn.max() <= 16.0
    plugin.export(tmp_path / "saved")
    requests = plugin.requests(20, seed=1)
    np.testing.assert_allclose(call(load(str(tmp_path / "saved")), requests), drawn, rtol=1e-4, atol=1e-3)
