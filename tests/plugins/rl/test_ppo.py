from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from automl.errors import AutomlError
from automl.fields import construct
from automl.plugin import Trial
from automl.training import Control
from automl.training.state import read, write
from automl_rl.actor_critic import Actor, Standardise, actor_critic
from automl_rl.heads import Categorical, Gaussian
from automl_rl.moments import Moments, RewardScale
from automl_rl.policy_learner import PolicyLearner, plan
from automl_rl.rollout import Play, Rollout, advantages
from automl_rl.surrogate import Rules, Samples, Surrogate, clipped, minibatches, standardised

pytest.importorskip("gymnasium", reason="the extra rl is not installed")

from automl.data.environments.gymnasium import Gymnasium
from automl_rl.ppo import PPO


def opened(env: str = "CartPole-v1", **fields: Any) -> Any:
    return Gymnasium("tiny", env, episodes=3, **fields).open(Path("unused"), 0)


def rollout(terminal: list[bool], ended: list[bool], final: list[Any] | None = None) -> Rollout:
    """Steps in one environment."""
    steps = len(ended)
    return Rollout(np.zeros((steps + 1, 1, 2)), np.zeros((steps, 1)), np.zeros((steps, 1)),
                   np.array(terminal)[:, None], np.array(ended)[:, None], final or [])  # fmt: skip


def column(*values: float) -> np.ndarray:
    return np.array(values)[:, np.newaxis]


def learn(plugin: PPO, data: Any, folder: Path, **training: Any) -> Trial:
    config = {"training": {"steps": 400, "epochs": 2, "episodes": 2, "environments": 2, **training}}
    trial = Trial(config, folder, seed=1, objective="val_return", direction="maximize")
    plugin.fit(data, trial)
    return trial


def test_advantages_are_those_made_by_hand() -> None:
    played = rollout([False, False, False], [False, False, False])
    found = advantages(played, column(1, 2, 3), column(10, 20, 30), column(20, 30, 40), 0.5, 0.8)
    errors = [1 + 0.5 * 20 - 10, 2 + 0.5 * 30 - 20, 3 + 0.5 * 40 - 30]
    last = errors[2]
    middle = errors[1] + 0.4 * last
    assert found[:, 0] == pytest.approx([errors[0] + 0.4 * middle, middle, last])


@pytest.mark.parametrize(("terminal", "expected"), [(True, 2.0 - 20.0), (False, 2.0 + 0.5 * 7.0 - 20.0)])
def test_a_cut_episode_goes_on_with_the_value_of_its_last_state_and_an_ended_one_with_none(
    terminal: bool, expected: float
) -> None:
    last = [] if terminal else [np.array([7.0, 0.0])]
    played = rollout([False, terminal, False], [False, True, False], last)
    values = column(10, 20, 30, 40)
    next_values = played.next_values(lambda seen: seen[:, 0], values)
    found = advantages(played, column(1, 2, 3), values[:-1], next_values, 0.5, 0.8)
    assert found[1, 0] == pytest.approx(expected)
    assert found[0, 0] == pytest.approx(1 + 0.5 * 20 - 10 + 0.4 * expected)
    assert found[2, 0] == pytest.approx(3 + 0.5 * 40 - 30)


class Countdowns:
    """Environments that show how many steps are left; the first is cut off, the second ends."""

    seen = np.array([[3.0], [3.0]])

    def step(self, actions: np.ndarray) -> Any:
        last = self.seen - 1.0
        over = last[:, 0] == 0.0
        self.seen = np.where(last == 0.0, 3.0, last)
        return last, np.ones(2), over & [False, True], over


def test_play_goes_on_where_it_stopped_and_keeps_what_was_seen_before_a_cut() -> None:
    play = Play(Countdowns(), Categorical(2), np.random.default_rng(0))  # type: ignore[arg-type]

    def act(seen: np.ndarray) -> np.ndarray:
        return np.zeros((len(seen), 2), np.float32)

    first, second = play(act, 2), play(act, 2)  # type: ignore[arg-type]
    assert first.observations[:, 0, 0].tolist() == [3.0, 2.0, 1.0]
    assert second.observations[:, 1, 0].tolist() == [1.0, 3.0, 2.0]
    assert not first.ended.any()
    assert second.ended.tolist() == [[True, True], [False, False]]
    assert second.terminal.tolist() == [[False, True], [False, False]]
    assert [seen.tolist() for seen in second.final] == [[0.0]]
    assert play.returns == [3.0, 3.0]


