"""The epoch driver: what it reports and keeps, and how a trial goes on, over learners that need no network."""

from __future__ import annotations

import math
import random
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from automl.checkpoint import CheckpointError
from automl.plugin import CHECKPOINT, Decision, Pruned, Trial, TrialFailed
from automl.training import Learner, Phase, fit
from automl.training.state import read, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class Walk(Learner):
    """Two networks, two optimizers, an average and every kind of random number, as rivals and diffusion have them."""

    def __init__(self, values: Sequence[float] = ()) -> None:
        self.values = values
        self.networks = [keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]) for _ in range(2)]
        self.optimizers = [keras.optimizers.Adam(0.1), keras.optimizers.SGD(0.1, momentum=0.9)]
        for network, optimizer in zip(self.networks, self.optimizers, strict=True):
            optimizer.build(network.trainable_variables)
        self.average = tf.Variable(tf.zeros((3, 2)))
        self.numbers = np.random.default_rng(1)
        self.draws = tf.random.Generator.from_seed(1)
        self.begun: list[int] = []

    def begin(self, phase: Phase) -> None:
        self.begun.append(phase.epochs)

    def epoch(self, number: int) -> dict[str, float]:
        noise = float(self.numbers.normal()) + float(self.draws.normal(())) + float(keras.random.normal(()))
        noise += random.random() + float(np.random.rand())  # noqa: NPY002 - a foreign plugin may
        for network, optimizer in zip(self.networks, self.optimizers, strict=True):
            gradients = [tf.ones(weight.shape) * noise for weight in network.trainable_variables]
            optimizer.apply(gradients, network.trainable_variables)
        self.average.assign(0.9 * self.average + 0.1 * self.networks[0].weights[0])
        score = self.values[number - 1] if self.values else noise
        return {"loss": noise, "val_score": score}

    def state(self) -> Mapping[str, Any]:
        return {
            "networks": self.networks,
            "optimizers": self.optimizers,
            "average": self.average,
            "random": [self.numbers, self.draws],
        }

    def weights(self) -> Sequence[np.ndarray]:
        weights: list[np.ndarray] = self.networks[0].get_weights()
        return weights

    def restore(self, weights: Sequence[np.ndarray]) -> None:
        self.networks[0].set_weights(weights)


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return Trial({}, tmp_path, seed=3, objective="val_score", direction="maximize", seconds=0.0)


def ran(trial: Trial, phases: Any = 6, patience: int | None = None, **fields: Any) -> tuple[Walk, Trial]:
    keras.utils.set_random_seed(trial.seed)
    learner, running = Walk(fields.pop("values", ())), replace(trial, history=[], notes=[], **fields)
    fit(learner, running, phases, patience)
    return learner, running


def killed(last: int) -> Any:
    def answer(step: int, metrics: Mapping[str, float]) -> Decision:
        if step > last:
            raise KeyboardInterrupt
        return Decision.CONTINUE

    return answer


def steps(trial: Trial) -> list[tuple[float, float]]:
    return [(row["step"], row["val_score"]) for row in trial.history]


@pytest.mark.parametrize("last", [1, 2, 3, 4, 5])
def test_a_trial_goes_on_as_if_it_had_never_been_cut(trial: Trial, last: int) -> None:
    phases = [Phase(2), Phase(3), Phase(1)]
    learner, whole = ran(trial, phases)
    with pytest.raises(KeyboardInterrupt):
        ran(trial, phases, answer=killed(last))
    again, resumed = ran(trial, phases, resume=True)
    assert steps(resumed) == steps(whole)
    assert len(whole.history) == 6
    for mine, its in zip(again.networks, learner.networks, strict=True):
        for one, other in zip(mine.get_weights(), its.get_weights(), strict=True):
            np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(again.average, learner.average)


