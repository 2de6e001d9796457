"""Distributions that an author gets wrong in one place, written as an installer would leave them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """
from dataclasses import dataclass

import keras

from automl.data import DataSpec
from automl.training import KerasPlugin, head


@dataclass
class Mine(KerasPlugin):
    units: int

    def build(self, spec: DataSpec) -> keras.Model:
        inputs = keras.Input(spec.input.shape)
        x = keras.layers.Dense(self.units, "relu")(keras.layers.Flatten()(inputs))
        return keras.Model(inputs, head(spec)(x))
"""

FACE = """
name: mine
summary: One dense layer.
tasks: [image_classification]
units: {low: 8, high: 16}
"""


def distribution(
    site: Path,
    module: str = MODULE,
    face: str | None = FACE,
    target: str = "automl_mine.mine:Mine",
    place: str = "automl_mine/conf/model/mine.yaml",
    group: str = "automl.models",
) -> Path:
    """Write a distribution ``automl-mine`` that offers ``mine`` into ``site``; returns the module's file."""
    package = site / "automl_mine"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "mine.py").write_text(textwrap.dedent(module).lstrip(), encoding="utf-8")
    if face is not None:
        path = site / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(face).lstrip(), encoding="utf-8")
    info = site / "automl_mine-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: automl-mine\nVersion: 0.1\n")
    (info / "entry_points.txt").write_text(f"[{group}]\nmine = {target}\n")
    return package / "mine.py"
