"""Keras's own file."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

from automl.errors import ExportError
from automl.exports.base import Format, Source
from automl.inheritance import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class KerasFile(Format):
    """A ``.keras`` file that Keras alone opens, in safe mode: of its own layers, and no others."""

    name = "keras"
    file = "model.keras"

    @override
    def make(self, source: Source, target: Path) -> list[str]:
        network = getattr(source.plugin, "served", None)
        if network is None:
            kind = type(source.plugin).__name__
            raise ExportError(
                f"export: {kind} is no Keras model, so there is none to write. Choose --format savedmodel, mlflow,"
                " onnx or litert."
            )
        network.save(target)
        if own := sorted(_foreign(target)):
            raise ExportError(
                f"export: a .keras file opens without this project only where all layers are Keras's own. Received:"
                f" {', '.join(own)}. --format savedmodel and --format mlflow hold them as a graph."
            )
        return []

    @override
    def usage(self, model: str, example: str) -> tuple[str, ...]:
        return (
            "import keras, numpy as np",
            f"model = keras.saving.load_model({model})",
            f"print(model.predict(dict(np.load({example}))))",
        )


def _foreign(path: Path) -> set[str]:
    """What the file names that Keras does not bring."""
    with zipfile.ZipFile(path) as archive:
        return set(_names(json.loads(archive.read("config.json"))))


def _names(config: Any) -> Iterator[str]:
    if isinstance(config, list):
        for one in config:
            yield from _names(one)
    if not isinstance(config, dict):
        return
    if "class_name" in config and "config" in config and not _is_known(config):
        yield _called(config).replace(">", ".")
    for one in config.values():
        yield from _names(one)


def _called(config: Mapping[str, Any]) -> str:
    return str(config["config"] if config["class_name"] == "function" else config["registered_name"])


def _is_known(config: Mapping[str, Any]) -> bool:
    """Whether a serialised object comes with Keras or Python; a function without a name of its own does."""
    module = config.get("module") or ""
    if config["class_name"] == "function":
        return ">" not in _called(config)
    return module in ("", "builtins") or module.partition(".")[0] == "keras"
