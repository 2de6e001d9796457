from __future__ import annotations

import json

import pytest

from automl.tracking import limits


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        ("val_accuracy", "val_accuracy"),
        ("정확도/시험", "정확도/시험"),
        ("petal length (cm)", "petal length _cm_"),
        ("/a//b/../c", "a/b/c"),
        ("..", "_"),
        ("", "_"),
        ("a\nb", "a_b"),
        ("x" * 1000, "x" * 250),
    ],
)
def test_names_become_what_mlflow_takes(name: str, taken: str) -> None:
    from mlflow.utils.validation import _validate_param_name

    assert limits.entry_name(name) == taken
    _validate_param_name(taken)


def test_values_are_cut_and_freed_of_what_no_database_takes() -> None:
    assert limits.params({"a": "x" * 10000})["a"] == "x" * 6000
    assert limits.text("a\x00b\udc80", 9) == "ab?"
    assert limits.model_name("v1.2: 'best'/한") == "v1-2- -best--한"


def test_batches_keep_within_number_and_size() -> None:
    assert list(limits.batches([], 3)) == []
    assert [len(batch) for batch in limits.batches(range(7), 3)] == [3, 3, 1]
    long = [(f"소득{number}", "한" * 6000) for number in range(100)]
    parts = list(limits.batches(long, 100))
    assert [item for part in parts for item in part] == long
    assert max(len(json.dumps(part)) for part in parts) < 1_000_000


def test_a_schema_that_is_too_long_is_left_without_its_longest_parts() -> None:
    spec = {"name": "d", "statistics": {}, "inputs": {str(n): "x" * 100 for n in range(2000)}, "sizes": {"train": 5}}
    assert json.loads(limits.schema(spec)) == {"name": "d", "sizes": {"train": 5}}
