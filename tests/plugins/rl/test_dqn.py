from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from automl.errors import AutomlError
from automl.plugin import Trial
from automl_rl.learner import QLearning, Rules, project
from automl_rl.networks import Dueling, NoisyDense
from automl_rl.replay import Replay, Steps, Transition

pytest.importorskip("gymnasium", reason="the extra rl is not installed")

from automl.data.environments.gymnasium import Gymnasium
from automl_rl.dqn import DQN

SWITCHES = {"double": True, "dueling": True, "steps": 3, "prioritised": True, "noisy": True, "distributional": True}


def opened(env: str = "CartPole-v1", **fields: Any) -> Any:
    return Gymnasium("tiny", env, episodes=3, **fields).open(Path("unused"), 0)


def table(rows: list[list[float]]) -> keras.Model:
    """A network whose values are a table: observation i, one-hot, has the values of row i."""
    inputs = keras.Input((len(rows),))
    dense = keras.layers.Dense(len(rows[0]), use_bias=False)
    model = keras.Model(inputs, keras.layers.Reshape((-1, 1))(dense(inputs)))
    dense.set_weights([np.array(rows, np.float32)])
    return model


@pytest.mark.parametrize(("double", "expected"), [(False, 1.0 + 0.9 * 7.0), (True, 1.0 + 0.9 * 3.0)])
def test_targets_are_those_made_by_hand(double: bool, expected: float) -> None:
    online, target = table([[0.0, 0.0], [5.0, 1.0]]), table([[0.0, 0.0], [3.0, 7.0]])
    learner = QLearning(online, target, keras.optimizers.SGD(0.0), Replay(4, (2,), "float32", 0.0, 0),
                      Rules(double, 0.0, 1.0, 99, 2))  # fmt: skip
    target.set_weights([np.array([[0.0, 0.0], [3.0, 7.0]], np.float32)])
    state, after = np.eye(2, dtype=np.float32)[[0, 0]], np.eye(2, dtype=np.float32)[[1, 1]]
    batch = Transition(tf.constant(state), tf.constant([0, 1]), tf.constant([1.0, 1.0]), tf.constant([0.9, 0.0]),
                       tf.constant(after))  # fmt: skip
    targets = learner._targets(batch).numpy()[:, 0]
    assert targets == pytest.approx([expected, 1.0])


def test_the_target_network_waits_for_its_turn() -> None:
    online, target = table([[1.0, 2.0]]), table([[0.0, 0.0]])
    replay = Replay(8, (1,), "float32", 0.0, 0)
    replay.add([Transition(np.ones(1), 0, 5.0, 0.0, np.ones(1))] * 4)
    learner = QLearning(online, target, keras.optimizers.SGD(0.1), replay, Rules(False, 0.0, 1.0, 3, 4))
    start = online.get_weights()[0].copy()
    learner.learn(2, 1.0)
    assert (target.get_weights()[0] == start).all()
    assert (online.get_weights()[0] != start).any()
    learner.learn(1, 1.0)
    assert (target.get_weights()[0] == online.get_weights()[0]).all()


def test_advantages_have_zero_mean() -> None:
    rng = np.random.default_rng(0)
    value, advantages = rng.normal(size=(5, 1, 3)), rng.normal(size=(5, 4, 3))
    outputs = np.asarray(Dueling()([value.astype(np.float32), advantages.astype(np.float32)]))
    assert (outputs - value).mean(axis=1) == pytest.approx(0, abs=1e-6)
    assert outputs.mean(axis=1) == pytest.approx(value[:, 0], abs=1e-6)


def test_steps_add_up_and_end_with_their_episode() -> None:
    steps = Steps(3, 0.5)
    made: list[Transition] = []
    for number in range(4):
        ended = number == 3
        made += steps.add(number, number, 2.0**number, number + 1, terminal=ended, ended=ended)
    told = [(one.observation, one.reward, one.discount, one.next_observation) for one in made]
    assert told == [(0, 3.0, 0.125, 3), (1, 6.0, 0.0, 4), (2, 8.0, 0.0, 4), (3, 8.0, 0.0, 4)]
    cut = list(steps.add(9, 0, 1.0, 10, terminal=False, ended=True))
    assert [(one.reward, one.discount) for one in cut] == [(1.0, 0.5)]


def test_priorities_are_how_often_transitions_are_drawn() -> None:
    replay = Replay(8, (1,), "float32", 0.5, 1)
    replay.add([Transition(np.full(1, row), row, 0.0, 1.0, np.zeros(1)) for row in range(4)])
    errors = tf.constant([1.0, 4.0, 9.0, 16.0])
    replay.revalue(tf.range(4), errors)
    drawn = np.concatenate([replay.draw(32, 0.5)[0].numpy() for _ in range(300)])
    assert np.bincount(drawn, minlength=4) / len(drawn) == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=0.01)
    rows, batch, weights = replay.draw(64, 1.0)
    assert (batch.action.numpy() == rows.numpy()).all()
    expected = 1.0 / np.array([0.1, 0.2, 0.3, 0.4])[rows.numpy()]
    assert weights.numpy() == pytest.approx(expected / expected.max(), rel=1e-3)


