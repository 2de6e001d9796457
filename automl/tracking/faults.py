"""Errors of a tracking store: what is refused for good, what is worth another try, and why, in a few words."""

from __future__ import annotations

import re

_TRY_AGAIN = {401, 403, 408, 425, 429}
"""Client errors that are the store's state, not the operation's fault: the user may yet mend them."""

_TAKEN = re.compile(r"UNIQUE constraint failed|duplicate key|Duplicate entry")
"""How SQLite, PostgreSQL and MySQL say that there is one already."""

_LENGTH = 200


class RefusedError(Exception):
    """An operation that can never be done: what it needs is not there."""


def is_refused(error: Exception) -> bool:
    """Whether the same operation would fail in the same way for ever."""
    if isinstance(error, RefusedError):
        return True
    if is_taken(error):
        return False
    status = getattr(error, "get_http_status_code", None)
    if status is None or _is_database(error.__cause__) or str(error).startswith("API request to"):
        return False  # the last: an answer that is not MLflow's own, such as a proxy's page
    return 400 <= status() < 500 and status() not in _TRY_AGAIN


def is_taken(error: Exception) -> bool:
    """Whether there is such an entry already, made by another of two that looked at once."""
    return bool(_TAKEN.search(str(error)))


def is_known(error: Exception) -> bool:
    """Whether it is an error that stores raise, and not one of a library's or ours."""
    return isinstance(error, OSError) or hasattr(error, "get_http_status_code")


def reason(error: Exception) -> str:
    r"""Why, in a few words.

    Example:
        >>> reason(OSError("(sqlite3.OperationalError) database is locked\n[SQL: ...]"))
        'database is locked'
    """
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    for pattern, words in _WORDS:
        if match := re.search(pattern, str(error), re.DOTALL):
            return match.expand(words)
    line = re.sub(r"^\([\w.]+\) ", "", line)
    return re.sub(r"://[^/@\s]*@", "://***@", line).rstrip(".")[:_LENGTH]


_WORDS = (
    (r"Connection refused", "it refuses the connection"),
    (r"NameResolutionError|Name or service not known|nodename nor servname|name resolution", "its host is not known"),
    (r"timed out|timeout exception", "it does not answer"),
    (r"Connection aborted|Connection reset|RemoteDisconnected|Broken pipe", "it breaks off the connection"),
    (r"found version (\w+), but expected (\w+)", r"its schema \1 is of another MLflow version, which has \2"),
    (r"Can't locate revision identified by '(\w+)'", r"its schema \1 is of a newer MLflow version"),
    (r"failed with error code (\d+)", r"it answers with HTTP status \1"),
    (r"too many (\d+) error responses", r"it answers with HTTP status \1"),
    (r"Failed to download artifacts from path '([^']*)'", r"the run holds no '\1' that could be read"),
    (r"No module named '([\w.]+)'", r"the package '\1' is needed to reach it"),
)


def _is_database(cause: BaseException | None) -> bool:
    """Whether a database's own fault (damaged, full, gone) lies behind an error, and not what was asked of it."""
    names = {cls.__name__ for cls in type(cause).__mro__}
    return "DatabaseError" in names and not names & {"IntegrityError", "DataError", "ProgrammingError"}
