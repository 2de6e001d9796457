"""Averages of a network's weights along its training: they are evaluated, kept and saved in the weights' place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.settings import Supervised

SWA_START = 0.7
"""The share of a phase's epochs after which weights are averaged equally; Izmailov et al. (2018) have 0.75, where the
schedule ``step`` falls to a hundredth, at which weights no longer part."""

_SHARE = 0.04
"""The share of a phase's steps that an exponential average spans where its decay is not given."""
_LEAST = 10.0
_UPDATES = 20.0
"""How often an exponential average is renewed while it spans its steps: more often makes it dearer, hardly other."""
_BATCHES = 128
"""Batches whose mean statistics are those of the whole part, but for noise that no prediction shows."""


class Averaging:
    """A running mean of a network's weights, the moving statistics of its normalizations among them.

    Integers, such as the state of random numbers, are no part of it. A network whose weights are averaged goes on
    learning with its own: ``swap`` puts the average in their place, and called again gives them back.

    Args:
        network: Built.
    """

    def __init__(self, network: keras.Model) -> None:
        self._weights = list(network.weights)
        self._means = {
            number: tf.Variable(weight.value, trainable=False)
            for number, weight in enumerate(self._weights)
            if tf.as_dtype(weight.dtype).is_floating
        }
        self._taken = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._swap = tf.function(self._swapped, autograph=False, jit_compile=False)

    @property
    def ready(self) -> bool:
        """Whether anything was averaged yet."""
        return int(self._taken) > 0

    def after_step(self) -> None:
        """Called in the graph, after every step."""

    def after_epoch(self) -> None:
        """Called after every epoch."""

    def swap(self) -> None:
        """Exchange the weights of the network and the average."""
        self._swap()

    def values(self) -> list[np.ndarray]:
        """The average in the place of the network's weights, as ``keras.Model.set_weights`` takes them."""
        return [np.asarray(self._means.get(number, weight)) for number, weight in enumerate(self._weights)]

    def state(self) -> Mapping[str, Any]:
        """What epochs change, by name."""
        return {"means": list(self._means.values()), "taken": self._taken}

    def _take(self, share: Any) -> None:
        """Move the average towards the weights by a share of the way."""
        for number, mean in self._means.items():
            mean.assign_add(tf.cast(share, mean.dtype) * (self._weights[number].value - mean))

    def _swapped(self) -> None:
        for number, mean in self._means.items():
            weight = tf.identity(self._weights[number].value)
            self._weights[number].assign(mean)
            mean.assign(weight)


class Exponential(Averaging):
    """The exponential moving average (Polyak and Juditsky 1992), without the bias towards where it began.

    Args:
        network: Built.
        decay: What is left of a weight's share after a step.
        every: After how many steps the average is renewed.
    """

    def __init__(self, network: keras.Model, decay: float, every: int) -> None:
        super().__init__(network)
        self._decay = decay**every
        self._every = every
        self._steps = tf.Variable(0, dtype=tf.int64, trainable=False)

    @override
    def after_step(self) -> None:
        steps = self._steps.assign_add(1)
        if self._every == 1:
            self._renew()
        else:
            tf.cond(tf.equal(steps % self._every, 0), self._renew, lambda: tf.constant(0))

    @override
    def state(self) -> Mapping[str, Any]:
        return {**super().state(), "steps": self._steps}

    def _renew(self) -> tf.Tensor:
        taken = tf.cast(self._taken.assign_add(1), tf.float64)
        self._take((1.0 - self._decay) / (1.0 - tf.constant(self._decay, tf.float64) ** taken))
        return tf.constant(0)


class Equal(Averaging):
    """Stochastic weight averaging (Izmailov et al. 2018): the mean of the weights after each of the last epochs.

    Args:
        network: Built.
        first: The first epoch of the phase that counts.
    """

    def __init__(self, network: keras.Model, first: int) -> None:
        super().__init__(network)
        self._first = first
        self._epochs = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._add = tf.function(self._take, autograph=False, jit_compile=False)

    @override
    def after_epoch(self) -> None:
        if int(self._epochs.assign_add(1)) >= self._first:
            self._taken.assign_add(1)
            self._add(1.0 / tf.cast(self._taken, tf.float32))

    @override
    def state(self) -> Mapping[str, Any]:
        return {**super().state(), "epochs": self._epochs}


class Statistics:
    """The moving statistics of a network's batch normalizations, taken anew of batches of the train part.

    Weights that were averaged over epochs apart have activations of their own, which the mean of the statistics of
    these epochs does not describe (Izmailov et al. 2018).

    Args:
        network: Built; inputs as batches hold them.
    """

    def __init__(self, network: keras.Model) -> None:
        self._network = network
        layers = [one for one in network._flatten_layers() if isinstance(one, keras.layers.BatchNormalization)]  # noqa: SLF001 - layers within layers, too
        self._moving = [
            (variable, one.momentum) for one in layers for variable in (one.moving_mean, one.moving_variance)
        ]
        self._run = tf.function(self._passes, autograph=False, jit_compile=False)

    def renew(self, batches: tf.data.Dataset, steps: int) -> None:
        """Give the network the mean statistics over some batches of ``(inputs, target, weights)``."""
        if self._moving:
            self._run(iter(batches), tf.constant(min(steps, _BATCHES)))

    def _passes(self, batches: Any, steps: tf.Tensor) -> None:
        def body(count: tf.Tensor, sums: Sequence[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
            before = [tf.identity(variable.value) for variable, _ in self._moving]
            self._network(batches.get_next()[0], training=True)
            # A normalization that is held still moves nothing, and is told as it was.
            found = [
                (variable.value - momentum * old) / (1.0 - momentum)
                for (variable, momentum), old in zip(self._moving, before, strict=True)
            ]
            return count + 1, [one + new for one, new in zip(sums, found, strict=True)]

        zeros = [tf.zeros_like(variable.value) for variable, _ in self._moving]
        count, sums = tf.while_loop(
            lambda count, _: count < steps, body, (tf.constant(0), zeros), parallel_iterations=1
        )
        for (variable, _), one in zip(self._moving, sums, strict=True):
            variable.assign(one / tf.cast(count, one.dtype))


def make_averaging(settings: Supervised, network: keras.Model, steps: int, epochs: int) -> Averaging | None:
    """The average that the settings name; None where weights are kept as they are.

    Args:
        settings: The ``training`` section.
        network: Built.
        steps: In an epoch.
        epochs: Of the phase: every phase averages anew.
    """
    match settings.averaging:
        case "ema":
            span = max(_LEAST, _SHARE * steps * epochs)
            decay = 1.0 - 1.0 / span if settings.averaging_decay is None else settings.averaging_decay
            every = min(steps, max(1, round(1.0 / (1.0 - decay) / _UPDATES)))
            return Exponential(network, decay, every)
        case "swa":
            return Equal(network, 1 + int(SWA_START * epochs))
    return None
