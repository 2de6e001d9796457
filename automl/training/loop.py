"""The training loop: Keras's model, optimizer, loss and metrics, and one call into the graph an epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from automl.training.calls import Calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.training.objectives import Objective


class Loop:
    """Epochs of training and evaluation, each a compiled call or, where it takes long, a few.

    ``keras.Model.fit`` crosses from Python into the graph for every execution and traces its step inside nested
    conditions; here the whole epoch is one loop in the graph, and the time to the end of the first is halved.

    Attributes:
        optimizer: The one that was given, or what scales its losses in 16 bits.

    Args:
        model: From inputs as batches hold them to outputs.
        optimizer: Of its weights.
        objective: Loss and metrics.
        tally: What an evaluation keeps of a batch of (target, outputs), a vector; by default all its outputs.
        after_step: Called in the graph after every step of training.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        objective: Objective,
        tally: Callable[[Any, Any], Any] | None = None,
        after_step: Callable[[], None] | None = None,
    ) -> None:
        self._model = model
        self._tally = tally
        self._after_step = after_step
        self._loss = objective.loss
        self._metrics = (keras.metrics.Mean(name="loss"), *objective.metrics)
        self.optimizer = optimizer
        if keras.config.dtype_policy().name == "mixed_float16":
            self.optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
        self.optimizer.build(model.trainable_variables)
        self._train = tf.function(self._train_steps, autograph=False, jit_compile=False)
        self._evaluate = tf.function(self._evaluation_steps, autograph=False, jit_compile=False)
        self._calls, self._looks = Calls(), Calls()

    def train(self, batches: Any, steps: int) -> dict[str, float]:
        """Train on the next ``steps`` batches of an iterator; the metrics of these batches by name."""
        self._reset()
        self._calls.run(self._train, batches, steps)
        return self._results()

    def evaluate(self, batches: tf.data.Dataset) -> tuple[dict[str, float], np.ndarray]:
        """The metrics over all batches by name, and the outputs for every sample, in order, or the batches' tallies."""
        self._reset()
        outputs = self._looks.run(self._evaluate, iter(batches), int(batches.cardinality()))
        return self._results(), np.concatenate(outputs)

    def _train_steps(self, batches: Any, steps: tf.Tensor) -> None:
        def step(inputs: Any, target: Any, weight: Any) -> None:
            with tf.GradientTape() as tape:
                outputs = self._model(inputs, training=True)
                loss = self._total(target, outputs, weight)
                scaled = self.optimizer.scale_loss(loss)
            variables = self._model.trainable_variables
            self.optimizer.apply(tape.gradient(scaled, variables), variables)
            if self._after_step is not None:
                self._after_step()
            self._update(loss, target, outputs)

        _repeat(step, batches, steps)

    def _evaluation_steps(self, batches: Any, steps: tf.Tensor) -> tf.Tensor:
        def body(count: tf.Tensor, kept: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            inputs, target, weight = batches.get_next()
            outputs = self._model(inputs, training=False)
            self._update(self._total(target, outputs, weight), target, outputs)
            one = outputs if self._tally is None else self._tally(target, outputs)[tf.newaxis]
            return count + 1, kept.write(count, tf.cast(one, dtype))

        # Batches differ in size by the last; tallies are sums, which 32 bits may not hold.
        dtype, shape = (tf.float32, self._model.output_shape) if self._tally is None else (tf.float64, (1, None))
        kept = tf.TensorArray(dtype, steps, infer_shape=False, element_shape=shape)
        _, kept = tf.while_loop(lambda count, _: count < steps, body, (tf.constant(0), kept), parallel_iterations=1)
        return kept.concat()

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