def test_the_clipped_objective_is_that_made_by_hand() -> None:
    ratio, advantage = tf.constant([0.5, 0.5, 1.5, 1.5, 1.1]), tf.constant([1.0, -1.0, 1.0, -1.0, 2.0])
    expected = -np.mean([0.5, -0.8, 1.2, -1.5, 2.2])
    assert float(clipped(ratio, advantage, 0.2)) == pytest.approx(expected)


def test_values_are_clipped_where_that_is_asked_for() -> None:
    arguments = tf.constant([1.0, 1.0]), tf.constant([0.0, 0.9]), tf.constant([2.0, 2.0])
    losses = {}
    for clip_values in (False, True):
        network = actor_critic((2,), Categorical(2), (1, 4, "tanh"), standardise=False)
        rules = Rules(0.2, clip_values, 0.5, 0.0)
        surrogate = Surrogate(network, Categorical(2), keras.optimizers.SGD(0.0), rules, jit=False)
        losses[clip_values] = float(surrogate._value_loss(*arguments))
    assert losses[False] == pytest.approx(0.5)
    assert losses[True] == pytest.approx(0.5 * np.mean([1.8**2, 1.0]))


def test_choices_have_the_chances_of_their_logits() -> None:
    head, logits = Categorical(3), np.log(np.array([[0.2, 0.3, 0.5]], np.float32))
    chances = tf.exp(head.log_probability(tf.constant(np.repeat(logits, 3, 0)), tf.constant([0, 1, 2])))
    assert chances.numpy() == pytest.approx([0.2, 0.3, 0.5])
    expected = -sum(chance * np.log(chance) for chance in (0.2, 0.3, 0.5))
    assert float(head.entropy(tf.constant(logits))[0]) == pytest.approx(expected)
    drawn = head.draw(np.repeat(logits, 20_000, 0), np.random.default_rng(0))
    assert np.bincount(drawn) / len(drawn) == pytest.approx([0.2, 0.3, 0.5], abs=0.02)


def test_values_in_a_box_have_the_density_of_their_normal_distributions() -> None:
    rng = np.random.default_rng(0)
    means, logs, actions = (rng.normal(size=(5, 2)).astype(np.float32) for _ in range(3))
    head = Gaussian([-1.0, 0.0], [1.0, 4.0])
    parameters = np.concatenate([means, logs], axis=1)
    deviations = np.exp(logs)
    density = np.exp(-0.5 * ((actions - means) / deviations) ** 2) / (deviations * np.sqrt(2 * np.pi))
    found = head.log_probability(tf.constant(parameters), tf.constant(actions)).numpy()
    assert found == pytest.approx(np.log(density).sum(axis=1), rel=1e-4)
    expected = (0.5 * np.log(2 * np.pi * np.e * deviations**2)).sum(axis=1)
    assert head.entropy(tf.constant(parameters)).numpy() == pytest.approx(expected, rel=1e-4)
    drawn = head.draw(np.repeat(parameters[:1], 50_000, 0), rng)
    assert drawn.mean(axis=0) == pytest.approx(means[0], abs=0.05)
    assert drawn.std(axis=0) == pytest.approx(deviations[0], rel=0.05)


def test_correlated_noise_is_as_wide_as_any_other_and_goes_on() -> None:
    head = Gaussian([-1.0], [1.0], 0.8)
    random, parameters = np.random.default_rng(0), np.zeros((2000, 2), np.float32)
    drawn = [head.draw(parameters, random) for _ in range(5)]
    for first, second in pairwise(drawn):
        assert second.std() == pytest.approx(1.0, abs=0.05)
        assert np.corrcoef(first[:, 0], second[:, 0])[0, 1] == pytest.approx(0.8, abs=0.03)
    state, generator = head.get_state(), random.bit_generator.state
    expected = head.draw(parameters, random)
    again = Gaussian([-1.0], [1.0], 0.8)
    again.set_state(state)
    random.bit_generator.state = generator
    assert (again.draw(parameters, random) == expected).all()


