"""Layers that the image models share."""

from __future__ import annotations

from typing import Any, Literal

import keras

Normalization = Literal["batch", "layer", "group", "none"]


def normalize(kind: Normalization) -> keras.layers.Layer:
    """A normalization layer by name; ``none`` hands its input on."""
    match kind:
        case "batch":
            return keras.layers.BatchNormalization(momentum=0.9)
        case "layer":
            return keras.layers.LayerNormalization()
        case "group":
            # One group a filter count that need not be divisible by 32 (Wu and He 2018 find layer-like groups close).
            return keras.layers.GroupNormalization(groups=1)
    return keras.layers.Identity()


@keras.saving.register_keras_serializable(package="automl_vision")
class StochasticDepth(keras.layers.Layer):  # type: ignore[misc]
    """Drops a whole residual branch, sample by sample, while training (Huang et al. 2016).

    What survives is scaled up by the inverse of its chance, so that nothing changes in expectation and inference is
    the identity.

    Args:
        rate: The chance of being dropped, in [0, 1).
        seed: Fixes the draws.
    """

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.rate = rate
        self.seed = seed
        self._generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Inputs of shape (batch, ...), some samples of them zero while training."""
        if not training or self.rate == 0.0:
            return inputs
        shape = (keras.ops.shape(inputs)[0], *(1,) * (len(inputs.shape) - 1))
        kept = keras.random.uniform(shape, seed=self._generator, dtype=self.compute_dtype) >= self.rate
        return inputs * keras.ops.cast(kept, self.compute_dtype) / (1.0 - self.rate)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}
