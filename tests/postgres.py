"""A PostgreSQL server of the tests' own, without an installation: the wheel ``pgserver`` ships its binaries."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def postgres() -> Iterator[str]:
    """The address of a server that runs meanwhile; skips where there can be none."""
    pytest.importorskip("psycopg", reason="psycopg, of the extra 'postgres', is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a user without a folder for sockets
        pgserver = pytest.importorskip("pgserver", reason="there is no wheel of pgserver for this Python or machine")
    # As root it runs the server as a user that it makes, who must be let in; a socket's path must be short.
    folder = Path(tempfile.mkdtemp(prefix="pg", dir="/tmp" if os.name == "posix" else None))
    folder.chmod(0o755)
    try:
        server = pgserver.get_server(folder / "data", cleanup_mode="stop")
    except (OSError, RuntimeError) as error:  # as where root may make no users
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"the server of pgserver does not start: {error}")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
