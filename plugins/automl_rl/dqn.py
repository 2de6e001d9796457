"""Deep Q-networks, up to Rainbow."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from automl.config.fields import construct
from automl.errors import ConfigError
from automl.plugin import Result, Trial, TrialFailed
from automl.training import Best, Control, Course, KerasModel
from automl_rl.episode import record
from automl_rl.learner import Learner, Rules
from automl_rl.networks import Expectation, action_values, trunk
from automl_rl.replay import Replay, Steps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, DataSpec

_ALPHA, _BETA = 0.5, 0.4
"""Exponents of prioritised replay in Hessel et al. (2018), table 1; the second rises to 1."""


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
        play = _Play(self, data, trial.seed, settings, network, self._learner(network, target, data, trial, settings))
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


class Greedy:
    """The actions that a network values most, in one call into the graph.

    Args:
        network: From observations to (batch, actions, atoms).
        low: The first atom.
        high: The last atom.
        training: Whether noisy layers are to be noisy.
    """

    def __init__(self, network: keras.Model, low: float, high: float, *, training: bool = False) -> None:
        expect = Expectation(low, high)

        def act(observations: tf.Tensor) -> tf.Tensor:
            outputs = network(tf.cast(observations, tf.float32), training=training)
            return tf.argmax(expect(outputs), axis=1)

        self._act = tf.function(act, autograph=False, reduce_retracing=True)

    def __call__(self, observations: np.ndarray) -> np.ndarray:
        """Actions (n,) for observations (n, ...)."""
        actions: np.ndarray = self._act(tf.constant(observations)).numpy()
        return actions


class _Play:
    """Acting and learning by turns, over environments side by side."""

    def __init__(
        self,
        plugin: DQN,
        data: Dataset,
        seed: int,
        settings: Control,
        network: keras.Model,
        learner: tuple[Learner, Replay],
    ) -> None:
        self._plugin = plugin
        self._settings = settings
        self._learner, self._replay = learner
        self._act = Greedy(network, plugin.low, plugin.high, training=plugin.noisy)
        self._random = np.random.default_rng(seed)
        part: Any = data.train
        self._environments = part.environments(settings.environments)
        self._seen, _ = self._environments.reset(seed=[part.seed + seed + n for n in range(settings.environments)])
        self._actions = data.spec.details["actions"]
        self._steps = [Steps(plugin.steps, plugin.gamma) for _ in range(settings.environments)]
        self._sums = np.zeros(settings.environments)
        self._fresh: list[Any] = []
        self._taken = 0
        self._learned = 0

    def until(self, most: int) -> dict[str, float]:
        """Play until so many steps are taken in all; mean loss and mean return of the episodes that ended."""
        losses, returns = [], []
        while self._taken < most:
            returns += self._step()
            if self._taken >= self._learned + self._plugin.train_every:
                self._learned = self._taken
                self._replay.add(self._fresh)
                self._fresh = []
                if self._taken >= self._plugin.warmup:
                    share = self._taken / self._settings.steps
                    losses.append(self._learner.learn(self._plugin.gradient_steps, _BETA + (1.0 - _BETA) * share))
        told = {"loss": float(np.mean(losses)) if losses else 0.0, "epsilon": self._epsilon(), "steps": self._taken}
        return told | ({"return": float(np.mean(returns))} if returns else {})

    def close(self) -> None:
        """Close the environments."""
        self._environments.close()

    def _epsilon(self) -> float:
        """The chance of a random action; noisy layers explore by themselves once learning has begun."""
        if self._plugin.noisy:
            return 1.0 if self._taken < self._plugin.warmup else 0.0
        way = self._taken / max(1.0, self._plugin.exploration * self._settings.steps)
        return max(self._plugin.epsilon, 1.0 - way * (1.0 - self._plugin.epsilon))

    def _step(self) -> list[float]:
        """One step in every environment; the returns of the episodes that it ended."""
        count = len(self._seen)
        drawn = self._random.random(count) < self._epsilon()
        actions = self._random.integers(self._actions, size=count)
        if not drawn.all():
            actions = np.where(drawn, actions, self._act(self._seen))
        following, rewards, terminal, cut, about = self._environments.step(actions)
        ended = terminal | cut
        for number in range(count):
            last = about["final_obs"][number] if ended[number] else following[number]
            self._fresh += self._steps[number].add(
                self._seen[number], actions[number], float(rewards[number]), last,
                terminal=bool(terminal[number]), ended=bool(ended[number]),
            )  # fmt: skip
        self._seen = following
        self._taken += count
        self._sums += rewards
        returns: list[float] = self._sums[ended].tolist()
        self._sums[ended] = 0.0
        return returns


def _settings(training: Mapping[str, Any]) -> Control:
    return construct(Control, {key: value for key, value in training.items() if key != "name"}, "training")