def test_the_oldest_transitions_give_way() -> None:
    replay = Replay(4, (1,), "float32", 0.0, 0)
    for start in (0, 3):
        replay.add([Transition(np.zeros(1), start + row, 0.0, 1.0, np.zeros(1)) for row in range(3)])
    assert len(replay) == 4
    assert set(replay.draw(200, 1.0)[1].action.numpy()) == {2, 3, 4, 5}


def test_a_projected_distribution_keeps_mass_and_mean() -> None:
    chances = tf.nn.softmax(tf.random.stateless_normal((6, 21), (1, 2)))
    reward, discount = tf.constant([[0.3]] * 6), tf.constant([[0.9]] * 6)
    projected = project(chances, reward, discount, -10.0, 10.0).numpy()
    support = np.linspace(-10, 10, 21)
    assert projected.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert projected @ support == pytest.approx(0.3 + 0.9 * chances.numpy() @ support, abs=1e-4)
    done = project(chances, tf.constant([[2.0]] * 6), tf.zeros((6, 1)), -10.0, 10.0).numpy()
    assert done.argmax(axis=1).tolist() == [12] * 6


def test_noise_is_there_while_training_only() -> None:
    layer, inputs = NoisyDense(3), np.ones((2, 4), np.float32)
    assert (np.asarray(layer(inputs)) == np.asarray(layer(inputs))).all()
    assert (np.asarray(layer(inputs, training=True)) != np.asarray(layer(inputs, training=True))).any()


@pytest.mark.parametrize("switches", [{}, *({key: value} for key, value in SWITCHES.items()), SWITCHES], ids=str)
def test_every_switch_learns_and_comes_back_from_disk(tmp_path: Path, switches: dict[str, Any]) -> None:
    data = opened()
    plugin = DQN(1, 16, warmup=64, train_every=64, gradient_steps=8, **switches)
    running = Trial({"training": {"steps": 400, "epochs": 2, "episodes": 2}}, tmp_path, seed=1, objective="val_return",
                    direction="maximize")  # fmt: skip
    result = plugin.fit(data, running)
    assert {"loss", "val_return", "epsilon", "steps_per_second"} <= set(result.metrics)
    plugin.save(tmp_path / "plugin")
    seen = data.test.examples(5)
    actions = plugin.predict(seen)
    assert actions.shape == (5,)
    assert set(actions) <= {0, 1}
    assert (DQN.load(tmp_path / "plugin").predict(seen) == actions).all()


def test_an_episode_is_recorded(tmp_path: Path) -> None:
    pytest.importorskip("pygame")
    data = opened()
    plugin = DQN(1, 8, train_every=64, warmup=64, gradient_steps=1)
    training = {"steps": 100, "epochs": 1, "episodes": 1}
    plugin.fit(data, Trial({"training": training}, tmp_path, objective="val_return", direction="maximize"))
    plugin.artifacts(data, tmp_path)
    with Image.open(tmp_path / "episode.gif") as image:
        assert image.n_frames > 1  # type: ignore[attr-defined]


def test_boxes_of_actions_are_refused_or_brought_to_bins(tmp_path: Path) -> None:
    with pytest.raises(AutomlError, match=r"model=dqn chooses among actions; those of Pendulum-v1 lie in a box. Set"):
        DQN().prepare(opened("Pendulum-v1").spec, {})
    data = opened("Pendulum-v1", bins=5)
    assert data.spec.details["actions"] == 5
    assert DQN(1, 8).prepare(data.spec, {}) > 0


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ("CartPol-v1", "data.env: there is no environment 'CartPol-v1'. Did you mean: CartPole-v1"),
        (None, "data.env: the id of an environment is needed, such as CartPole-v1. Received: null."),
        ("LunarLander-v3", "data.env: LunarLander-v3 needs more than is installed"),
    ],
)
def test_environments_that_cannot_be_had_are_refused(env: Any, message: str) -> None:
    try:
        import Box2D  # noqa: F401

        pytest.skip("everything is installed")
    except ModuleNotFoundError:
        pass
    with pytest.raises(AutomlError) as error:
        opened(env)
    assert message in str(error.value)


def test_parts_have_seeds_of_their_own() -> None:
    data = opened()
    seeds = [part.seed for part in (data.train, data.validation, data.test)]
    assert len(set(seeds)) == 3
    assert min(np.diff(seeds)) > 10_000
    again = data.validation.returns(lambda seen: np.zeros(len(seen), int), 3)
    assert (again == data.validation.returns(lambda seen: np.zeros(len(seen), int), 3)).all()
    assert 8 < data.test.random_return() < 60


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from automl.registry import Group, entry

    monkeypatch.delitem(sys.modules, "automl.data.environments.gymnasium", raising=False)
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    with pytest.raises(
        AutomlError, match=r"needs the package 'gymnasium'. Install the extra: pip install 'automl\[rl\]'"
    ):
        entry(Group.DATASETS, "gymnasium").load()
