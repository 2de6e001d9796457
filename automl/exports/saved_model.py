"""TensorFlow's SavedModel."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from automl.exports.base import Format, Source
from automl.inheritance import override

if TYPE_CHECKING:
    from pathlib import Path


class SavedModel(Format):
    """The graph as the plugin exports it, custom layers, texts and columns included; TensorFlow runs it."""

    name = "savedmodel"
    file = "model"

    @override
    def make(self, source: Source, target: Path) -> list[str]:
        shutil.copytree(source.saved, target)
        return []

    @override
    def usage(self, model: str, example: str) -> tuple[str, ...]:
        return (
            "import numpy as np, tensorflow as tf",
            f'model = tf.saved_model.load({model}).signatures["serving_default"]',
            f"print(model(**{{name: tf.constant(x) for name, x in np.load({example}).items()}}))",
        )
