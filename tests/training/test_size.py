from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras
import numpy as np
import pytest

from automl.data.spec import DataSpec, TensorSpec
from automl.errors import ConfigError
from automl.training import KerasPlugin, head
from automl.training.size import _free, check_size, measure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SPEC = DataSpec(
    "tiny", "image_classification", TensorSpec((8, 8, 1), "uint8"), TensorSpec((), "int64"), ("a", "b"),
    sizes={"train": 100}, statistics={"mean": [1.0], "variance": [2.0]},
)  # fmt: skip


@dataclass
class Net(KerasPlugin):
    filters: int = 4
    layers: int = 1

    def build(self, spec: DataSpec) -> keras.Model:
        inputs = keras.Input(spec.input.shape)
        x = inputs
        for _ in range(self.layers):
            x = keras.layers.Conv2D(self.filters, 3, padding="same")(x)
        return keras.Model(inputs, head(spec)(keras.layers.GlobalAveragePooling2D()(x)))


def test_the_size_is_that_of_the_model_as_it_is_built() -> None:
    plugin = Net(layers=2)
    size = measure(lambda: plugin._assemble(SPEC))
    assert size is not None
    built = plugin._assemble(SPEC)
    assert size.trained == sum(int(np.prod(one.shape)) for one in built.trainable_variables)
    assert size.weights >= built.count_params() - 1
    assert size.outputs >= 2 * 64 * 4


def test_a_model_that_is_measured_takes_no_memory_later() -> None:
    measure(lambda: Net(filters=200_000, layers=2)._assemble(SPEC))
    assert Net()._assemble(SPEC)(np.zeros((1, 8, 8, 1))).shape == (1, 2)


@pytest.mark.parametrize(
    ("fields", "training", "words"),
    [
        (
            {"filters": 60_000, "layers": 3},
            {},
            ["weights take", "of memory are free", "model.filters=60000, model.layers=3"],
        ),
        (
            {"filters": 100_000},
            {"batch_size": 2**20},
            ["training.batch_size: a batch of 1,000,000 takes about", "smaller batch"],
        ),
        ({"filters": 4}, {}, []),
    ],
)
def test_what_does_not_fit_is_told_with_the_fields_that_make_it_large(
    fields: Mapping[str, int], training: Mapping[str, int], words: list[str]
) -> None:
    from dataclasses import replace

    plugin, spec = Net(**fields), replace(SPEC, sizes={"train": 10**6})
    if not words:
        assert plugin.prepare(spec, training) > 0
        return
    with pytest.raises(ConfigError) as error:
        plugin.prepare(spec, training)
    for word in words:
        assert word in str(error.value)


def test_a_network_that_shapes_alone_do_not_serve_is_left_to_the_device() -> None:
    def build(plugin: Net) -> keras.Model:
        raise RuntimeError("needs values")

    check_size(Net(), build)


@pytest.mark.parametrize(("says", "free"), [("81000", 81_000 << 20), ("[N/A]", 1 << 62), ("", 1 << 62)])
def test_on_a_gpu_it_is_the_gpus_memory_that_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, free: int
) -> None:
    command = tmp_path / "nvidia-smi"
    command.write_text(f'#!/bin/sh\n[ "$1" = --id=3 ] && echo "{says}"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,4")
    monkeypatch.setattr("automl.training.size.tf.config.list_physical_devices", lambda kind: [kind])
    assert _free() == free