def test_a_phase_that_was_entered_is_entered_again_without_the_best_weights(trial: Trial) -> None:
    entered: list[str] = []
    phases = [Phase(2), Phase(3, begin=lambda: entered.append("second"))]
    with pytest.raises(KeyboardInterrupt):
        ran(trial, phases, answer=killed(3))
    again, _ = ran(trial, phases, resume=True)
    assert entered == ["second"] * 2
    assert again.begun == [2, 3]


def test_patience_is_counted_on(trial: Trial) -> None:
    values = [0.1, 0.5, 0.4, 0.3, 0.2, 0.1]
    _, whole = ran(trial, 6, 3, values=values)
    assert len(whole.history) == 5
    with pytest.raises(KeyboardInterrupt):
        ran(trial, 6, 3, values=values, answer=killed(3))
    _, resumed = ran(trial, 6, 3, values=values, resume=True)
    assert steps(resumed) == steps(whole)


def test_a_trial_that_another_goes_on_from_leaves_a_checkpoint_wherever_it_ends(trial: Trial) -> None:
    values = [0.1, 0.5, 0.4, 0.3, 0.2, 0.1]
    for until, last in ((3, 3), (5, 4)):
        ran(trial, 6, 2, values=values, until=until, seconds=99.0)
        for again in (until, None):  # killed after its last epoch, or gone on with
            _, running = ran(trial, 6, 2, values=values, until=again, seconds=99.0, resume=True)
            assert len(running.history) == (last if again else 4)
    (trial.dir / CHECKPOINT).unlink()
    ran(trial, 6, 2, values=values, seconds=99.0)
    assert not (trial.dir / CHECKPOINT).exists()


def test_patience_ends_a_phase_and_not_the_trial(trial: Trial) -> None:
    learner, running = ran(trial, [Phase(9), Phase(9)], 2, values=[0.5, 0.4, 0.3, 0.45, 0.4, 0.3, 0.3])
    assert learner.begun == [9, 9]
    assert len(running.history) == 5


def test_of_equal_epochs_the_later_is_kept(trial: Trial) -> None:
    keras.utils.set_random_seed(1)
    assert fit(Walk([0.2, 0.7, 0.7, 0.1]), trial, 4, None).best_step == 3


def test_a_trial_that_keeps_its_last_epoch_is_ended_by_its_number_alone(trial: Trial) -> None:
    values = [0.5, 0.9, 0.1, 0.1, 0.1, 0.2]
    running = replace(trial, until=5, keep_last=True)
    result = fit(Walk(values), running, 6, 1)
    assert (result.best_step, result.steps, result.metrics["val_score"]) == (5, 5, 0.1)
    with pytest.raises(NotImplementedError, match="trained in phases"):
        fit(Walk(values), replace(trial, keep_last=True), [Phase(2), Phase(2)], None)


def test_a_loss_of_any_name_that_is_not_finite_fails_the_trial(trial: Trial) -> None:
    class Lost(Walk):
        def epoch(self, number: int) -> dict[str, float]:
            return {"val_score": 0.0, "critic_loss": math.inf}

    with pytest.raises(TrialFailed, match=r"The critic_loss became inf in epoch 1\.") as error:
        fit(Lost(), trial, 3, None)
    assert error.value.kind == "nan"


def test_a_damaged_checkpoint_is_told_and_the_trial_begins_anew(trial: Trial) -> None:
    _, whole = ran(trial)
    path = trial.dir / CHECKPOINT
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.warns(UserWarning, match=r"is damaged \(.+\)\. The trial begins anew\."):
        _, resumed = ran(trial, resume=True)
    assert steps(resumed) == steps(whole)
    assert len(resumed.notes) == 1


