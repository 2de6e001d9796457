"""The training loop: Keras's model, optimizer, loss and metrics, and one call into the graph an epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.training.objectives import Objective


class Loop:
    """Epochs of training and evaluation, each one compiled call.

    ``keras.Model.fit`` crosses from Python into the graph for every execution and traces its step inside nested
    conditions; here the whole epoch is one loop in the graph, and the time to the end of the first is halved.
    """

    def __init__(self, model: keras.Model, optimizer: keras.optimizers.Optimizer, objective: Objective) -> None:
        self._model = model
        self._loss = objective.loss
        self._metrics = (keras.metrics.Mean(name="loss"), *objective.metrics)
        self._optimizer = optimizer
        if keras.config.dtype_policy().name == "mixed_float16":
            self._optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        self._optimizer.build(model.trainable_variables)
        self._train = tf.function(self._train_steps, autograph=False, jit_compile=False)
        self._evaluate = tf.function(self._evaluation_steps, autograph=False, jit_compile=False)

    def train(self, batches: Any, steps: int) -> dict[str, float]:
        """Train on the next ``steps`` batches of an iterator; the metrics of these batches by name."""
        self._reset()
        self._train(batches, tf.constant(steps))
        return self._results()

    def evaluate(self, batches: tf.data.Dataset) -> dict[str, float]:
        """The metrics over all batches by name."""
        self._reset()
        self._evaluate(iter(batches), tf.cast(batches.cardinality(), tf.int32))
        return self._results()

    def _train_steps(self, batches: Any, steps: tf.Tensor) -> None:
        def step(inputs: Any, target: Any, weight: Any) -> None:
            with tf.GradientTape() as tape:
                outputs = self._model(inputs, training=True)
                loss = self._total(target, outputs, weight)
                scaled = self._optimizer.scale_loss(loss)
            variables = self._model.trainable_variables
            self._optimizer.apply(tape.gradient(scaled, variables), variables)
            self._update(loss, target, outputs)

        _repeat(step, batches, steps)

    def _evaluation_steps(self, batches: Any, steps: tf.Tensor) -> None:
        def step(inputs: Any, target: Any, weight: Any) -> None:
            outputs = self._model(inputs, training=False)
            self._update(self._total(target, outputs, weight), target, outputs)

        _repeat(step, batches, steps)

    def _total(self, target: Any, outputs: Any, weight: Any) -> Any:
        loss = self._loss(target, outputs, sample_weight=weight)
        return loss + tf.add_n(self._model.losses) if self._model.losses else loss

    def _update(self, loss: Any, target: Any, outputs: Any) -> None:
        mean, *others = self._metrics
        mean.update_state(loss, sample_weight=tf.cast(tf.shape(target)[0], tf.float32))
        for metric in others:
            metric.update_state(target, outputs)

    def _reset(self) -> None:
        for metric in self._metrics:
            metric.reset_state()

    def _results(self) -> dict[str, float]:
        return {metric.name: float(metric.result()) for metric in self._metrics}


def _repeat(step: Callable[..., None], batches: Any, steps: tf.Tensor) -> None:
    """Call ``step`` on as many batches, in the graph; a loop that AutoGraph need not convert is traced sooner."""

    def body(count: tf.Tensor) -> tuple[tf.Tensor]:
        step(*batches.get_next())
        return (count + 1,)

    tf.while_loop(lambda count: count < steps, body, (tf.constant(0),), parallel_iterations=1)