def test_actions_are_played_in_the_units_of_their_box() -> None:
    head = Gaussian([[-2.0, 0.0, -np.inf]], [[2.0, 10.0, 5.0]])
    actions = np.array([[0.0, 0.0, 0.0], [1.0, -1.0, 7.0], [-9.0, 0.5, -9.0]], np.float32)
    expected = [[[0.0, 5.0, 0.0]], [[2.0, 0.0, 5.0]], [[-2.0, 7.5, -9.0]]]
    assert head.played(actions).tolist() == expected
    inputs = keras.Input((6,))
    parameters = np.concatenate([actions, np.ones_like(actions)], axis=1)
    assert np.asarray(keras.Model(inputs, head.answer(inputs))(parameters)).tolist() == expected
    assert head.best(parameters).tolist() == expected


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (8, 8, 3)])
@pytest.mark.parametrize("head", [Categorical(3), Gaussian([-1.0] * 2, [1.0] * 2)], ids=["choice", "box"])
def test_the_actor_acts_as_its_network(head: Any, shape: tuple[int, ...], activation: str) -> None:
    network = actor_critic(shape, head, (2, 8, activation), standardise=True)
    for layer in network.layers:
        if isinstance(layer, Standardise):
            moments = Moments()
            moments.update(np.random.default_rng(1).normal(3.0, 2.0, (50, *shape)))
            layer.take(moments)
    actor = Actor(network)
    seen = np.random.default_rng(0).normal(3.0, 2.0, (4, *shape))
    np.testing.assert_allclose(actor(seen), network(seen.astype(np.float32))[0], rtol=1e-4, atol=1e-5)
    network.set_weights([weight + 0.1 for weight in network.get_weights()])
    actor.refresh()
    np.testing.assert_allclose(actor(seen), network(seen.astype(np.float32))[0], rtol=1e-4, atol=1e-5)


def test_moments_are_those_of_all_batches_together() -> None:
    rng = np.random.default_rng(0)
    batches = [rng.normal(5.0, 3.0, (count, 2)) for count in (7, 1, 40)]
    moments = Moments()
    for batch in batches:
        moments.update(batch)
    everything = np.concatenate(batches)
    assert moments.mean == pytest.approx(everything.mean(axis=0))
    assert moments.variance == pytest.approx(everything.var(axis=0))


def test_rewards_are_scaled_by_the_deviation_of_their_discounted_sums() -> None:
    scale = RewardScale(1, 0.5)
    rewards, ended = column(4.0, 2.0, 8.0), np.array([[False], [True], [False]])
    sums = [4.0, 4.0, 8.0]
    assert scale(rewards, ended) == pytest.approx(rewards / np.std(sums), rel=1e-6)
    again = scale(column(2.0), np.array([[False]]))
    assert again[0, 0] == pytest.approx(2.0 / np.std([*sums, 6.0]), rel=1e-6)
    constant = RewardScale(1, 0.0)(column(1.0, 1.0), np.array([[False], [False]]))
    assert np.isfinite(constant).all()


def test_every_pass_takes_every_sample_once() -> None:
    order = minibatches(60, 16, 3, np.random.default_rng(0))
    assert order.shape == (12, 15)
    for rows in order.reshape(3, 60):
        assert sorted(rows) == list(range(60))
    assert minibatches(10, 64, 2, np.random.default_rng(0)).shape == (2, 10)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Control(steps=100_000, epochs=20, environments=8), (5, 125)),
        (Control(steps=100_000, epochs=20, environments=500), (5, 2)),
        (Control(steps=2_000_000, epochs=20, environments=16), (98, 63)),
        (Control(steps=100, epochs=20, environments=8), (1, 1)),
    ],
)
def test_rollouts_fit_into_epochs(settings: Control, expected: tuple[int, int]) -> None:
    assert plan(settings, 1024) == expected


def test_advantages_of_a_step_are_standardised() -> None:
    assert standardised(tf.constant([1.0, 2.0, 3.0])).numpy() == pytest.approx([-1.2247, 0, 1.2247], abs=1e-4)
    assert standardised(tf.constant([4.0])).numpy().tolist() == [0.0]


