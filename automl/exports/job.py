"""The job that exports a trained model, in a worker: converters are large, and some end the process they run in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from automl.exports.base import Export
from automl.jobs.work import SubjectJob

if TYPE_CHECKING:
    from automl.jobs.base import Answer

SAMPLES = 100
"""Of the test part, over which outputs are compared."""

MADE = "made"
"""The folder, in the job's own, that is to be the export."""


@dataclass(frozen=True)
class ExportJob(SubjectJob[Export]):
    """Export a trained model and check what was made.

    Attributes:
        format: By name.
        quantized: Whether it is to be made of integers of 8 bits.
        about: What ``about.json`` says of the study.
    """

    format: str
    quantized: bool
    about: dict[str, Any]

    kind: ClassVar[str] = "export"

    def run(self, answer: Answer) -> Export:
        """Do it; nothing is reported.

        Raises:
            ExportError: The format cannot hold the model, or what was made is not the model.
        """
        from automl.exports.making import export

        del answer
        return export(self)
