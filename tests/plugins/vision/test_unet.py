from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from automl.data import DataSpec, TensorSpec
from automl.jobs.served import pack
from automl.plugin import Trial
from automl.tasks import load_task
from automl.testing.data import tiny
from automl_vision.padding import CropAs, PadToMultiple
from automl_vision.unet import UNet

if TYPE_CHECKING:
    from pathlib import Path


def spec(channels: int = 1, classes: int = 3) -> DataSpec:
    inputs = TensorSpec((None, None, channels), "uint8")
    return DataSpec("x", "segmentation", inputs, TensorSpec((None, None), "uint8"), tuple("abcdefghij"[:classes]))


@pytest.mark.parametrize(
    ("fields", "channels"),
    [
        ({"depth": 3}, 3),
        ({"residual": True, "normalization": "group", "upsampling": "nearest"}, 1),
        ({"context": "dilated", "normalization": "none", "dropout": 0.5}, 4),
    ],
)
def test_masks_are_of_their_images_size_whatever_that_is(fields: dict[str, Any], channels: int) -> None:
    network = UNet(**{"depth": 2, "width": 4, **fields}).build(spec(channels))
    for size in ((8, 8), (13, 21), (1, 2)):
        assert network(np.zeros((2, *size, channels), np.float32)).shape == (2, *size, 3)


def test_the_paper_s_network_has_the_paper_s_size() -> None:
    # Ronneberger et al. 2015, section 2: 23 convolutional layers; about 31 million weights, with biases.
    with keras.StatelessScope(initialize_variables=False):
        network = UNet(4, 64, normalization="none").build(spec(1, 2))
    kinds = keras.layers.Conv2D | keras.layers.Conv2DTranspose
    assert sum(isinstance(layer, kinds) for layer in network.layers) == 23
    sizes = [int(np.prod(one.shape)) for one in network.trainable_variables]
    assert sum(sizes) == pytest.approx(31.03e6, rel=0.01)


def test_known_and_unknown_sides_are_padded_alike() -> None:
    images = np.random.default_rng(0).random((1, 5, 7, 2)).astype(np.float32)
    pad = PadToMultiple(4)
    free = keras.Input((None, None, 2))
    padded = np.asarray(pad(images))
    assert padded.shape == (1, 8, 8, 2)
    np.testing.assert_array_equal(padded[:, :5, :7], images)
    np.testing.assert_array_equal(np.asarray(keras.Model(free, pad(free))(images)), padded)
    np.testing.assert_array_equal(np.asarray(CropAs()([padded, images])), images)


def test_trained_by_crops_it_is_scored_drawn_and_served_on_images_of_any_size(tmp_path: Path) -> None:
    import mlflow.pyfunc

    from automl.data.images.crops import with_masks

    data = tiny("segmentation", tmp_path)
    height, width = data.spec.details["image_size"]
    sized = DataSpec.from_dict({**data.spec.to_dict(), "inputs": {"shape": [height, width, 1], "dtype": "uint8"}})
    data = with_masks(type(data)(sized, data.train, data.validation, data.test), crop=8)
    plugin = UNet(1, 4)
    assert plugin.prepare(data.spec, {}) > 0
    training = {"epochs": 3, "augmentation": "elastic_photometric", "learning_rate": 0.01, "class_weight": "balanced"}
    trial = Trial({"training": training}, tmp_path, objective="val_miou", direction="maximize")
    plugin.fit(data, trial)
    told = trial.history[-1]
    scores = load_task("segmentation").score(plugin, data, data.validation)
    best = max(trial.history, key=lambda row: row["val_miou"])
    assert scores["miou"] == pytest.approx(best["val_miou"], abs=1e-4)
    assert {"miou", "val_dice", "val_pixel_accuracy", "val_log_loss"} <= set(told)
    (tmp_path / "figures").mkdir()
    load_task("segmentation").draw(plugin, data, None, tmp_path)
    assert (tmp_path / "figures" / "overlays.png").is_file()
    assert (tmp_path / "classes.csv").read_text().splitlines()[0] == "class,pixels,iou,dice,precision,recall"
    assert pack(plugin, data, tmp_path) == []
    served = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    images = np.random.default_rng(0).integers(0, 255, (3, 20, 9, 1), np.uint8)
    np.testing.assert_array_equal(served.predict(images), plugin.predict(images).argmax(axis=-1))
