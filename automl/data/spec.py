"""What a model has to know of its data: task, shapes, dtypes, classes and what was learned on the train part."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


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
    def input(self) -> TensorSpec:
        """The only input.

        Raises:
            TypeError: There are several.
        """
        if not isinstance(self.inputs, TensorSpec):
            raise TypeError(f"{self.name} has several inputs: {', '.join(self.inputs)}.")
        return self.inputs

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


def _described(one: TensorSpec | Mapping[str, TensorSpec] | None) -> Any:
    if one is None or isinstance(one, TensorSpec):
        return None if one is None else asdict(one)
    return {name: asdict(tensor) for name, tensor in one.items()}


def _tensors(values: Mapping[str, Any]) -> TensorSpec | dict[str, TensorSpec]:
    single = isinstance(values.get("shape"), list | tuple)  # a column may bear that name
    return _tensor(values) if single else {name: _tensor(one) for name, one in values.items()}


def _tensor(values: Mapping[str, Any]) -> TensorSpec:
    return TensorSpec(tuple(values["shape"]), values["dtype"])
