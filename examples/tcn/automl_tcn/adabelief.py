"""An optimizer, by the name ``training.optimizer=adabelief``."""

from __future__ import annotations

from typing import Any

import keras


class AdaBelief(keras.optimizers.Optimizer):
    """Adam whose steps are long where gradients are as expected (Zhuang et al. 2020).

    Args:
        learning_rate: A number or a schedule.
        beta_1: Decay of the mean of gradients.
        beta_2: Decay of the mean of their squared distance from that mean.
        epsilon: Keeps the root from zero.
        **options: Those of every Keras optimizer, ``weight_decay`` and ``global_clipnorm`` among them.
    """

    def __init__(
        self,
        learning_rate: Any = 1e-3,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate=learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def build(self, variables: list[Any]) -> None:
        """Make a mean and a variance for each variable."""
        if self.built:
            return
        super().build(variables)
        self._means, self._variances = self.add_optimizer_variables(variables, ["mean", "variance"])

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move one variable against its gradient."""
        ops, dtype = keras.ops, variable.dtype
        gradient, rate = ops.cast(gradient, dtype), ops.cast(learning_rate, dtype)
        step = ops.cast(self.iterations + 1, dtype)
        mean, variance = (one[self._get_variable_index(variable)] for one in (self._means, self._variances))
        self.assign_add(mean, (gradient - mean) * (1 - self.beta_1))
        self.assign_add(variance, (ops.square(gradient - mean) - variance) * (1 - self.beta_2) + self.epsilon)
        unbiased = mean / (1 - ops.power(ops.cast(self.beta_1, dtype), step))
        deviation = ops.sqrt(variance / (1 - ops.power(ops.cast(self.beta_2, dtype), step)))
        self.assign_sub(variable, rate * unbiased / (deviation + self.epsilon))
