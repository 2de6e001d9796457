"""The formats by name; the modules behind them import what they need when they are asked to make something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.exports.keras_file import KerasFile
from automl.exports.litert import LiteRT
from automl.exports.mlflow_folder import MLflowFolder
from automl.exports.onnx_file import OnnxFile
from automl.exports.saved_model import SavedModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.exports.base import Format

FORMATS: Mapping[str, Format] = {
    form.name: form for form in (KerasFile(), SavedModel(), OnnxFile(), LiteRT(), MLflowFolder())
}

QUANTIZED = ("int8",)
"""What ``quantize`` may be."""
