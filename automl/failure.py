"""What went wrong in a plugin, told in one sentence that leads to its author's line."""

from __future__ import annotations

import inspect
import re
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_LIBRARIES = frozenset(
    {"automl", "h5py", "keras", "matplotlib", "mlflow", "numpy", "pandas", "PIL", "pyarrow", "scipy", "sklearn"}
    | {"tensorflow", "tf_keras", "pluggy", "pytest", "_pytest"}
) | set(sys.stdlib_module_names)
_OUT_OF_MEMORY = ("ResourceExhaustedError", "OutOfMemoryError")
"""Names of TensorFlow's and PyTorch's errors, which are told without importing either."""

_NOISE = re.compile(r"\x1b\[[0-9;]*m|\{\{.*?\}\}|\[Op:[^\]]*\]( name:.*)?|\[\[.*?\]\]")
"""Colours, names of graph nodes and of operations."""

_HEADINGS = re.compile(
    r"in user code:|Graph execution error:|Detected at node|<stack traces|Traceback |Exception encountered when"
    r"|Arguments received by|\d+ root error|\(\d+\) .*:$|File \""
)
"""Lines with which Keras and TensorFlow lead up to what they have to say."""

_NESTED = re.compile(r"(?:Error|Exception) encountered:")
"""Behind it Keras repeats the message of what it caught."""

_GENERATED = "__autograph_generated_file"
_TRACED = re.compile(r'File "([^"]+)", line (\d+), in \S+  \*$', re.MULTILINE)
"""AutoGraph runs a copy of the author's function, and marks its lines in the message by a star."""

_LONGEST, _LONGEST_TRACE = 400, 100_000


def sentence(error: BaseException) -> str:
    """Type and message of an error, of its innermost cause, and the line of the plugin that it came from.

    Example:
        >>> sentence(error)
        'ValueError: scripted error (scripted.py:57)'
    """
    inner = list(_chain(error))[-1]
    told = _told(inner) if inner is error else f"{_told(error).rstrip('.')}; its cause: {_told(inner)}"
    line = place(error)
    return f"{told} ({line})" if line else told


def place(error: BaseException) -> str:
    """The plugin's ``file.py:line`` that an error, or its innermost cause, came from; empty where none is in sight."""
    causes = list(_chain(error))[::-1]
    return next(filter(None, (_unparsed(causes[0]), _traced(causes[0]), *map(_place, causes))), "")


def kind(error: BaseException) -> str:
    """``oom`` where memory ran out, else ``error``."""
    spent = (isinstance(one, MemoryError) or type(one).__name__ in _OUT_OF_MEMORY for one in _chain(error))
    return "oom" if any(spent) else "error"


def trace(error: BaseException) -> str:
    """The traceback, shortened where it is endless."""
    text = "".join(traceback.format_exception(error))
    return (
        text if len(text) <= _LONGEST_TRACE else f"{text[: _LONGEST_TRACE // 2]}\n...\n{text[-_LONGEST_TRACE // 2 :]}"
    )


def informative(message: str) -> str:
    """The line of a message that says what is wrong: frameworks begin with headings, code and paths."""
    last = _NESTED.split(message)[-1]
    lines = [_NOISE.sub("", line).strip() for line in (last if last.strip() else message).splitlines()]
    skip, kept = False, []
    for line in lines:
        if line and not skip and not _HEADINGS.match(line):
            kept.append(line)
        skip = line.startswith('File "')  # the next line is the code that stands there
    first = (kept or [line for line in lines if line] or [""])[0]
    return first if len(first) <= _LONGEST else f"{first[: _LONGEST - 3]}..."


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, its cause, and so on; the first of a group stands for it."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        inner = following.exceptions[0] if isinstance(following, BaseExceptionGroup) else None
        following = following.__cause__ or inner


def _told(error: BaseException) -> str:
    message = "its message cannot be shown"
    with suppress(Exception):  # a plugin's own exception may fail even at this
        message = informative(str(error))
    name = type(error).__name__
    return f"{name}: {message.removeprefix(f'{name}: ')}" if message else name


def _place(error: BaseException) -> str:
    """The innermost line that is neither of a framework nor of this one."""
    place = ""
    for frame in _frames(error.__traceback__):
        module = str(frame.tb_frame.f_globals.get("__name__", "")).partition(".")[0]
        file = Path(frame.tb_frame.f_code.co_filename).name
        if module not in _LIBRARIES and not file.startswith(_GENERATED):
            place = f"{file}:{frame.tb_lineno}"
    return place


def written(thing: Any) -> str:
    """The ``file.py:line`` where a class or function is written; empty where that is not to be found."""
    with suppress(OSError, TypeError):
        file = inspect.getsourcefile(thing)
        return f"{Path(file).name}:{inspect.getsourcelines(thing)[1]}" if file else ""
    return ""


def named(thing: Any) -> str:
    """A class or function as a message names it: ``Mine.build (mine.py:12)``."""
    line = written(thing)
    return f"{thing.__qualname__} ({line})" if line else str(thing.__qualname__)


def _unparsed(error: BaseException) -> str:
    """The line that is not Python."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f"{Path(error.filename).name}:{error.lineno}"
    return ""


def _traced(error: BaseException) -> str:
    """The innermost of the author's lines that AutoGraph names."""
    with suppress(Exception):
        if lines := _TRACED.findall(str(error)):
            file, line = lines[-1]
            return f"{Path(file).name}:{line}"
    return ""


def _frames(link: TracebackType | None) -> Iterator[TracebackType]:
    while link is not None:
        yield link
        link = link.tb_next


def closed(text: str) -> str:
    """A sentence with its full stop, so that another may follow."""
    text = text.rstrip()
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."
