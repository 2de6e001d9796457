"""What every data loader promises, as tests that it runs by giving its name.

Example:
    >>> class TestBlobs(LoaderConformance):
    ...     loader = "blobs"
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl import registry
from automl.config.check import check_values
from automl.config.sections import face_of
from automl.data import DataSpec, Loader, TensorSpec
from automl.errors import AutomlError, DataError
from automl.fields import construct, field_hints
from automl.registry import Group
from automl.tasks import task_info, task_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, Part

_FACE_KEYS = Group.DATASETS.said - {"name"} | {"defaults"}
_BATCH = 7
"""Divides no number of samples that a test would choose, so that the last batch is a smaller one."""


class LoaderConformance:
    """The suite; a subclass named ``Test...`` sets ``loader`` to the name of its entry point.

    A loader that reads files makes a few in the fixture ``fields``; samples should differ from each other, so that
    their parts can be told apart.
    """

    loader: str
    rows = True
    """Whether samples are rows that lie somewhere; an environment makes them while it is played."""

    @pytest.fixture
    def fields(self, tmp_path: Path) -> Mapping[str, Any]:
        """Fields with values for the tests, in place of those of the configuration, such as a path."""
        del tmp_path
        return {}

    @pytest.fixture
    def others(self) -> Mapping[str, Any]:
        """Another value for each field that the configuration calls ``searchable``."""
        return {}

    @pytest.fixture
    def cls(self) -> type[Loader]:
        """The loader's class."""
        loaded: type[Loader] = registry.entry(Group.DATASETS, self.loader).load()
        return loaded

    @pytest.fixture
    def face(self) -> dict[str, Any]:
        """The first data configuration that names the loader."""
        for choice in [self.loader, *registry.choices("data")]:
            face = face_of("data", choice)
            if (face.get("loader") or face.get("name")) == self.loader:
                return face
        raise AssertionError(f"no conf/data/*.yaml names the loader {self.loader}")

    @pytest.fixture
    def values(self, face: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
        """What the loader is made of."""
        return {key: value for key, value in face.items() if key not in _FACE_KEYS} | dict(fields)

    @pytest.fixture
    def data(self, cls: type[Loader], values: dict[str, Any], tmp_path: Path) -> Dataset:
        """The data, opened for the first time."""
        return construct(cls, values, "data").open(tmp_path / "cache", 0)

    def test_configuration_and_fields_agree(self, cls: type[Loader], face: dict[str, Any]) -> None:
        """Every key is a field and of its type; what is searchable is one; the task, where it is named, is known."""
        assert issubclass(cls, Loader)
        hints = field_hints(cls)
        assert set(face) - _FACE_KEYS <= set(hints)
        assert set(face.get("searchable") or ()) <= set(hints)
        assert face.get("task") in [None, *task_names()]
        for name in set(face) - _FACE_KEYS:
            # What has no default is for the user to fill in.
            if face[name] is not None or not _required(cls, name):
                check_values(face[name], hints[name], f"data.{name}")

    def test_the_spec_describes_the_samples(self, data: Dataset, values: dict[str, Any]) -> None:
        """Types, shapes and sizes are as it says, in arrays and in batches; it comes back from JSON as it was."""
        spec = data.spec
        assert spec.name == values["name"]
        assert spec.task in task_names()
        assert DataSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
        for name, part in _parts(data).items():
            assert len(part) > 0
            assert not self.rows or spec.sizes[name] == len(part)
            inputs, target = part.arrays()
            _check_arrays(inputs, spec.inputs)
            batch, answers = next(iter(part.batches(_BATCH)))
            _check_arrays(_numpy(batch), spec.encoded.inputs)
            if spec.target is not None:
                _check_arrays(target, spec.target)
                _check_arrays(answers.numpy(), spec.target)
            assert len(target) == len(part) or not self.rows
            if spec.classes:
                assert 0 <= target.min() <= target.max() < len(spec.classes)
        assert (spec.target is None) == (task_info(spec.task).target == "none")

    def test_parts_share_no_sample(self, data: Dataset) -> None:
        """No sample, with its target, is in two parts."""
        seen: set[bytes] = set()
        for part in _parts(data).values():
            samples = set(_samples(*part.arrays()))
            assert not samples & seen
            seen |= samples

    def test_the_seed_makes_the_split_and_the_cache_changes_nothing(
        self, cls: type[Loader], values: dict[str, Any], data: Dataset, tmp_path: Path
    ) -> None:
        """The same seed gives the same arrays, out of the cache and made anew; another has a fingerprint of its own."""
        loader = construct(cls, values, "data")
        for cache in (tmp_path / "cache", tmp_path / "another"):
            again = loader.open(cache, 0)
            assert again.spec == data.spec
            for name, part in _parts(again).items():
                assert _samples(*part.arrays()) == _samples(*_parts(data)[name].arrays())
        other = loader.open(tmp_path / "cache", 1)
        pairs = zip(_parts(other).values(), _parts(data).values(), strict=True)
        same = all(_samples(*one.arrays()) == _samples(*another.arrays()) for one, another in pairs)
        assert same == (other.spec.fingerprint == data.spec.fingerprint)

    def test_what_may_be_searched_leaves_the_evaluated_rows_as_they_are(
        self,
        cls: type[Loader],
        face: dict[str, Any],
        values: dict[str, Any],
        others: Mapping[str, Any],
        data: Dataset,
        tmp_path: Path,
    ) -> None:
        """With another value of each searchable field validation and test part have the same targets in order."""
        assert set(others) == set(face.get("searchable") or ()), "the fixture 'others' gives each of them a value"
        for name, value in others.items():
            assert values.get(name) != value
            other = construct(cls, {**values, name: value}, "data").open(tmp_path / "cache", 0)
            for part in ("validation", "test"):
                np.testing.assert_array_equal(_parts(other)[part].target(), _parts(data)[part].target())

    def test_batches_chunks_and_samples_are_of_the_same_rows(self, data: Dataset) -> None:
        """In order each sample once; an epoch is shuffled by seed and number, and of one static batch size."""
        if not self.rows:
            pytest.skip("it has no rows")
        part = data.validation
        inputs, target = part.arrays()
        expected = _samples(inputs, target)
        assert [one for chunk in part.chunks(_BATCH) for one in _samples(*chunk)] == expected
        batches = [answers.numpy() for _, answers in part.batches(_BATCH)]
        np.testing.assert_array_equal(np.concatenate(batches), target)
        np.testing.assert_array_equal(part.target(), target)
        alone = set(_samples(inputs, np.zeros(len(part))))
        for few in (part.examples(3), part.sample(3)):
            assert set(_samples(few, np.zeros(min(3, len(part))))) <= alone
        assert len(part.few(3)) == min(3, len(part))
        first, again, late = (_epoch(data.train, number) for number in (0, 0, 1))
        assert first == again != late

    def test_what_is_not_there_is_told(self, cls: type[Loader], values: dict[str, Any], tmp_path: Path) -> None:
        """A path that leads nowhere is a ``DataError``, and one that is left out is told too; nothing is cached."""
        if "path" not in field_hints(cls):
            pytest.skip("it reads no path")
        with pytest.raises(DataError, match="path"):
            construct(cls, {**values, "path": str(tmp_path / "없는 곳")}, "data").open(tmp_path / "none", 0)
        with pytest.raises(AutomlError, match=r"data\.path"):
            construct(cls, {**values, "path": None}, "data").open(tmp_path / "none", 0)
        assert not (tmp_path / "none").exists() or list((tmp_path / "none").iterdir()) == []


def _parts(data: Dataset) -> dict[str, Part]:
    return {"train": data.train, "validation": data.validation, "test": data.test}


def _required(cls: type[Loader], name: str) -> bool:
    field = {one.name: one for one in dataclasses.fields(cls)}[name]  # type: ignore[arg-type]
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _numpy(batch: Any) -> Any:
    return {name: one.numpy() for name, one in batch.items()} if isinstance(batch, dict) else batch.numpy()


def _check_arrays(arrays: Any, spec: TensorSpec | Mapping[str, TensorSpec]) -> None:
    """Each array has a sample a row, of the shape and type that its spec tells."""
    if isinstance(spec, TensorSpec):
        kinds = {"string": "OSU"}.get(spec.dtype)
        assert arrays.dtype.kind in kinds if kinds else str(arrays.dtype) == spec.dtype
        assert arrays.ndim == len(spec.shape) + 1
        assert all(length in (None, actual) for length, actual in zip(spec.shape, arrays.shape[1:], strict=True))
        return
    assert set(arrays) == set(spec)
    for name, one in spec.items():
        _check_arrays(arrays[name], one)


def _samples(inputs: Any, target: np.ndarray) -> list[bytes]:
    """Each sample with its target as bytes."""
    columns = [inputs[name] for name in sorted(inputs)] if isinstance(inputs, dict) else [inputs]
    return [b"|".join(_bytes(one[row]) for one in (*columns, target)) for row in range(len(target))]


def _bytes(value: Any) -> bytes:
    return str(value).encode() if isinstance(value, str | bytes) else np.asarray(value).tobytes()


def _epoch(part: Part, number: int) -> list[bytes]:
    """The samples of an epoch in its order."""
    steps = part.epochs(_BATCH, seed=1, first=number).take(part.steps(_BATCH))
    return [one for inputs, target in steps for one in _samples(_numpy(inputs), target.numpy())]
