"""The database that drivers share a study through: its address, read before anything connects, and its storage."""

from __future__ import annotations

import re
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optuna.storages import RDBStorage

from automl.errors import ConfigError, PluginError, StorageError, nearest
from automl.tracking.address import file_fault
from automl.tracking.address import shown as without_user

if TYPE_CHECKING:
    from sqlalchemy import URL

HEARTBEAT = 30
"""Seconds between signs of life of a running trial."""

GRACE = 300
"""Seconds without one after which other drivers take it for failed; a machine may sleep, and go on."""

_CONNECT = 5
"""Seconds to wait for a server."""

_LOCKED = 60
"""Seconds to wait for another driver that writes to an SQLite file."""

_ATTEMPTS = 10
"""Drivers that start together all try to make the tables, of which each but one fails for once."""

_DRIVERS = {"postgresql": ("psycopg2", "psycopg"), "mysql": ("MySQLdb", "pymysql"), "sqlite": ("sqlite3",)}
"""Modules that speak to a kind of database, SQLAlchemy's own choice first."""

_EXTRAS = {"postgresql": "postgres", "mysql": "mysql"}
_EXAMPLE = "Name a database, such as postgresql://user:password@host/database."


def shown(address: str) -> str:
    """An address as messages may show it: without a password."""
    return re.sub(r"(password=)[^&]*", r"\1***", without_user(address))


def open_database(address: str) -> RDBStorage:
    """The storage at an address.

    Raises:
        ConfigError: It is no address of a database.
        PluginError: The package that speaks to it is not installed.
        StorageError: It cannot be reached, or refuses.
    """
    url = _read(address)
    kind = url.get_backend_name()
    wait = {"timeout": _LOCKED} if kind == "sqlite" else {"connect_timeout": _CONNECT}
    text = url.render_as_string(hide_password=False)
    for attempt in range(_ATTEMPTS):
        try:
            return _open(text, wait)
        except Exception as error:
            if attempt + 1 == _ATTEMPTS or not _is_race(error):
                raise StorageError(f"search.storage: {shown(address)} cannot be opened: {reason(error)}.") from error
            time.sleep(0.1 * (attempt + 1))
    raise AssertionError


def reason(error: Exception) -> str:
    """What a database, or what speaks to it, has to say, on one line."""
    original = getattr(error, "orig", None) or error
    lines = [line.strip() for line in str(original).strip().splitlines() if line.strip()]
    return (lines[0] if lines else type(original).__name__).rstrip(".")


def _open(text: str, wait: dict[str, int]) -> RDBStorage:
    # A connection that was lost meanwhile, as by a restart of the server, is made anew.
    engine: dict[str, Any] = {"connect_args": wait, "pool_pre_ping": True}
    return RDBStorage(text, engine_kwargs=engine, heartbeat_interval=HEARTBEAT, grace_period=GRACE)


def _is_race(error: Exception) -> bool:
    return bool(re.search(r"already exists|duplicate|UNIQUE constraint|pg_type_typname", str(error)))


def _read(address: str) -> URL:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(re.sub(r"^postgres(?=[:+])", "postgresql", address))
    except (ArgumentError, ValueError) as error:
        raise ConfigError(f"search.storage: expected an address. {_EXAMPLE} Received: {shown(address)!r}.") from error
    kind = url.get_backend_name()
    if kind not in _DRIVERS:
        raise ConfigError(
            f"search.storage: a study is not kept in '{kind}'. {nearest(kind, _DRIVERS)} Received: {shown(address)}."
        )
    if kind == "sqlite":
        _check_file(url.database)
    if "+" not in url.drivername:
        url = url.set(drivername=_with_driver(kind))
    return url


def _check_file(name: str | None) -> None:
    if not name or name == ":memory:":
        raise ConfigError(
            "search.storage: the address names no file. Name one, such as sqlite:////folder/studies.db."
            f" Received: sqlite:///{name or ''}."
        )
    path = Path(name).absolute()
    fault = file_fault(path) or ("" if path.parent.is_dir() else "lies in a folder that does not exist")
    if fault:
        raise ConfigError(f"search.storage: {path} {fault}. Received: sqlite:///{name}.")


def _with_driver(kind: str) -> str:
    """The kind of database with the module that is installed for it, in SQLAlchemy's words."""
    for module in _DRIVERS[kind]:
        if find_spec(module) is not None:
            return kind if module == "sqlite3" else f"{kind}+{module.lower()}"
    extra = _EXTRAS[kind]
    raise PluginError(
        f"search.storage: {kind} needs the package '{_DRIVERS[kind][1]}'."
        f" Install the extra: pip install 'automl[{extra}]'"
    )
