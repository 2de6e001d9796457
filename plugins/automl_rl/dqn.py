"""Deep Q-networks, up to Rainbow."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from automl.config.fields import construct
from automl.errors import ConfigError
from automl.plugin import Result, Trial, TrialFailed
from automl.training import Best, Control, Course, KerasModel
from automl_rl.episode import record
from automl_rl.learner import Learner, Rules
from automl_rl.networks import Expectation, action_values, trunk
from automl_rl.play import Greedy, Play
from automl_rl.replay import Replay

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, DataSpec

_ALPHA = 0.5
"""The exponent of priorities in Hessel et al. (2018), table 1."""


@dataclass
class DQN(KerasModel):
    """A deep Q-network (Mnih et al. 2015) with the extensions of Rainbow (Hessel et al. 2018) as switches.

    Attributes:
        layers: Hidden layers.
        width: Units of a hidden layer.
        double: Double Q-learning (van Hasselt et al. 2016).
        dueling: Value and advantage apart (Wang et al. 2016).
        steps: Steps of a return (Sutton 1988); 1 for plain Q-learning.
        prioritised: Replay by priority (Schaul et al. 2016).
        noisy: Noisy layers instead of random actions (Fortunato et al. 2018).
        distributional: Distributions of returns over ``atoms`` (Bellemare et al. 2017).
        atoms: How many.
        low: Least return that a distribution holds.
        high: Greatest return that it holds.
        gamma: Discount of a step.
        memory: Transitions that are kept.
        warmup: Environment steps before learning begins.
        train_every: Environment steps between stretches of learning.
        gradient_steps: Gradient steps in a stretch.
        target_every: Gradient steps after which the target network is renewed.
        exploration: Share of all steps over which the chance of a random action falls from 1.
        epsilon: The chance that is left then.
    """

    layers: int = 2
    width: int = 256
    double: bool = False
    dueling: bool = False
    steps: int = 1
    prioritised: bool = False
    noisy: bool = False
    distributional: bool = False
    atoms: int = 51
    low: float = 0.0
    high: float = 100.0
    gamma: float = 0.99
    memory: int = 100_000
    warmup: int = 1000
    train_every: int = 256
    gradient_steps: int = 128
    target_every: int = 128
    exploration: float = 0.16
    epsilon: float = 0.04

    def __post_init__(self) -> None:
        for key in ("layers", "width", "steps", "memory", "train_every", "gradient_steps", "target_every"):
            if getattr(self, key) < 1:
                raise ConfigError(f"model.{key}: expected at least 1. Received: {getattr(self, key)}.")
        if not 0.0 < self.gamma <= 1.0:
            raise ConfigError(f"model.gamma: expected above 0 to 1. Received: {self.gamma}.")
        if self.distributional and (self.low >= self.high or self.atoms < 2):
            raise ConfigError(
                f"model.low: a distribution needs low below high, and two atoms. Received: low={self.low},"
                f" high={self.high}, atoms={self.atoms}."
            )

    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        """See ``ModelPlugin.prepare``."""
        settings = _settings(training)
        for key in ("steps", "epochs", "episodes", "environments", "batch_size"):
            if getattr(settings, key) < 1:
                raise ConfigError(f"training.{key}: expected at least 1. Received: {getattr(settings, key)}.")
        if spec.details["actions"] is None:
            raise ConfigError(
                f"model=dqn chooses among actions; those of {spec.details['env']} lie in a box. Set data.bins=<n>."
            )
        parameters: int = self.build(spec).count_params()
        keras.backend.clear_session()
        return parameters

    def build(self, spec: DataSpec) -> keras.Model:
        """The network, from observations to (batch, actions, atoms)."""
        inputs = keras.Input(spec.input.shape, name="inputs")
        x = trunk(inputs, self.layers, self.width, noisy=self.noisy)
        atoms = self.atoms if self.distributional else 1
        outputs = action_values(x, spec.details["actions"], atoms, dueling=self.dueling, noisy=self.noisy)
        return keras.Model(inputs, outputs, name="dqn")

    def fit(self, data: Dataset, trial: Trial) -> Result:
        """See ``ModelPlugin.fit``; the objective is the mean return of greedy episodes on validation seeds."""
        settings = _settings(trial.training)
        keras.utils.set_random_seed(trial.seed)
        network, target = self.build(data.spec), self.build(data.spec)
        greedy = Greedy(network, self.low, self.high)
        best = Best(trial.objective, trial.direction, settings.patience, latest=True)
        play = Play(self, data, trial.seed, settings, network, self._learner(network, target, data, trial, settings))
        trial.mark("fit")
        for epoch in range(1, settings.epochs + 1):
            began = time.perf_counter()
            metrics = play.until(settings.steps * epoch // settings.epochs)
            trained = time.perf_counter() - began
            if not math.isfinite(metrics["loss"]):
                raise TrialFailed("nan", f"The training loss became {metrics['loss']} in epoch {epoch}.")
            metrics["val_return"] = float(data.validation.returns(greedy, settings.episodes).mean())  # type: ignore[attr-defined]
            metrics["steps_per_second"] = settings.steps / settings.epochs / trained
            metrics["seconds"] = time.perf_counter() - began
            best.update(epoch, metrics, network)
            trial.report(epoch, **metrics)
            if trial.should_stop or best.exhausted(epoch):
                break
        play.close()
        best.restore(network)
        self._keep(self._valued(network), data.spec)
        return Result(best.metrics, best.step, len(trial.history), network.count_params())

    def evaluate(self, part: Any) -> dict[str, float]:
        """Mean and deviation of the returns of greedy episodes."""
        returns = part.returns(lambda observations: self.predict(observations).argmax(axis=1), part.episodes)
        return {"return": float(returns.mean()), "return_deviation": float(returns.std())}

    def artifacts(self, data: Dataset, folder: Path) -> None:
        """Record a greedy episode: ``episode.gif``."""
        record(data.test, lambda observations: self.predict(observations).argmax(axis=1), folder / "episode.gif")

    def _valued(self, network: keras.Model) -> keras.Model:
        """The network with values (batch, actions) for outputs."""
        return keras.Model(network.input, Expectation(self.low, self.high, name="values")(network.output))

    def _learner(
        self, network: keras.Model, target: keras.Model, data: Dataset, trial: Trial, settings: Control
    ) -> tuple[Learner, Replay]:
        shape = data.spec.input.shape
        alpha = _ALPHA if self.prioritised else 0.0
        capacity = min(self.memory, settings.steps + settings.environments)
        replay = Replay(capacity, shape, data.spec.input.dtype, alpha, trial.seed)  # type: ignore[arg-type]
        course = Course(settings, settings.steps * self.gradient_steps // self.train_every)
        optimizer = keras.optimizers.Adam(course, global_clipnorm=settings.clip_norm)
        rules = Rules(self.double, self.low, self.high, self.target_every, settings.batch_size)
        return Learner(network, target, optimizer, replay, rules), replay


def _settings(training: Mapping[str, Any]) -> Control:
    return construct(Control, {key: value for key, value in training.items() if key != "name"}, "training")