def test_no_changed_bit_goes_unseen(trial: Trial) -> None:
    """Whatever byte of a checkpoint changes, reading it gives what was written, or says that it cannot."""
    state = {
        "numbers": np.arange(200.0),
        "text": "x",
        "ints": [2**100, None, math.inf],
        "scalar": np.float32(0.1),
    }
    trial.checkpoint(lambda: state)
    path = trial.dir / CHECKPOINT
    content, rng = path.read_bytes(), np.random.default_rng(0)
    for place in rng.integers(len(content), size=300):
        changed = bytearray(content)
        changed[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(changed)
        fresh = replace(trial, resume=True, history=[], notes=[])
        with warnings.catch_warnings(action="ignore"):
            found = fresh.restore()
        if found is None:
            assert "begins anew" in fresh.notes[0]
            continue
        np.testing.assert_array_equal(found["numbers"], state["numbers"])
        assert found["text"] == "x"
        assert found["ints"] == state["ints"]
        assert found["scalar"] == state["scalar"]


def test_a_checkpoint_of_another_configuration_is_refused(trial: Trial) -> None:
    ran(trial)
    other = replace(trial, config={"training": {"batch_size": 7}}, resume=True)
    with pytest.warns(UserWarning, match=r"was made by another configuration\. The trial begins anew\."):
        assert other.restore() is None


def test_a_checkpoint_of_other_code_is_refused(trial: Trial) -> None:
    ran(trial)

    class Wider(Walk):
        def __init__(self) -> None:
            super().__init__()
            self.average = tf.Variable(tf.zeros((3, 3)))

    with pytest.raises(CheckpointError, match=r"does not fit the model: Expected \(3, 3\) of .+ Received: \(3, 2\)"):
        fit(Wider(), replace(trial, resume=True), 6, None)


def test_a_trial_that_is_to_end_with_its_checkpoint_needs_one(trial: Trial) -> None:
    with pytest.raises(TrialFailed, match=r"was to end with its checkpoint, and .+ holds none"):
        ran(trial, resume=True, should_stop=True)


def test_a_full_disk_does_not_end_a_trial(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("automl.checkpoint.np.savez", full)
    with pytest.warns(UserWarning, match="No checkpoint could be written: .*No space left on device"):
        _, running = ran(trial)
    assert len(running.history) == 6
    assert list(trial.dir.iterdir()) == []


def test_a_pruned_trial_reports_once(trial: Trial) -> None:
    with pytest.raises(Pruned):
        fit(Walk(), replace(trial, answer=lambda *_: Decision.PRUNE), 3, None)


@pytest.mark.parametrize(("passed", "written"), [(0.0, False), (60.0, True)])
def test_checkpoints_wait_for_their_time_since_the_trial_began(trial: Trial, passed: float, written: bool) -> None:
    """A first epoch that takes long is on disk as soon as it is over."""
    running = replace(trial, seconds=None)
    running._began -= passed
    fit(Walk(), running, 1, None)
    assert (trial.dir / CHECKPOINT).exists() == written


def test_brain_floats_and_scalars_come_back(tmp_path: Path) -> None:
    trial = Trial({}, tmp_path, seconds=0.0)
    there = [tf.Variable(tf.ones((2,), tf.bfloat16) * 1.5), tf.Variable(2.5), tf.Variable(7, dtype=tf.int64)]
    trial.checkpoint(lambda: {"part": read(there)})
    found = replace(trial, resume=True).restore()
    back = [tf.Variable(tf.zeros((2,), tf.bfloat16)), tf.Variable(0.0), tf.Variable(0, dtype=tf.int64)]
    assert found is not None
    write(back, found["part"])
    assert [variable.numpy().tolist() for variable in back] == [[1.5, 1.5], 2.5, 7]


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (3, r"made of Keras and TensorFlow objects, or Stateful ones\. Received: 3\."),
        (keras.optimizers.Adam(), r"optimizers too: optimizer\.build\(network\.trainable_variables\)\. Received: "),
        (keras.layers.Dense(2), r"Build what learns when it is made, .+ Received: <Dense"),
    ],
)
def test_what_could_not_be_put_back_is_refused_at_once(trial: Trial, part: Any, message: str) -> None:
    class Odd(Walk):
        def state(self) -> Mapping[str, Any]:
            return {"parts": [self.networks, part]}

    with pytest.raises(TypeError, match=message):
        fit(Odd(), trial, 2, None)
    assert not trial.history
