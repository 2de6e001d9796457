"""The contract of a format, what it makes a model of, and what is told of a model that was exported."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from automl.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np

    from automl.data import Dataset
    from automl.exports.samples import Samples
    from automl.plugin import ModelPlugin

EXAMPLE = "example.npz"
"""Beside a model: one raw sample of the test part, by the names of the model's inputs."""


@dataclass(frozen=True)
class Tensor:
    """An input of an exported model.

    Attributes:
        shape: The batch first; None where a length varies.
        dtype: As NumPy calls it, or ``string``.
        columns: Those of a table that stand side by side in it; empty where it is none.
    """

    shape: tuple[int | None, ...]
    dtype: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """What is exported.

    Attributes:
        plugin: The trained model.
        data: Its data.
        saved: Its SavedModel, as the plugin exports it.
        inputs: Of the SavedModel, by name.
        samples: Of the test part, with what the model says of them.
        quantized: Whether weights and activations are to be integers of 8 bits, where the format knows that.
    """

    plugin: ModelPlugin
    data: Dataset
    saved: Path
    inputs: Mapping[str, Tensor]
    samples: Samples
    quantized: bool = False

    @property
    def texts(self) -> list[str]:
        """The inputs that hold texts or categories."""
        return [name for name, one in self.inputs.items() if one.dtype == "string"]


@dataclass(frozen=True)
class Export:
    """A model that was exported, and how it was found to be the model.

    Attributes:
        format: By name.
        folder: Holds the model, ``about.json`` and ``example.npz``.
        file: The model: a file, or a folder, in it.
        size: Bytes of the model.
        latency_ms: Milliseconds for a single sample in the format's own runtime, the median.
        difference: The largest between its outputs and the original's, in units of ``scale``.
        scale: In words, what the difference is measured by; empty where it is absolute.
        samples: Of the test part, over which that was found.
        usage: Three lines of Python that load and call it.
        notes: What whoever uses it should know, one sentence each.
        metric: Where it is quantized, the name of the metric that was compared; else empty.
        before: That metric of the original, on samples of the test part.
        after: Of what was exported, on the same.
    """

    format: str
    folder: Path
    file: str
    size: int
    latency_ms: float
    difference: float
    scale: str
    samples: int
    usage: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    metric: str = ""
    before: float = 0.0
    after: float = 0.0

    @property
    def path(self) -> Path:
        """Where the model is."""
        return self.folder / self.file


class Format(ABC):
    """A form that a model is exported in.

    Attributes:
        name: As the user spells it.
        file: What the model is called in its folder.
        needs: Modules that make or run it and that come with the extra ``export``.
        batches: Whether it takes several samples at once.
        quantizes: Whether it can be made of integers of 8 bits.
    """

    name: ClassVar[str]
    file: ClassVar[str]
    needs: ClassVar[Sequence[str]] = ()
    batches: ClassVar[bool] = True
    quantizes: ClassVar[bool] = False

    @abstractmethod
    def make(self, source: Source, target: Path) -> list[str]:
        """Write the model.

        Args:
            source: What is exported.
            target: The file, or the folder; not there yet.

        Returns:
            What whoever uses it should know, one sentence each.

        Raises:
            ExportError: The format cannot hold this model.
        """

    def cast(self, values: np.ndarray) -> np.ndarray:
        """Raw values in the type that the format takes; by default their own."""
        return values

    @abstractmethod
    def usage(self, model: str, example: str) -> tuple[str, ...]:
        """Three lines of Python that load and call it.

        Args:
            model: Its path, as a literal of Python.
            example: The path of its example, likewise.
        """


def refusal(form: str, why: str) -> ExportError:
    """A sentence for a model that a format cannot hold, with what can."""
    return ExportError(f"export: {form} cannot hold this model: {why}. --format savedmodel and --format mlflow can.")


def refuse_texts(form: str, source: Source) -> None:
    """Refuse a model that reads texts, for formats that know numbers alone.

    Raises:
        ExportError: The columns are named.
    """
    if source.texts:
        columns = [column for name in source.texts for column in source.inputs[name].columns or (name,)]
        named = ", ".join(f"'{one}'" for one in columns[:8]) + (", ..." if len(columns) > 8 else "")
        raise refusal(form, f"it reads texts or categories ({named}), for which {form} has no operations")
