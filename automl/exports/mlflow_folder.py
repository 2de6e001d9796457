"""An MLflow model, which answers with labels and takes tables by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.exports.base import Format, Source
from automl.inheritance import override
from automl.jobs.served import pack

if TYPE_CHECKING:
    from pathlib import Path


class MLflowFolder(Format):
    """What the final evaluation packs: ``mlflow models serve`` and ``mlflow.pyfunc.load_model`` take it."""

    name = "mlflow"
    file = "model"

    @override
    def make(self, source: Source, target: Path) -> list[str]:
        scratch = target.with_name("packed")
        scratch.mkdir()
        notes = pack(source.plugin, source.data, scratch)
        (scratch / "model").rename(target)
        scratch.rmdir()
        return notes

    @override
    def usage(self, model: str, example: str) -> tuple[str, ...]:
        del example
        return (
            "import mlflow",
            f"model = mlflow.pyfunc.load_model({model})",
            "print(model.predict(model.input_example))",
        )
