"""What a model has to know of its data: task, shapes, dtypes, classes and what was learned on the train part."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, fields, replace
from math import prod
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


_MOST, _NUMBERS = 16_384, 1 << 26
"""Samples that are looked at in one go: so many, or of large ones so many numbers, which are 256 MB of floats."""


@dataclass(frozen=True)
class TensorSpec:
    """Shape of one sample, the batch dimension left out, and its NumPy dtype; ``None`` where a length varies."""

    shape: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True)
class DataSpec:
    """A data set described; plain values only, so that the driver reads it without a deep-learning framework.

    Attributes:
        name: The data configuration's name, such as ``digits``.
        task: A name out of ``automl.tasks``.
        inputs: One tensor, or several by name: what a trained model is given.
        target: What is predicted, as stored: class indices ``()`` for classification; ``None`` where nothing is.
        classes: Labels in the order of their indices; empty where the task has none.
        sizes: Number of samples by part: train, validation, test.
        fingerprint: Identifies content and split: equal fingerprints mean equal samples in equal parts.
        statistics: What was learned on the train part alone, such as ``mean`` and ``variance`` by channel.
        details: What only this kind of data has, such as ``value_range`` of images or ``horizon`` of series.
        warnings: What the user should hear about the data, one sentence each.
        features: What batches hold instead of ``inputs``, where those were encoded once for all trials: strings as
            numbers. The encoder is ``automl.data.encoding.make_encoder(spec)``.
        folds: Over how many pairs of train and validation parts trials are cross-validated; ``sizes`` are then those
            of the first, and ``statistics`` were learned on all samples outside the test part.
    """

    name: str
    task: str
    inputs: TensorSpec | Mapping[str, TensorSpec]
    target: TensorSpec | None
    classes: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)
    fingerprint: str = ""
    statistics: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    features: TensorSpec | Mapping[str, TensorSpec] | None = None
    folds: int = 1

    @property
    def encoded(self) -> Self:
        """The data as batches hold them: ``features`` in the place of ``inputs``."""
        return self if self.features is None else replace(self, inputs=self.features, features=None)

    @property
    def numbers(self) -> int:
        """How many numbers a sample has as batches hold it; a length that varies counts once."""
        inputs = self.encoded.inputs
        tensors = [inputs] if isinstance(inputs, TensorSpec) else inputs.values()
        return sum(prod(length or 1 for length in one.shape) for one in tensors)

    @property
    def chunk(self) -> int:
        """How many samples are to be looked at in one go, ``Part.chunks``, where a part may not fit into memory."""
        return max(1, min(_MOST, _NUMBERS // max(1, self.numbers)))

    @property
    def input(self) -> TensorSpec:
        """The only input.

        Raises:
            TypeError: There are several.
        """
        if not isinstance(self.inputs, TensorSpec):
            raise TypeError(f"{self.name} has several inputs: {', '.join(self.inputs)}.")
        return self.inputs

    @property
    def traits(self) -> dict[str, int]:
        """What data are alike by: samples, inputs, texts among these, numbers of a sample and a target, classes."""
        inputs = [self.inputs] if isinstance(self.inputs, TensorSpec) else list(self.inputs.values())
        return {
            "samples": sum(self.sizes.values()),
            "inputs": len(inputs),
            "texts": sum(one.dtype == "string" for one in inputs),
            "values": sum(_count(one) for one in inputs),
            "targets": 0 if self.target is None else _count(self.target),
            "classes": len(self.classes),
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain, JSON-ready values, shared with this spec; the inverse of ``from_dict``."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        tensors = {name: _described(plain[name]) for name in ("inputs", "target", "features")}
        return {**plain, **tensors, "classes": list(self.classes), "warnings": list(self.warnings)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The spec that ``to_dict`` described, also after a round trip through JSON."""
        rest = {**values}
        inputs, target, features = rest.pop("inputs"), rest.pop("target"), rest.pop("features", None)
        return cls(
            inputs=_tensors(inputs),
            target=None if target is None else _tensor(target),
            features=None if features is None else _tensors(features),
            classes=tuple(rest.pop("classes")),
            warnings=tuple(rest.pop("warnings")),
            **rest,
        )


def _count(tensor: TensorSpec) -> int:
    """The values of a tensor, as far as lengths are known."""
    return math.prod(length or 1 for length in tensor.shape)


def _described(one: TensorSpec | Mapping[str, TensorSpec] | None) -> Any:
    if one is None or isinstance(one, TensorSpec):
        return None if one is None else asdict(one)
    return {name: asdict(tensor) for name, tensor in one.items()}


def _tensors(values: Mapping[str, Any]) -> TensorSpec | dict[str, TensorSpec]:
    single = isinstance(values.get("shape"), list | tuple)  # a column may bear that name
    return _tensor(values) if single else {name: _tensor(one) for name, one in values.items()}


def _tensor(values: Mapping[str, Any]) -> TensorSpec:
    return TensorSpec(tuple(values["shape"]), values["dtype"])
