"""The evidence lower bound as a layer, and what it is made of."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np

from automl_generative import continuous_bernoulli

_LOWEST_LOG_VARIANCE, _HIGHEST_LOG_VARIANCE = -10.0, 4.0


def divergence(mean: Any, log_variance: Any) -> Any:
    """KL divergence of N(mean, exp(log_variance)) from N(0, 1), by dimension, in nats (Kingma and Welling 2014)."""
    return 0.5 * (keras.ops.square(mean) + keras.ops.exp(log_variance) - 1.0 - log_variance)


@keras.saving.register_keras_serializable(package="automl_generative")
class Bound(keras.layers.Layer):  # type: ignore[misc]
    """Draws latent vectors, decodes them, and tells the parts of the negative evidence lower bound.

    While training one vector a sample is drawn (Kingma and Welling 2014); else the same ``draws`` for every sample, in
    opposite pairs, so that a score is a function of its sample alone.

    Args:
        decoder: From latent vectors (n, latent) to images: means, or logits for ``bernoulli``.
        likelihood: ``gaussian`` with one learned variance for all pixels, or ``bernoulli``, continuous: both are
            densities of the same images, so that their likelihoods compare.
        draws: How many vectors a sample gets where nothing is trained; even.
    """

    def __init__(self, decoder: keras.Model, likelihood: str, draws: int = 16, **options: Any) -> None:
        super().__init__(**options)
        self.decoder = decoder
        self.likelihood = likelihood
        self.draws = draws
        self._generator = keras.random.SeedGenerator()

    def build(self, shape: Any) -> None:
        """Make the variance, and the fixed draws."""
        latent = shape[1][-1]
        half = np.random.default_rng(0).standard_normal((self.draws // 2, latent))
        half /= np.sqrt(np.mean(np.square(half), axis=0, keepdims=True))
        self._fixed = np.concatenate([half, -half])[np.newaxis].astype(np.float32)
        if self.likelihood == "gaussian":
            start = keras.initializers.Constant(-3.0)
            self.log_variance = self.add_weight(shape=(), initializer=start, name="log_variance", dtype="float32")

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Images in [0, 1], means and log-variances to (batch, 2 + latent).

        The columns are the negative log-likelihood in nats, the mean squared error of the reconstruction, and the
        divergence of each latent dimension in nats.
        """
        ops = keras.ops
        images, mean, log_variance = (ops.cast(one, "float32") for one in inputs)
        if training:
            noise = keras.random.normal((ops.shape(mean)[0], 1, mean.shape[-1]), seed=self._generator)
        else:
            noise = self._fixed
        latent = ops.expand_dims(mean, 1) + noise * ops.exp(0.5 * ops.expand_dims(log_variance, 1))
        flat = ops.reshape(images, (-1, 1, math.prod(images.shape[1:])))
        decoded = self._decode(latent, flat.shape[-1])
        likelihood = ops.mean(self._negative_log_likelihood(flat, decoded), axis=1, keepdims=True)
        central = decoded if training else self._decode(ops.expand_dims(mean, 1), flat.shape[-1])
        central = continuous_bernoulli.mean(central) if self.likelihood == "bernoulli" else central
        error = ops.mean(ops.square(flat - central), axis=(1, 2))
        return ops.concatenate([likelihood, error[:, None], divergence(mean, log_variance)], axis=-1)

    def _decode(self, latent: Any, size: int) -> Any:
        """(batch, draws, latent) to (batch, draws, pixels)."""
        ops = keras.ops
        images = self.decoder(ops.reshape(latent, (-1, latent.shape[-1])))
        return ops.reshape(ops.cast(images, "float32"), (-1, ops.shape(latent)[1], size))

    def _negative_log_likelihood(self, images: Any, decoded: Any) -> Any:
        """(batch, draws), in nats, summed over pixels."""
        ops = keras.ops
        if self.likelihood == "bernoulli":
            nats = continuous_bernoulli.negative_log_density(images, decoded)
        else:
            log_variance = ops.clip(self.log_variance, _LOWEST_LOG_VARIANCE, _HIGHEST_LOG_VARIANCE)
            error = ops.square(images - decoded) * ops.exp(-log_variance)
            nats = 0.5 * (error + log_variance + math.log(2.0 * math.pi))
        return ops.sum(nats, axis=-1)

    def compute_output_shape(self, shape: Any) -> tuple[int, ...]:
        """(batch, 2 + latent)."""
        return (shape[0][0], 2 + shape[1][-1])

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        own = {"decoder": keras.saving.serialize_keras_object(self.decoder), "draws": self.draws}
        return {**super().get_config(), **own, "likelihood": self.likelihood}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Bound:
        """The layer with its decoder."""
        decoder = keras.saving.deserialize_keras_object(config.pop("decoder"))
        return cls(decoder=decoder, **config)


@keras.saving.register_keras_serializable(package="automl_generative")
class Score(keras.layers.Layer):  # type: ignore[misc]
    """The negative bound of each sample, out of the columns of ``Bound``."""

    def call(self, inputs: Any) -> Any:
        """(batch, 2 + latent) to (batch,), in nats."""
        return inputs[:, 0] + keras.ops.sum(inputs[:, 2:], axis=-1)
