from __future__ import annotations

import pickle
import socket
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl import failure
from automl.failure import closed
from automl.runner.channel import Channel, channels
from automl.runner.plain import plain

GRAPH = """in user code:

    File "/home/me/mine.py", line 10, in call  *
        return self.dense(x)
    File "/site-packages/keras/src/utils/traceback_utils.py", line 122, in error_handler  **
        raise e.with_traceback(filtered_tb) from None

    ValueError: Input 0 of layer "dense" is incompatible: expected axis -1 to have value 8
"""
EXECUTION = """Graph execution error:

Detected at node MatMul defined at (most recent call last):
<stack traces unavailable>
Matrix size-incompatible: In[0]: [32,4], In[1]: [8,1]
\t [[{{node MatMul}}]] [Op:__inference_train_123]"""


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("plain", "plain"),
        ("", ""),
        ("\n\n  second line\n", "second line"),
        (
            GRAPH,
            'ValueError: Input 0 of layer "dense" is incompatible: expected axis -1 to have value 8',
        ),
        (EXECUTION, "Matrix size-incompatible: In[0]: [32,4], In[1]: [8,1]"),
        ("{{function_node __wrapped__Sub}} Incompatible shapes: [2] vs. [3] [Op:Sub] name: ", None),
        ("x" * 5000, "x" * 397 + "..."),
    ],
)
def test_the_informative_line_of_a_message_is_told(message: str, line: str | None) -> None:
    assert failure.informative(message) == ("Incompatible shapes: [2] vs. [3]" if line is None else line)


def test_the_author_s_line_is_told_where_autograph_ran_a_copy_of_it() -> None:
    told = failure.sentence(ValueError(GRAPH))
    assert told.endswith("expected axis -1 to have value 8 (mine.py:10)")
    assert told.count("ValueError") == 1


def raised(act: Any) -> BaseException:
    try:
        act()
    except BaseException as error:  # noqa: BLE001
        return error
    raise AssertionError("nothing was raised")


def test_the_line_is_the_author_s_and_not_the_library_s() -> None:
    told = failure.sentence(raised(lambda: np.zeros(3).reshape(7)))
    assert told.startswith("ValueError: cannot reshape array of size 3 into shape (7,) (test_failure.py:")
    assert failure.sentence(raised(lambda: Path("/nowhere/file").read_text())).startswith(
        "FileNotFoundError: [Errno 2] No such file or directory: '/nowhere/file' (test_failure.py:"
    )


def test_endless_recursion_and_groups_are_told() -> None:
    def deep() -> None:
        deep()

    error = raised(deep)
    assert failure.sentence(error).startswith("RecursionError: maximum recursion depth exceeded")
    assert len(failure.trace(error)) < 110_000
    group = ExceptionGroup("two", [KeyError("a"), ValueError("b")])
    assert failure.sentence(group) == "ExceptionGroup: two (2 sub-exceptions); its cause: KeyError: 'a'"


def test_memory_that_ran_out_is_known_by_any_library_s_error() -> None:
    error = RuntimeError("wrapped")
    error.__cause__ = type("ResourceExhaustedError", (Exception,), {})("OOM when allocating")
    assert failure.kind(error) == "oom"
    assert failure.kind(raised(lambda: np.zeros(1 << 50))) == "oom"
    assert failure.kind(ValueError()) == "error"


def test_numbers_of_libraries_become_plain() -> None:
    value = {"a": np.float32(0.5), "b": [np.int64(3), (np.arange(2),)], "c": Path("x"), "d": None}
    assert plain(value) == {"a": 0.5, "b": [3, ([0, 1],)], "c": Path("x"), "d": None}
    with pytest.raises(TypeError, match=r"result.a\[1\]: expected numbers, .* Received: type."):
        plain({"a": [1, int]})


def test_half_a_message_holds_nobody_up() -> None:
    ours, theirs = channels()
    data = pickle.dumps({"loss": 0.5})
    whole = len(data).to_bytes(8, "big") + data
    theirs.sendall(whole[:20])
    began = time.monotonic()
    assert ours.receive() == []
    assert time.monotonic() - began < 5.0
    theirs.sendall(whole[20:] + whole)
    assert ours.receive() == [{"loss": 0.5}, {"loss": 0.5}]
    theirs.close()
    assert ours.receive() == []
    assert not ours.open


def test_a_side_that_dies_with_messages_unread_is_gone() -> None:
    ours, theirs = channels()
    ours.send("unread")
    theirs.close()
    assert ours.receive() == []
    assert not ours.open
    with pytest.raises(OSError, match="Broken pipe"):
        ours.send("more")
    other = Channel(socket.socketpair()[0])
    with pytest.raises((EOFError, OSError)):
        other.wait()


def test_a_sentence_is_closed_once() -> None:
    assert [closed(text) for text in ("a (b.py:3)", "a. ", "a?")] == ["a (b.py:3).", "a.", "a?"]
