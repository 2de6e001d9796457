"""``python -m automl ui``: the MLflow UI on an experiments folder, at a fraction of its usual memory."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError, StorageError
from automl.tracking import pages
from automl.tracking.address import database_file, database_uri
from automl.tracking.database import describe, has_tag, making
from automl.tracking.store import artifacts_root
from automl.tracking.views import STUDIES, TAG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from automl.tracking.pages import Place

_PORTS = range(1, 65536)
_END_SECONDS = 5.0
_LOOK_SECONDS = 0.2


def main(argv: list[str]) -> int:
    """Serve the UI until Ctrl-C, and tell at what address a study can be seen.

    Returns:
        0 after Ctrl-C or a termination signal, and where the study is on a server of its own; 1 where MLflow ended by
        itself.

    Raises:
        DataError: There is no such study.
        StorageError: Nothing was tracked in the folder yet, or its database is damaged.
        ConfigError: The host is unknown, or the port cannot be used.
    """
    parser = argparse.ArgumentParser(prog="python -m automl ui", description="Browse studies in MLflow.")
    parser.add_argument("study", nargs="?", help="its name, folder or MLflow run (default: the latest)")
    parser.add_argument("--experiments", default="experiments", help="the experiments folder (default: experiments)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to serve on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=pages.PORT, help=f"the port to serve on (default: {pages.PORT})")
    parser.add_argument("--open", action="store_true", help="open the study in the browser")
    arguments = parser.parse_args(argv)
    try:
        with _signals():
            return _main(arguments)
    except KeyboardInterrupt:
        return 0


def _main(arguments: argparse.Namespace) -> int:
    experiments = Path(arguments.experiments).resolve()
    folder = _study(arguments.study, experiments)
    place = pages.place(folder) if folder is not None else None
    if place is not None and place.server is not None:
        _show(_addresses(folder, place, place.server), arguments.open)
        return 0
    uri = place.uri if place is not None else database_uri(experiments)
    _check_database(database_file(uri), experiments)
    _check_port(arguments.host, arguments.port)
    here = _here(arguments.host)
    base = f"http://{f'[{here}]' if ':' in here else here}:{arguments.port}"
    _say(f"Starting MLflow on {base} (Ctrl-C ends it)")
    announce = lambda: _show(_addresses(folder, place, base), arguments.open)  # noqa: E731
    return _serve(uri, experiments, arguments.host, arguments.port, announce)


def _study(named: str | None, experiments: Path) -> Path | None:
    """The folder of the study that is meant; None where there is none and none was asked for."""
    from automl.api.finding import LAST, find, is_study

    if named is None and not (experiments.is_dir() and any(is_study(one) for one in experiments.iterdir())):
        return None
    return find(named or LAST, experiments, asked="ui")


def _addresses(folder: Path | None, place: Place | None, base: str) -> dict[str, str]:
    """What can be seen, and where, the first of them that which is opened."""
    if folder is None or place is None:
        untold = {} if folder is None else {f"{folder.name} is not in MLflow; all that is": pages.everything(base)}
        return untold or {"all studies": pages.everything(base)}
    if not _is_prepared(place, place.key):
        return {folder.name: place.plain(base)}
    told = {folder.name: place.trials(base), "its charts": place.charts(base)}
    return {**told, "all studies of its data": place.studies(base)} if _is_prepared(place, STUDIES) else told


def _is_prepared(place: Place, key: str) -> bool:
    """Whether a view has reached the store, as far as that can be seen from here."""
    path = database_file(place.uri)
    return path is None or has_tag(path, place.experiment, TAG + key)


def _show(addresses: dict[str, str], wanted: bool) -> None:
    width = max(len(name) for name in addresses) + 2
    for name, address in addresses.items():
        _say(f"  {name + ':':<{width}}{address}")
    if wanted and not _open(next(iter(addresses.values()))):
        _say("No browser could be opened: copy an address into one.")


def _open(address: str) -> bool:
    import webbrowser

    try:
        return webbrowser.open(address)
    except (OSError, webbrowser.Error):
        return False


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


@contextmanager
def _signals() -> Iterator[None]:
    """Termination and a closed terminal end the server as Ctrl-C does."""

    def interrupt(signum: int, frame: Any) -> None:
        del signum, frame
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _check_database(database: Path | None, experiments: Path) -> None:
    if database is None:
        return
    if experiments.is_dir() and not database.exists():
        with suppress(OSError), making(database):
            pass  # a study that has just begun may be at it
    if not database.exists():
        raise StorageError(
            f"There is no {database.name} in {database.parent}."
            " Run a study first, or name its folder with --experiments."
        )
    if fault := describe(database):
        raise StorageError(f"{fault} Move it away, and the next study makes another.")


def _check_port(host: str, port: int) -> None:
    if port not in _PORTS:
        raise ConfigError(f"--port: a number from {_PORTS[0]} to {_PORTS[-1]} is needed. Received: {port}.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"--host: this machine has no address '{host}'. Leave it out to serve here alone.") from error
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise ConfigError(f"--port: {host}:{port} cannot be used ({error.strerror}). Choose another.") from error


def _serve(uri: str, experiments: Path, host: str, port: int, announce: Callable[[], None]) -> int:
    """MLflow with one web worker and without job processes: 560 MB instead of 3 GB.

    It is the head of a process group of its own: a terminal's Ctrl-C reaches this process alone, which ends all of it.
    """
    environment = {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_LOGGING_LEVEL": "WARNING",
        "PYTHONWARNINGS": "ignore",
        # Not among the words of the command, which everybody on the machine can read: it may hold a password.
        "MLFLOW_BACKEND_STORE_URI": uri,
        "MLFLOW_REGISTRY_STORE_URI": uri,
    }
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", host, "--port", str(port)]
    command += ["--uvicorn-opts", "--log-level warning"]
    command += ["--default-artifact-root", artifacts_root(uri, experiments) or ""]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    threading.Thread(target=_when_up, args=(process, host, port, announce), daemon=True).start()
    try:
        code = process.wait()
    finally:
        _end(process)
    print(f"automl: MLflow's server ended by itself, with code {code}.", file=sys.stderr)  # noqa: T201
    return 1


def _when_up(process: subprocess.Popen[bytes], host: str, port: int, announce: Callable[[], None]) -> None:
    """Announce a server once it takes connections: an address that is opened sooner shows an error."""
    while process.poll() is None:
        with suppress(OSError), socket.create_connection((_here(host), port), timeout=_LOOK_SECONDS):
            announce()
            return
        time.sleep(_LOOK_SECONDS)


def _here(host: str) -> str:
    """The address at which this machine reaches what it serves on a host."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - what is asked for is compared


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group, gently at first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
