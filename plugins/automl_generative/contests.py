"""What a discriminator and a generator each minimise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl_generative.latent import Latents

Kind = Literal["non_saturating", "hinge", "wasserstein"]


@dataclass(frozen=True)
class Contest:
    """Losses of logits (n, 1), or of a critic's values.

    Attributes:
        discriminator: Of those of real images and of samples.
        generator: Of those of samples.
        penalised: Whether the discriminator's gradient is held near 1.
    """

    discriminator: Callable[[Any, Any], Any]
    generator: Callable[[Any], Any]
    penalised: bool = False


CONTESTS: dict[str, Contest] = {
    # Goodfellow et al. 2014, section 3: the generator maximises the log of what the discriminator thinks of it.
    "non_saturating": Contest(
        lambda real, drawn: tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(drawn)),
        lambda drawn: tf.reduce_mean(tf.nn.softplus(-drawn)),
    ),
    # Lim and Ye 2017.
    "hinge": Contest(
        lambda real, drawn: tf.reduce_mean(tf.nn.relu(1.0 - real)) + tf.reduce_mean(tf.nn.relu(1.0 + drawn)),
        lambda drawn: -tf.reduce_mean(drawn),
    ),
    # Arjovsky et al. 2017, with the penalty of Gulrajani et al. 2017.
    "wasserstein": Contest(
        lambda real, drawn: tf.reduce_mean(drawn) - tf.reduce_mean(real),
        lambda drawn: -tf.reduce_mean(drawn),
        penalised=True,
    ),
}


def gradient_penalty(critic: Callable[[Any], Any], real: Any, drawn: Any, share: Any) -> Any:
    """How far the critic's gradient is from length 1 between images and samples, squared (Gulrajani et al. 2017).

    Args:
        critic: From images to values.
        real: Images (n, height, width, channels).
        drawn: As many samples.
        share: Where between them, uniform in [0, 1), (n, 1, 1, 1).
    """
    between = real + share * (drawn - real)
    with tf.GradientTape() as tape:
        tape.watch(between)
        values = critic(between)
    gradient = tape.gradient(values, between)
    # The root has no gradient at zero.
    length = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean(tf.square(length - 1.0))


def information(latents: Latents, vectors: Any, told: Any) -> Any:
    """Negative log-likelihood of the codes in what the discriminator tells of them, less a constant (Chen et al. 2016).

    Args:
        latents: Which codes there are.
        vectors: Latent vectors (n, size) that samples were drawn from.
        told: Means of the codes and logits of the categories, (n, codes + categories).
    """
    codes, category = latents.told(vectors)
    loss = tf.reduce_mean(tf.reduce_sum(tf.square(codes - told[:, : latents.codes]), axis=-1))
    if latents.categories:
        logits = told[:, latents.codes :]
        loss += tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(category, logits))
    return loss
