from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from automl.errors import ConfigError
from automl.plugin import Trial
from automl.settings import Supervised
from automl.tasks import load_task
from automl.testing.data import tiny
from automl_vision.resnet import ResNet
from automl_vision.transfer import Transfer

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return tiny("image_classification", tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def saved(data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    plugin = ResNet(8, 8)
    running = Trial({"training": {"epochs": 12, "learning_rate": 0.01}}, folder, seed=1, objective="val_accuracy",
                    direction="maximize")  # fmt: skip
    plugin.fit(data, running)
    assert load_task("image_classification").score(plugin, data, data.test)["accuracy"] > 0.8
    plugin.save(folder / "plugin")
    return folder / "plugin"


def fit(plugin: Any, data: Dataset, folder: Path, **training: Any) -> Trial:
    running = Trial({"training": {"epochs": 4, "learning_rate": 0.01, **training}}, folder, seed=1,
                    objective="val_accuracy", direction="maximize")  # fmt: skip
    plugin.fit(data, running)
    return running


def values(model: keras.Model) -> list[np.ndarray]:
    return [np.asarray(weight) for weight in model.weights]


def test_frozen_weights_stay_frozen(data: Dataset, saved: Path, tmp_path: Path) -> None:
    plugin = Transfer("saved", str(saved), unfreeze=0)
    plugin.build(data.spec)
    before = values(plugin._backbone)
    running = fit(plugin, data, tmp_path)
    assert all((one == other).all() for one, other in zip(values(plugin._backbone), before, strict=True))
    assert len(running.history) == 4
    assert running.history[-1]["val_accuracy"] > 0.8


def test_the_top_thaws_in_the_second_phase_but_for_batch_normalization(
    data: Dataset, saved: Path, tmp_path: Path
) -> None:
    plugin = Transfer("saved", str(saved), unfreeze=4, head_share=0.5, rate=0.5)
    plugin.build(data.spec)
    before = [[np.asarray(weight) for weight in layer.weights] for layer in plugin._backbone.layers]
    running = fit(plugin, data, tmp_path)
    assert running.history[-1]["learning_rate"] <= 0.005
    layers = plugin._backbone.layers
    changed = [
        layer
        for layer, old in zip(layers, before, strict=True)
        if any((np.asarray(weight) != one).any() for weight, one in zip(layer.weights, old, strict=True))
    ]
    weighted = [layer for layer in layers if layer.weights]
    assert changed
    assert set(changed) <= set(weighted[-4:])
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in changed)


@pytest.mark.parametrize(("epochs", "share", "lengths"), [(10, 0.3, [3, 7]), (4, 1.0, [4]), (4, 0.0, [4])])
def test_phases_share_the_epochs(saved: Path, epochs: int, share: float, lengths: list[int]) -> None:
    plugin = Transfer("saved", str(saved), head_share=share)
    phases = plugin.phases(None, Supervised(epochs=epochs))
    assert [phase.epochs for phase in phases] == lengths
    assert sum(lengths) == epochs


def test_a_resnet_starts_from_saved_weights(data: Dataset, saved: Path) -> None:
    fresh, started = ResNet(8, 8).build(data.spec), ResNet(8, 8, weights=str(saved)).build(data.spec)
    theirs = ResNet.load(saved)._model
    inner = next(layer for layer in theirs.layers if isinstance(layer, keras.Model))
    images = np.random.default_rng(0).random((3, 8, 8, 1)).astype(np.float32)
    features = [keras.Model(one.input, one.get_layer("head").input)(images).numpy() for one in (inner, started, fresh)]
    np.testing.assert_allclose(features[1], features[0], rtol=1e-4, atol=1e-5)
    assert np.abs(features[2] - features[0]).max() > 1e-3


def test_published_backbones_get_their_size_colours_and_preprocessing(data: Dataset, tmp_path: Path) -> None:
    plugin = Transfer("MobileNetV2", None, size=32, unfreeze=0)
    network = plugin.build(data.spec)
    assert plugin._backbone.input_shape == (None, 32, 32, 3)
    prepared = keras.Model(network.input, network.get_layer("preprocess").output)
    images, _ = data.test.arrays()
    seen = np.asarray(prepared(images.astype(np.float32)))
    assert seen.shape[1:] == (32, 32, 3)
    assert seen.min() >= -1
    assert seen.max() <= 1
    assert (seen[..., 0] == seen[..., 2]).all()
    plugin.fit(data, Trial({"training": {"epochs": 1}}, tmp_path, objective="val_accuracy", direction="maximize"))
    plugin.save(tmp_path / "plugin")
    np.testing.assert_allclose(Transfer.load(tmp_path / "plugin").predict(images), plugin.predict(images), rtol=1e-4)
    again = Transfer("MobileNetV2", str(tmp_path / "plugin"), size=32)
    again.build(data.spec)
    assert all(
        (one == other).all() for one, other in zip(values(again._backbone), values(plugin._backbone), strict=True)
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: Transfer("MobileNetV9"), "model.backbone: there is none called 'MobileNetV9'. Did you mean"),
        (
            lambda path: Transfer("saved", None),
            "model.weights: model.backbone=saved needs a saved model. Received: None",
        ),
        (lambda path: Transfer("saved", "/no/model"), "expected a model that was saved before. Received: /no/model"),
        (lambda path: ResNet(8, 8, weights="/no/model"), "expected a model that was saved before. Received: /no/mode"),
        (lambda path: ResNet(14, 8, weights=str(path)), "do not fit this model. It was saved with: model.depth=8, mo"),
        (lambda path: Transfer("MobileNetV2", None, size=8), "model.size: MobileNetV2 cannot take it."),
    ],
)
def test_what_does_not_fit_is_refused(data: Dataset, saved: Path, make: Any, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        make(saved).build(data.spec)
    assert message in str(error.value)


def test_a_damaged_file_is_told(data: Dataset, tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(b"nothing")
    with pytest.raises(ConfigError, match="cannot be read as a saved model"):
        Transfer("saved", str(tmp_path)).build(data.spec)
    (tmp_path / "w.weights.h5").write_bytes(b"nothing")
    with pytest.raises(ConfigError, match="do not fit MobileNetV2"):
        Transfer("MobileNetV2", str(tmp_path / "w.weights.h5"), size=32).build(data.spec)
