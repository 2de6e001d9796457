from __future__ import annotations

from typing import Any

import keras
import pytest

from automl.data import DataSpec, TensorSpec
from automl.errors import ConfigError
from automl_vision.cnn import CNN
from automl_vision.layers import StochasticDepth
from automl_vision.resnet import ResNet


def spec(side: int, channels: int = 3) -> DataSpec:
    classes = tuple("0123456789")
    return DataSpec(
        "x", "image_classification", TensorSpec((side, side, channels), "uint8"), TensorSpec((), "int64"), classes
    )


def weighted_layers(model: keras.Model) -> int:
    kinds = keras.layers.Conv2D | keras.layers.Dense
    return sum(isinstance(layer, kinds) and getattr(layer, "kernel_size", 3) != (1, 1) for layer in model.layers)


@pytest.mark.parametrize("depth", [8, 14, 20])
@pytest.mark.parametrize("preactivation", [False, True])
def test_depth_counts_the_layers_with_weights(depth: int, preactivation: bool) -> None:
    assert weighted_layers(ResNet(depth, preactivation=preactivation).build(spec(32))) == depth


def test_resnet_20_has_the_paper_s_size() -> None:
    # He et al. 2016, table 6: 0.27 million, with shortcuts of option A; projections and statistics add a little.
    assert ResNet(20, 16).build(spec(32)).count_params() == pytest.approx(0.27e6, rel=0.03)


@pytest.mark.parametrize("depth", [3, 9, 16])
def test_a_depth_that_is_not_6n_plus_2_is_refused(depth: int) -> None:
    with pytest.raises(ConfigError, match=rf"model.depth: expected 6n\+2, .* Received: {depth}."):
        ResNet(depth)


def test_later_blocks_are_dropped_more_often() -> None:
    model = ResNet(14, stochastic_depth=0.5).build(spec(32))
    rates = [layer.rate for layer in model.layers if isinstance(layer, StochasticDepth)]
    assert rates == pytest.approx([0.5 * block / 6 for block in range(1, 7)])


@pytest.mark.parametrize("side", [8, 32, 224])
def test_networks_fit_small_and_large_images(side: int) -> None:
    for plugin in (CNN(3, 8), ResNet(8, 8)):
        assert plugin.build(spec(side)).output_shape == (None, 10)


@pytest.mark.parametrize(
    "fields",
    [
        {"convolution": "separable"},
        {"convolution": "dilated", "kernel": 5},
        {"pooling": "average"},
        {"pooling": "stride"},
        {"normalization": "layer"},
        {"normalization": "group"},
        {"normalization": "none", "dense": 0},
    ],
)
def test_every_variant_of_the_cnn_builds(fields: dict[str, Any]) -> None:
    plain, variant = CNN(2, 8).build(spec(8, 1)), CNN(2, 8, **fields).build(spec(8, 1))
    assert variant.output_shape == (None, 10)
    assert variant.count_params() != plain.count_params() or fields in (
        {"pooling": "average"},
        {"convolution": "dilated"},
    )
