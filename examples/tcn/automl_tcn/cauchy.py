"""A loss for values, by the name ``training.loss=cauchy``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from automl.errors import ConfigError

if TYPE_CHECKING:
    from automl.data import DataSpec
    from automl.training import Supervised


class Cauchy(keras.losses.Loss):
    """Grows with the logarithm of an error, so that outliers count little (Barron 2019, with alpha = 0)."""

    def call(self, target: Any, outputs: Any) -> Any:
        """One loss for each place of a target but for its last axis."""
        return keras.ops.mean(keras.ops.log1p(0.5 * keras.ops.square(outputs - target)), axis=-1)


def cauchy(spec: DataSpec, settings: Supervised) -> keras.losses.Loss:
    """The loss for such data; targets are standardised by the train part.

    Raises:
        ConfigError: What is learned are labels.
    """
    del settings
    if spec.classes:
        raise ConfigError(f"training.loss: cauchy is a loss of values, and data={spec.name} has labels.")
    return Cauchy()
