"""Where a study is tracked: the address of a store, read and checked before anything connects."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path
from urllib.parse import urlsplit

from automl.errors import ConfigError, nearest

_WEB = ("http", "https")
_SERVERS = ("postgresql", "mysql", "mssql")
_SQLITE = "sqlite"
_MANAGED = "databricks"
_HEADER = b"SQLite format 3\0"
_EXAMPLES = "Name a server (http://host:5000) or a database (sqlite:////folder/mlflow.db), or null for the default."


def database_uri(experiments: Path) -> str:
    """The address of the SQLite database of an experiments folder."""
    return f"sqlite:///{experiments / 'mlflow.db'}"


def resolve(uri: str | None, experiments: Path) -> str:
    """The address that a ``tracking.uri`` stands for, the path of a database absolute.

    Raises:
        ConfigError: It is none; or the database file that it names cannot be one.
    """
    if uri is None:
        if "?" in str(experiments):
            raise ConfigError(
                f"experiments: MLflow's database cannot lie below a folder with '?' in its name."
                f" Choose another folder, or tracking=none. Received: {experiments}."
            )
        return database_uri(experiments)
    _check(uri)
    path = database_file(uri)
    if path is None:
        return uri
    if fault := file_fault(path):
        raise ConfigError(f"tracking.uri: {path} {fault}. {_EXAMPLES} Received: {shown(uri)}.")
    query = uri.partition("?")[2]
    return f"sqlite:///{path}{'?' + query if query else ''}"


def database_file(uri: str) -> Path | None:
    """The file of an SQLite address, absolute; ``None`` for any other address."""
    scheme, _, rest = uri.partition(":///")
    if scheme.split("+")[0] != _SQLITE:
        return None
    return Path(rest.partition("?")[0]).absolute()


def file_fault(path: Path) -> str:
    """What keeps a file from being an SQLite database, new or old, in the words of a predicate; else empty."""
    try:
        if path.is_dir():
            return "is a folder"
        if not path.parent.is_dir():
            return "" if not _above(path).is_file() else f"cannot be made: {_above(path)} is a file"
        if not path.exists():
            return ""
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "" if header in (b"", _HEADER) else "is not an SQLite database"


def shown(uri: str) -> str:
    """An address as messages may show it: without a password."""
    return re.sub(r"://[^/@]*@", "://***@", uri)


def is_server(uri: str) -> bool:
    """Whether an address is of a database server, which this process speaks to itself."""
    return _scheme(uri) in _SERVERS


def is_web(uri: str) -> bool:
    """Whether an address is of a tracking server, which is spoken to over HTTP."""
    return _scheme(uri) in _WEB


def server(uri: str) -> tuple[str, int] | None:
    """Host and port of a database server; ``None`` where the address is of another kind or names none."""
    ports = {"postgresql": 5432, "mysql": 3306, "mssql": 1433}
    parts = urlsplit(uri)
    scheme = parts.scheme.split("+")[0]
    if scheme not in ports or not parts.hostname:
        return None
    return parts.hostname, parts.port or ports[scheme]


def _above(path: Path) -> Path:
    return next(parent for parent in path.parents if parent.exists())


def _check(uri: str) -> None:
    scheme = _scheme(uri)
    if scheme in _WEB:
        _check_web(uri)
    elif scheme == _SQLITE:
        _check_sqlite(uri)
    elif scheme in ("", "file"):
        raise ConfigError(
            f"tracking.uri: MLflow keeps no runs in a folder any more. {_EXAMPLES} Received: {shown(uri)!r}."
        )
    elif scheme not in (*_SERVERS, _MANAGED) and scheme not in _offered():
        known = [*_WEB, _SQLITE, *_SERVERS, _MANAGED]
        raise ConfigError(
            f"tracking.uri: there is no tracking store '{scheme}://'. {nearest(scheme, known)} Received: {shown(uri)}."
        )


def _scheme(uri: str) -> str:
    if uri == _MANAGED:
        return _MANAGED
    match = re.match(r"([A-Za-z][\w.+-]*):(//|/|$)?", uri)
    return match[1].lower().split("+")[0] if match else ""


def _check_web(uri: str) -> None:
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"tracking.uri: {error}. {_EXAMPLES} Received: {shown(uri)}.") from error
    if not host or re.search(r"\s", uri):
        raise ConfigError(f"tracking.uri: the address names no host. {_EXAMPLES} Received: {shown(uri)!r}.")


def _check_sqlite(uri: str) -> None:
    path = uri.partition(":///")[2].partition("?")[0]
    if not path or path.startswith(":memory:"):
        raise ConfigError(f"tracking.uri: the address names no database file. {_EXAMPLES} Received: {uri!r}.")


def _offered() -> list[str]:
    """Schemes that installed extensions of MLflow bring."""
    return [point.name for point in entry_points(group="mlflow.tracking_store")]