def test_improving_makes_good_actions_likelier_and_values_truer() -> None:
    head = Categorical(2)
    network = actor_critic((2,), head, (1, 16, "tanh"), standardise=False)
    surrogate = Surrogate(network, head, keras.optimizers.Adam(1e-2), Rules(0.2, False, 0.5, 0.0), jit=False)
    rng = np.random.default_rng(0)
    seen, actions = rng.normal(size=(64, 2)).astype(np.float32), rng.integers(2, size=64)
    samples = Samples(seen, actions, (actions - 0.5).astype(np.float32), np.full(64, 3.0, np.float32))
    before = tf.nn.softmax(network(seen)[0])[:, 1].numpy().mean()
    told = surrogate.improve(samples, minibatches(64, 16, 10, rng))
    after = tf.nn.softmax(network(seen)[0])[:, 1].numpy().mean()
    assert before == pytest.approx(0.5, abs=0.02)
    assert after > before + 0.05
    assert abs(surrogate.values(seen).mean() - 3.0) < 2.5
    assert told["kl"] > 0.0
    assert told["entropy"] < np.log(2.0)


@pytest.mark.parametrize("env", ["CartPole-v1", "Pendulum-v1"])
def test_the_saved_model_takes_raw_observations_and_returns_actions(tmp_path: Path, env: str) -> None:
    data = opened(env)
    plugin = PPO(1, 8, rollout=64)
    trial = learn(plugin, data, tmp_path)
    assert {"loss", "entropy", "kl", "val_return", "steps_per_second"} <= set(trial.history[-1])
    plugin.save(tmp_path / "plugin")
    seen = data.test.examples(50)
    model = keras.saving.load_model(tmp_path / "plugin" / "model.keras", compile=False)
    moments = model.get_layer("standardise").get_weights()
    assert moments[0] == pytest.approx(data.train.arrays()[0].mean(axis=0), abs=1.0)
    assert (np.abs(moments[1] - 1.0) > 1e-3).all()
    actions = PPO.load(tmp_path / "plugin").predict(seen)
    np.testing.assert_allclose(actions, plugin.predict(seen), rtol=1e-5)
    if env == "CartPole-v1":
        assert actions.shape == (50,)
        assert set(actions) <= {0, 1}
    else:
        assert actions.shape == (50, 1)
        assert np.abs(actions).max() <= 2.0


def test_everything_can_be_switched(tmp_path: Path) -> None:
    plugin = PPO(1, 8, "relu", 64, 2, clip_values=True, entropy=0.01, normalise_observations=False,
                 normalise_rewards=False)  # fmt: skip
    learn(plugin, opened("MountainCarContinuous-v0"), tmp_path)
    assert np.isfinite(plugin.predict(opened("MountainCarContinuous-v0").test.examples(3))).all()


def test_cartpole_is_learned_in_a_moment(tmp_path: Path) -> None:
    trial = learn(PPO(), opened(), tmp_path, steps=20_000, epochs=4, environments=8, episodes=10, learning_rate=1e-3)
    assert max(row["val_return"] for row in trial.history) > 195


@pytest.mark.parametrize(
    ("field", "value"),
    [("layers", 0), ("rollout", 0), ("passes", 0), ("gamma", 1.1), ("gae_lambda", -0.1), ("correlation", 1.0),
     ("clip", 0.0), ("entropy", -0.01)],
)  # fmt: skip
def test_fields_out_of_range_are_refused(field: str, value: Any) -> None:
    with pytest.raises(AutomlError, match=rf"model.{field}: .* Received: {value}"):
        construct(PPO, {field: value}, "model")


def test_a_learner_goes_on_to_the_last_digit(tmp_path: Path) -> None:
    data, settings = opened("Pendulum-v1"), Control(steps=300, epochs=3, episodes=2, environments=2)

    def made() -> PolicyLearner:
        return PolicyLearner(PPO(1, 8, rollout=64), data, 1, settings)

    def told(learner: PolicyLearner, number: int) -> dict[str, float]:
        return {name: value for name, value in learner.epoch(number).items() if name != "steps_per_second"}

    first, second = made(), made()
    first.epoch(1)
    state = deepcopy(read(first.state()))
    expected = [told(first, number) for number in (2, 3)]
    write(second.state(), state)
    assert [told(second, number) for number in (2, 3)] == expected
