from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from automl.data import DataSpec, TensorSpec
from automl.errors import ConfigError
from automl.tasks import load_task
from automl.testing.data import tiny
from automl_sequence.dlinear import DLinear
from automl_sequence.lstm import LSTM
from automl_sequence.transformer import Transformer, _overlapping

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset


def series(lookback: int = 48, channels: int = 3, targets: list[int] | None = None) -> DataSpec:
    targets = list(range(channels)) if targets is None else targets
    details = {"lookback": lookback, "horizon": 6, "target_channels": targets}
    inputs, target = TensorSpec((lookback, channels), "float32"), TensorSpec((6, len(targets)), "float32")
    return DataSpec("s", "forecasting", inputs, target, details=details)


FORECASTERS: list[Any] = [
    DLinear(),
    DLinear(0, individual=True, normalize=False),
    LSTM(segment=12),
    LSTM("gru", segment=7),
    Transformer(width=16),
    Transformer(width=16, patch=5),
]


@pytest.mark.parametrize("model", FORECASTERS, ids=repr)
@pytest.mark.parametrize("targets", [[0, 1, 2], [2]])
def test_a_forecast_has_the_shape_of_its_target(model: Any, targets: list[int]) -> None:
    network = model.build(series(targets=targets))
    assert network.output_shape == (None, 6, len(targets))


@pytest.mark.parametrize("model", [FORECASTERS[0], FORECASTERS[2], FORECASTERS[4]], ids=repr)
def test_a_forecast_moves_with_the_level_of_its_series(model: Any) -> None:
    network = model.build(series())
    windows = np.random.default_rng(0).normal(size=(2, 48, 3)).astype(np.float32)
    near, far = np.asarray(network(windows)), np.asarray(network(windows + 100.0))
    np.testing.assert_allclose(far, near + 100.0, atol=1e-2)


@pytest.mark.parametrize("model", [FORECASTERS[2], FORECASTERS[4]], ids=repr)
def test_channels_are_read_one_by_one(model: Any) -> None:
    network = model.build(series())
    windows = np.random.default_rng(0).normal(size=(2, 48, 3)).astype(np.float32)
    other = windows.copy()
    other[:, :, 1] *= -3.0
    before, after = np.asarray(network(windows)), np.asarray(network(other))
    np.testing.assert_allclose(after[:, :, [0, 2]], before[:, :, [0, 2]], atol=1e-5)
    assert np.abs(after[:, :, 1] - before[:, :, 1]).max() > 0.01


def test_dlinear_starts_as_the_mean_of_its_window() -> None:
    network = DLinear(25, normalize=False).build(series())
    windows = np.random.default_rng(0).normal(size=(2, 48, 3)).astype(np.float32)
    expected = np.repeat(windows.mean(axis=1, keepdims=True), 6, axis=1)
    np.testing.assert_allclose(np.asarray(network(windows)), expected, atol=1e-5)


def test_patches_cover_the_whole_window() -> None:
    rows = _overlapping(336, 16)
    assert rows.shape == (42, 16)  # Nie et al. 2023, section 3.1: 42 patches of 16 with stride 8 and one of padding
    assert set(rows.ravel()) == set(range(336))


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return tiny("text_classification", tmp_path_factory.mktemp("texts"))


@pytest.mark.parametrize(
    "model",
    [LSTM(units=8), LSTM("gru", units=8, pooling="max", layers=2), LSTM("simple_rnn", units=8, pooling="last"),
     LSTM(units=8, bidirectional=False, pooling="mean"), Transformer(width=16), Transformer(width=16, pooling="max")],
    ids=repr,
)  # fmt: skip
def test_padding_does_not_change_what_is_said_of_a_text(model: Any, texts: Dataset) -> None:
    """The embedding of the padding is changed, and nothing else changes."""
    network = model.build(texts.spec.encoded)
    (tokens, _), *_ = texts.train.batches(16)
    assert (tokens.numpy() == 0).any()
    before = np.asarray(network(tokens))
    embedding = next(layer for layer in network.layers if isinstance(layer, keras.layers.Embedding))
    table = embedding.get_weights()[0]
    table[0] += 5.0
    embedding.set_weights([table])
    np.testing.assert_allclose(np.asarray(network(tokens)), before, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("model", [LSTM(units=8), Transformer(width=16, positions="sinusoidal")], ids=repr)
def test_steps_of_zeros_at_the_end_of_a_sequence_do_not_count(model: Any, tmp_path: Path) -> None:
    data = tiny("sequence_classification", tmp_path)
    steps, _ = data.test.arrays()
    preprocess = model.preprocessing(data.spec)
    short = np.concatenate([steps[:, :7], np.zeros_like(steps[:, 7:])], axis=1)
    whole = model.build(data.spec)
    cut = model.build(replace(data.spec, inputs=TensorSpec((7, 2), "float32")))
    cut.set_weights(whole.get_weights())
    expected = np.asarray(cut(preprocess(steps[:, :7])))
    np.testing.assert_allclose(np.asarray(whole(preprocess(short))), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("side", "tokens"), [(8, 16), (32, 64), (224, 196)])
def test_images_are_read_in_patches_that_suit_their_size(side: int, tokens: int) -> None:
    inputs = TensorSpec((side, side, 3), "uint8")
    spec = DataSpec("i", "image_classification", inputs, TensorSpec((), "int64"), ("a", "b"))
    network = Transformer(width=8, heads=2).build(spec)
    assert any(getattr(layer, "output", None) is not None and layer.output.shape[1:] == (tokens, 8)
               for layer in network.layers)  # fmt: skip


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Transformer(patch=99).build(series()), "model.patch: must not exceed data.lookback=48. Received: 99."),
        (lambda: Transformer(heads=3, width=64), "model.heads: must divide model.width=64. Received: 3."),
        (lambda: DLinear(kernel=24), "model.kernel: expected an odd number, or 0. Received: 24."),
    ],
)
def test_what_does_not_fit_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        make()
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("longer", "longest"), [(LSTM(segment=99), LSTM(segment=48)), (DLinear(kernel=99), DLinear(kernel=97))]
)
def test_spaces_reach_no_further_than_windows(longer: Any, longest: Any) -> None:
    """What is searched is the same for windows of any length."""
    built, expected = longer.build(series()), longest.build(series())
    assert [one.shape for one in built.weights] == [one.shape for one in expected.weights]
    built.set_weights(expected.get_weights())
    inputs = np.random.default_rng(0).normal(size=(2, *built.input_shape[1:])).astype(np.float32)
    np.testing.assert_allclose(built(inputs), expected(inputs), rtol=1e-6)


def test_predictions_are_in_the_series_own_unit(tmp_path: Path) -> None:
    from automl.plugin import Trial

    data = tiny("forecasting", tmp_path)
    plugin = DLinear()
    training = {"epochs": 12, "learning_rate": 0.01}
    plugin.fit(data, Trial({"training": training}, tmp_path, objective="val_mse"))
    windows, target = data.test.arrays()
    predicted = plugin.predict(windows)
    assert predicted.shape == target.shape
    assert np.abs(predicted - target).mean(axis=(0, 1)) == pytest.approx([0.1, 0.1], abs=0.25)
    assert load_task("forecasting").score(plugin, data, data.test)["mse"] < 0.2
