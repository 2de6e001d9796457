"""A generator and a discriminator that learn against each other, as the epoch driver takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from automl.tasks import load_task
from automl.tasks.sampling import Sampling
from automl.training import Calls, Learner, Schedule
from automl_generative.contests import CONTESTS, gradient_penalty, information
from automl_generative.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from automl.data import Dataset
    from automl_generative.dcgan import DCGAN
    from automl_generative.settings import Adversarial

_METRICS = ("discriminator_loss", "generator_loss")
_RISING = 10.0
"""The average follows the generator closely in the first steps, when its weights still mean nothing."""


class AdversarialLearner(Learner):
    """Learns in epochs of equal numbers of generator steps, and is measured by samples of the averaged generator.

    Args:
        plugin: The hyperparameters.
        data: Its train part is learned, samples are measured beside its validation part.
        seed: Fixes initial weights, the order of images and the noise.
        settings: How long to learn, and how fast.

    Attributes:
        average: The averaged generator.
    """

    def __init__(self, plugin: DCGAN, data: Dataset, seed: int, settings: Adversarial) -> None:
        keras.utils.set_random_seed(seed)
        self._plugin, self._data, self._seed, self._settings = plugin, data, seed, settings
        self._task = load_task(data.spec.task)
        self._latents, self._contest = plugin.latents, CONTESTS[plugin.loss]
        self._steps = max(1, -(-settings.steps // settings.epochs))
        self._generator, self._discriminator = plugin.networks(data.spec)
        self.average, _ = plugin.networks(data.spec)
        self.average.set_weights(self._generator.get_weights())
        self._random = tf.random.Generator.from_seed(seed)
        self._optimizers = [self._optimizer(one) for one in (self._generator, self._discriminator)]
        self._means = [keras.metrics.Mean(name=name) for name in _METRICS]
        self._batches: Iterator[Any] | None = None
        self._calls = Calls()
        self._train = tf.function(self._many, autograph=False, jit_compile=False)
        self._drawing = Drawing(plugin.drawing(self.average, data.spec), data.spec, plugin.shares(data))

    def epoch(self, number: int) -> dict[str, float]:
        """Take an equal share of the steps, and compare samples with the validation part."""
        for mean in self._means:
            mean.reset_state()
        self._calls.run(self._train, self._from(number), self._steps)
        metrics = {mean.name: float(mean.result()) for mean in self._means}
        metrics["loss"] = sum(metrics.values())
        if isinstance(self._task, Sampling):
            found = self._task.measure(self._drawing, self._data, self._data.validation)
            metrics |= {f"val_{name}": value for name, value in found.items()}
        return metrics

    def state(self) -> Mapping[str, Any]:
        """The networks, their optimizers, and the noise."""
        return {
            "networks": [self._generator, self._discriminator, self.average],
            "optimizers": self._optimizers,
            "random": self._random,
        }

    def weights(self) -> Sequence[np.ndarray]:
        """Those of the averaged generator."""
        weights: list[np.ndarray] = self.average.get_weights()
        return weights

    def restore(self, weights: Sequence[np.ndarray]) -> None:
        """Put them back."""
        self.average.set_weights(weights)

    def _optimizer(self, network: keras.Model) -> keras.optimizers.Optimizer:
        settings = self._settings
        theirs, often = (1.0, 1)
        if network is self._discriminator:
            theirs, often = settings.discriminator_rate, settings.discriminator_steps
        rate = Schedule(settings, self._steps * settings.epochs * often, theirs)
        optimizer = keras.optimizers.Adam(rate, settings.beta_1, settings.beta_2)
        optimizer.build(network.trainable_variables)
        return optimizer

    def _from(self, number: int) -> Iterator[Any]:
        """Endless batches from where this epoch begins, which is a function of its number."""
        if self._batches is None:
            train, size = self._data.train, self._settings.batch_size
            passes, batches = divmod((number - 1) * self._steps * self._settings.discriminator_steps, train.steps(size))
            self._batches = iter(train.epochs(size, seed=self._seed, first=passes).skip(batches).prefetch(2))
        return self._batches

    def _many(self, batches: Any, steps: tf.Tensor) -> None:
        def body(count: tf.Tensor) -> tuple[tf.Tensor]:
            for _ in range(self._settings.discriminator_steps):
                images, labels = batches.get_next()
                given = (tf.cast(labels, tf.int32),) if self._plugin.is_conditioned(self._data.spec) else ()
                loss = self._discriminate(self._scaled(images), given)
                self._means[0].update_state(loss)
            self._means[1].update_state(self._generate(tf.shape(images)[0], given))
            self._follow()
            return (count + 1,)

        tf.while_loop(lambda count: count < steps, body, (tf.constant(0),), parallel_iterations=1)

    def _discriminate(self, images: tf.Tensor, labels: tuple[tf.Tensor, ...]) -> tf.Tensor:
        """A step of the discriminator on images and as many samples with the same labels."""
        vectors = self._vectors(tf.shape(images)[0])
        drawn = self._call(self._generator, vectors, labels)
        with tf.GradientTape() as tape:
            real = self._call(self._discriminator, images, labels)
            outputs = self._call(self._discriminator, drawn, labels)
            loss = self._contest.discriminator(real[:, :1], outputs[:, :1]) + self._told(vectors, outputs)
            if self._contest.penalised:
                share = self._random.uniform((tf.shape(images)[0], 1, 1, 1))
                critic = lambda between: self._call(self._discriminator, between, labels)[:, :1]  # noqa: E731
                loss += self._plugin.penalty * gradient_penalty(critic, images, drawn, share)
        self._apply(tape, loss, self._discriminator, self._optimizers[1])
        return loss

    def _generate(self, count: tf.Tensor, labels: tuple[tf.Tensor, ...]) -> tf.Tensor:
        """A step of the generator."""
        vectors = self._vectors(count)
        with tf.GradientTape() as tape:
            outputs = self._call(self._discriminator, self._call(self._generator, vectors, labels), labels)
            loss = self._contest.generator(outputs[:, :1]) + self._told(vectors, outputs)
        self._apply(tape, loss, self._generator, self._optimizers[0])
        return loss

    def _told(self, vectors: tf.Tensor, outputs: tf.Tensor) -> tf.Tensor:
        if self._latents.size == self._latents.noise:
            return tf.constant(0.0)
        return self._plugin.information * information(self._latents, vectors, outputs[:, 1:])

    def _follow(self) -> None:
        """Move the average towards the generator; statistics of batches are averaged alike."""
        taken = tf.cast(self._optimizers[0].iterations, tf.float32)
        decay = tf.minimum(self._settings.averaging, (1.0 + taken) / (_RISING + taken))
        for mine, its in zip(self.average.variables, self._generator.variables, strict=True):
            mine.assign(
                its.value if self._settings.averaging == 0.0 else decay * mine.value + (1.0 - decay) * its.value
            )

    def _vectors(self, count: tf.Tensor) -> tf.Tensor:
        return self._latents.shape(self._random.normal((count, self._latents.normals)))

    def _scaled(self, images: tf.Tensor) -> tf.Tensor:
        """Raw images with values in [-1, 1]."""
        low, high = self._data.spec.details.get("value_range", (0.0, 1.0))
        return (tf.cast(images, tf.float32) - low) * (2.0 / (high - low)) - 1.0

    @staticmethod
    def _call(network: keras.Model, inputs: tf.Tensor, labels: tuple[tf.Tensor, ...]) -> tf.Tensor:
        return network([inputs, *labels] if labels else inputs, training=True)

    @staticmethod
    def _apply(tape: tf.GradientTape, loss: tf.Tensor, network: keras.Model, optimizer: Any) -> None:
        variables = network.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
