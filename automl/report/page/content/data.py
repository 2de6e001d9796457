"""The data: how many, of what kind, and what had to be put right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from automl.data.spec import TensorSpec
from automl.report.wording import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from automl.data.spec import DataSpec
    from automl.records import StudyRecord

_MOST = 24
_LONGEST = 160


@dataclass(frozen=True)
class Data:
    """What is known of the data, once they were read.

    Attributes:
        parts: Name, samples and share of each part.
        facts: Names and values.
        warnings: What was cleaned, left out or is worth knowing, one sentence each.
    """

    parts: Sequence[tuple[str, str, float]]
    facts: Sequence[tuple[str, str]]
    warnings: Sequence[str]


def data(study: StudyRecord) -> Data | None:
    """What is known of the data; None before they were read."""
    spec = study.spec
    if spec is None:
        return None
    total = sum(spec.sizes.values()) or 1
    parts = [(name, f"{count:,}", count / total) for name, count in spec.sizes.items()]
    facts = {
        "Name": spec.name,
        "A sample": _inputs(spec),
        "Target": _target(spec, study),
        "Classes": _listed(spec.classes) if spec.classes else "",
        **{_words(name): _plain(value) for name, value in list(spec.details.items())[:_MOST]},
        "Fingerprint": spec.fingerprint,
    }
    return Data(parts, [(name, value) for name, value in facts.items() if value], spec.warnings)


def _inputs(spec: DataSpec) -> str:
    if isinstance(spec.inputs, TensorSpec):
        return _tensor(spec.inputs)
    names = [f"{name} {_tensor(one)}".strip() for name, one in spec.inputs.items()]
    told = ", ".join(names[:_MOST])
    return f"{len(names)} inputs: {told}{', …' if len(names) > _MOST else ''}"


def _target(spec: DataSpec, study: StudyRecord) -> str:
    if spec.target is None:
        return "none"
    what = f"one of {len(spec.classes)} classes" if study.task.classes and spec.classes else ""
    return ", ".join(filter(None, (what, _tensor(spec.target))))


def _tensor(one: TensorSpec) -> str:
    shape = " \u00d7 ".join("any" if length is None else str(length) for length in one.shape)
    return f"{shape} {one.dtype}".strip()


def _listed(values: Sequence[Any]) -> str:
    told = ", ".join(str(value) for value in values[:_MOST])
    return f"{len(values)}: {told}{', …' if len(values) > _MOST else ''}" if len(values) > 3 else told


def _item(value: Any) -> str:
    """A list in a list, such as a column and its kind, reads as one thing."""
    return " ".join(map(_plain, value)) if isinstance(value, list | tuple) else _plain(value)


def _words(name: str) -> str:
    return (name[:1].upper() + name[1:]).replace("_", " ")


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        found = ", ".join(f"{name}: {_plain(one)}" for name, one in list(value.items())[:_MOST])
    elif isinstance(value, list | tuple):
        found = ", ".join(_item(one) for one in value[:_MOST])
    else:
        found = "" if value is None else short(value)
    return found if len(found) <= _LONGEST else f"{found[: _LONGEST - 1]}…"
