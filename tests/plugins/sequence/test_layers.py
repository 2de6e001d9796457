from __future__ import annotations

import keras
import numpy as np
import pytest

from automl_sequence.attention import Attention, Positions, encode, sinusoids
from automl_sequence.layers import InstanceNorm, MovingAverage, Pool, TokenDropout

RNG = np.random.default_rng(0)
STEPS = RNG.normal(size=(3, 6, 4)).astype(np.float32)
MASK = np.array([[1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1], [1, 0, 0, 0, 0, 0]], bool)


def test_instance_normalization_is_undone_by_what_it_returns() -> None:
    series = 50 + 9 * STEPS
    normal, mean, deviation = (np.asarray(one) for one in InstanceNorm()(series))
    assert normal.mean(axis=1) == pytest.approx(0, abs=1e-5)
    assert normal.std(axis=1) == pytest.approx(1, abs=1e-3)
    np.testing.assert_allclose(normal * deviation + mean, series, rtol=1e-4)


def test_a_moving_average_keeps_a_constant_and_its_length() -> None:
    trend = np.asarray(MovingAverage(5)(np.full((1, 9, 2), 3.0, np.float32)))
    assert trend.shape == (1, 9, 2)
    assert trend == pytest.approx(3.0)
    series = np.arange(9, dtype=np.float32).reshape(1, 9, 1)
    assert np.asarray(MovingAverage(3)(series)).ravel()[1:-1] == pytest.approx(np.arange(1, 8))


@pytest.mark.parametrize("kind", ["mean", "max", "last", "attention"])
def test_padding_does_not_count_in_a_pool(kind: str) -> None:
    pool = Pool(kind)
    pooled = np.asarray(pool(STEPS, mask=MASK))
    noise = np.where(MASK[..., None], STEPS, 77.0).astype(np.float32)
    np.testing.assert_allclose(np.asarray(pool(noise, mask=MASK)), pooled, rtol=1e-5, atol=1e-6)
    expected = {"mean": STEPS[0, :3].mean(axis=0), "max": STEPS[0, :3].max(axis=0), "last": STEPS[0, 2]}
    if kind in expected:
        assert pooled[0] == pytest.approx(expected[kind], abs=1e-5)
    assert pooled[2] == pytest.approx(STEPS[2, 0], abs=1e-5)


def test_nothing_attends_to_padding() -> None:
    attention = Attention(2)
    one = np.asarray(attention(STEPS, mask=MASK))
    other = np.asarray(attention(np.where(MASK[..., None], STEPS, -55.0).astype(np.float32), mask=MASK))
    np.testing.assert_allclose(other[MASK], one[MASK], rtol=1e-4, atol=1e-5)


def test_attention_is_that_of_keras() -> None:
    ours, theirs = Attention(2), keras.layers.MultiHeadAttention(2, 2)
    expected_shape = theirs(STEPS, STEPS).shape
    assert ours(STEPS).shape == expected_shape
    project, merge = ours._project, ours._merge
    kernel, bias = (np.asarray(one).reshape(*one.shape[:-1], 3, 2, 2) for one in project.get_weights())
    order = [part for number in range(3) for part in (kernel[:, number], bias[number])]
    theirs.set_weights([*order, merge.get_weights()[0].reshape(2, 2, 4), merge.get_weights()[1]])
    np.testing.assert_allclose(np.asarray(ours(STEPS)), np.asarray(theirs(STEPS, STEPS)), rtol=1e-4, atol=1e-5)


def test_positions_are_told_apart() -> None:
    waves = sinusoids(50, 8)
    assert waves[0] == pytest.approx([0, 1] * 4)
    distances = np.linalg.norm(waves[:, None] - waves[None], axis=-1) + np.eye(50)
    assert distances.min() > 0.1
    assert sinusoids(5, 7).shape == (5, 7)
    for kind in ("learned", "sinusoidal"):
        moved = np.asarray(Positions(kind)(np.zeros((2, 6, 4), np.float32)))
        assert len(np.unique(moved[0].round(6), axis=0)) == 6


def test_tokens_are_hidden_while_training_only() -> None:
    tokens = np.where(RNG.random((200, 10)) < 0.7, 9, 0).astype(np.int32)
    layer = TokenDropout(0.5, seed=1)
    assert (np.asarray(layer(tokens)) == tokens).all()
    hidden = np.asarray(layer(tokens, training=True))
    assert (hidden[tokens == 0] == 0).all()
    assert (hidden[tokens == 9] == 1).mean() == pytest.approx(0.5, abs=0.05)


def test_an_encoder_hands_masks_on() -> None:
    """The vector of a text is the same whatever lies behind its end."""
    tokens = keras.Input((6,), dtype="int32")
    embedding = keras.layers.Embedding(5, 4, mask_zero=True)
    model = keras.Model(tokens, Pool("mean")(encode(embedding(tokens), 2, 2, 8, 0.0)))
    short = np.array([[3, 4, 0, 0, 0, 0]], np.int32)
    before = np.asarray(model(short))
    table = embedding.get_weights()[0]
    table[0] += 50.0
    embedding.set_weights([table])
    np.testing.assert_allclose(np.asarray(model(short)), before, rtol=1e-4, atol=1e-5)
