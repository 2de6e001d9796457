from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from automl.tracking.operations import STUDY, Artifact, Begin, End, Log, Start, decode, encode, merge
from automl.tracking.spool import SPOOL, Reader, State, Writer, head

if TYPE_CHECKING:
    from pathlib import Path

    from automl.tracking.operations import Operation

BEGIN = Begin(STUDY, "a1", None, "digits")


def log(run: str, value: float) -> Log:
    return Log(run, [("loss", value, 5, 1)])


def write(folder: Path, *operations: Operation) -> None:
    writer = Writer(folder)
    for operation in operations:
        writer.append(operation)
    writer.close()


def test_an_operation_is_the_same_after_its_line() -> None:
    start = Start("3", "trial 3", 7, {"이름": "a\nb"})
    assert decode(encode(start)) == start
    assert encode(start).count(b"\n") == 1


@pytest.mark.parametrize(
    "line", [b"", b"{}", b"[]", b'{"kind": "log"}', b'{"kind": "log", "run": "1", "x": 2}', b"\xff"]
)
def test_a_line_that_was_cut_is_no_operation(line: bytes) -> None:
    with pytest.raises(ValueError, match="is no entry of a tracking spool"):
        decode(line)


def test_what_is_logged_to_a_run_is_one_operation_until_something_else_happens_to_it() -> None:
    operations = [log("1", 1.0), log("2", 2.0), log("1", 3.0), End("1", "FINISHED", 9), log("1", 4.0), log("2", 5.0)]
    merged = [operation for _, operation in merge(enumerate(operations))]
    assert [type(operation).__name__ + operation.run for operation in merged] == ["Log1", "Log2", "End1", "Log1"]
    values = [[point[1] for point in operation.points] for operation in merged if isinstance(operation, Log)]
    assert values == [[1.0, 3.0], [2.0, 5.0], [4.0]]


def test_a_spool_is_read_from_where_it_was_left_and_over_what_is_broken(tmp_path: Path) -> None:
    write(tmp_path, BEGIN, log("1", 1.0))
    with (tmp_path / SPOOL).open("ab") as file:
        file.write(b"cut line\n" + encode(Artifact(STUDY, "config.yaml")) + b'{"kind": "lo')
    reader = Reader(tmp_path)
    entries, end = reader.read(0)
    assert [type(operation).__name__ for _, operation in entries] == ["Begin", "Log", "Artifact"]
    assert reader.at(entries[2][0]) == entries[2][1]
    assert reader.read(end) == ([], end)
    assert reader.count(entries[2][0]) == 1


def test_metrics_wait_for_company_and_everything_else_does_not(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    assert writer.append(BEGIN)
    assert not writer.append(log("1", 1.0))
    assert Reader(tmp_path).count(0) == 1
    writer.flush()
    assert Reader(tmp_path).count(0) == 2


def test_a_state_survives_and_a_broken_one_begins_anew(tmp_path: Path) -> None:
    state = State(cursor=7, uri="u", runs={"1": "x"}, left=[3])
    state.save(tmp_path)
    assert State.load(tmp_path) == state
    for broken in ("", "[]", '{"cursor": 1, "other": 2}'):
        (tmp_path / "tracking.json").write_text(broken)
        assert State.load(tmp_path) == State()


def test_the_head_of_a_spool_is_its_first_line(tmp_path: Path) -> None:
    assert head(tmp_path) is None
    write(tmp_path, BEGIN, log("1", 1.0))
    assert head(tmp_path) == BEGIN
