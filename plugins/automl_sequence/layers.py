"""Layers that the sequence models share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from automl.data.scaling import deviations
from automl.tasks.quantiles import levels
from automl.tasks.rising import QuantileAxis

if TYPE_CHECKING:
    from automl.data import DataSpec

_EPSILON = 1e-5


@keras.saving.register_keras_serializable(package="automl_sequence")
class InstanceNorm(keras.layers.Layer):  # type: ignore[misc]
    """Reversible instance normalization without its affine part (Kim et al. 2022).

    ``call`` takes each window's own mean and deviation out of each channel; ``restore`` puts them back into a forecast.

    Args:
        deviation: Whether the scale is taken out too, or the mean alone.
    """

    def __init__(self, deviation: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.deviation = deviation

    def call(self, inputs: Any) -> tuple[Any, Any, Any]:
        """Windows (batch, time, channels); returns them normalized, with mean and deviation (batch, 1, channels)."""
        mean = keras.ops.mean(inputs, axis=1, keepdims=True)
        centred = inputs - mean
        if not self.deviation:
            return centred, mean, keras.ops.ones_like(mean)
        deviation = keras.ops.sqrt(keras.ops.mean(keras.ops.square(centred), axis=1, keepdims=True) + _EPSILON)
        return centred / deviation, mean, deviation

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "deviation": self.deviation}


@keras.saving.register_keras_serializable(package="automl_sequence")
class StepNormalization(keras.layers.Layer):  # type: ignore[misc]
    """Brings features to zero mean and unit variance; steps of zeros, which pad a sequence, stay zeros.

    Args:
        mean: By feature.
        variance: By feature.
    """

    def __init__(self, mean: Any, variance: Any, **options: Any) -> None:
        super().__init__(**options)
        self.mean = np.asarray(mean, np.float32)
        self.variance = np.square(deviations(mean, variance)).astype(np.float32)

    def call(self, inputs: Any) -> Any:
        """(batch, time, features) to the same."""
        ops = keras.ops
        given = ops.any(ops.not_equal(inputs, 0.0), axis=-1, keepdims=True)
        return ops.where(given, (inputs - self.mean) / np.sqrt(self.variance), ops.zeros_like(inputs))

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "mean": self.mean.tolist(), "variance": self.variance.tolist()}


@keras.saving.register_keras_serializable(package="automl_sequence")
class MovingAverage(keras.layers.Layer):  # type: ignore[misc]
    """A centred moving average whose ends repeat the first and the last step (Wu et al. 2021, Autoformer).

    Args:
        width: Steps that are averaged; odd.
    """

    def __init__(self, width: int, **options: Any) -> None:
        super().__init__(**options)
        self.width = width
        self._pool = keras.layers.AveragePooling1D(width, strides=1)

    def call(self, inputs: Any) -> Any:
        """The trend (batch, time, channels) of series of the same shape."""
        side = self.width // 2
        first = keras.ops.repeat(inputs[:, :1], side, axis=1)
        last = keras.ops.repeat(inputs[:, -1:], side, axis=1)
        return self._pool(keras.ops.concatenate([first, inputs, last], axis=1))

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "width": self.width}


def forecast_steps(spec: DataSpec) -> int:
    """How many steps a network ends in: those of the horizon, each as often as it has quantiles."""
    horizon: int = spec.details["horizon"]
    return horizon * max(1, len(levels(spec)))


def forecast_channels(outputs: Any, spec: DataSpec, channels: int) -> Any:
    """The target channels out of a forecast (batch, ``forecast_steps``, channels); quantiles come last."""
    targets = spec.details["target_channels"]
    if targets != list(range(channels)):
        outputs = keras.ops.take(outputs, targets, axis=-1)
    return QuantileAxis(len(levels(spec)), dtype="float32")(outputs) if levels(spec) else outputs


@keras.saving.register_keras_serializable(package="automl_sequence")
class TokenDropout(keras.layers.Layer):  # type: ignore[misc]
    """Puts the unknown token in the place of some tokens while training (Iyyer et al. 2015); padding stays.

    Args:
        rate: Share of tokens, in [0, 1).
        seed: Fixes the draws.
    """

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.rate = rate
        self.seed = seed
        self._generator = keras.random.SeedGenerator(seed)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Token numbers (batch, length); 0 pads, 1 is unknown."""
        if not training or self.rate == 0.0:
            return inputs
        dropped = keras.random.uniform(keras.ops.shape(inputs), seed=self._generator) < self.rate
        return keras.ops.where(keras.ops.logical_and(dropped, inputs > 0), keras.ops.ones_like(inputs), inputs)

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "rate": self.rate, "seed": self.seed}


@keras.saving.register_keras_serializable(package="automl_sequence")
class Pool(keras.layers.Layer):  # type: ignore[misc]
    """One vector for a sequence; padded steps do not count.

    Args:
        kind: ``mean``, ``max``, ``last`` step, or ``attention``: a mean weighted by learned scores (Yang et al. 2016).
    """

    def __init__(self, kind: str, **options: Any) -> None:
        super().__init__(**options)
        self.kind = kind
        self.supports_masking = True

    def build(self, shape: Any) -> None:
        """Make the weights of the scores."""
        if self.kind == "attention":
            width = shape[-1]
            self._hidden = keras.layers.Dense(width, activation="tanh", dtype=self.dtype_policy)
            self._score = keras.layers.Dense(1, use_bias=False, dtype=self.dtype_policy)
            self._hidden.build(shape)
            self._score.build((*shape[:-1], width))

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """(batch, time, width) to (batch, width)."""
        ops = keras.ops
        if self.kind == "last":
            return _last(inputs, mask)
        steps = None if mask is None else ops.expand_dims(mask, -1)
        if self.kind == "max":
            return ops.max(inputs if steps is None else ops.where(steps, inputs, _lowest(inputs)), axis=1)
        if self.kind == "attention":
            scores = self._score(self._hidden(inputs))
            scores = scores if steps is None else ops.where(steps, scores, _lowest(scores))
            return ops.sum(ops.softmax(scores, axis=1) * inputs, axis=1)
        if steps is None:
            return ops.mean(inputs, axis=1)
        weights = ops.cast(steps, inputs.dtype)
        return ops.sum(inputs * weights, axis=1) / ops.maximum(ops.sum(weights, axis=1), 1.0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """A vector has no steps to mask."""
        del inputs, mask

    def compute_output_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """(batch, width)."""
        return (shape[0], shape[-1])

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        return {**super().get_config(), "kind": self.kind}


def _last(inputs: Any, mask: Any) -> Any:
    """The last step that is not padding."""
    ops = keras.ops
    if mask is None:
        return inputs[:, -1]
    index = ops.maximum(ops.sum(ops.cast(mask, "int32"), axis=1) - 1, 0)
    return ops.squeeze(ops.take_along_axis(inputs, index[:, None, None], axis=1), 1)


def _lowest(values: Any) -> Any:
    """What never wins a maximum, in the values' own precision."""
    return keras.ops.full_like(values, -3e4)


def normalization_of_steps(spec: DataSpec) -> keras.layers.Layer | None:
    """The normalization of padded sequences by the moments of their train part; None for other data."""
    if len(spec.input.shape) != 2 or "horizon" in spec.details:
        return None
    return StepNormalization(spec.statistics["mean"], spec.statistics["variance"], name="normalization")
