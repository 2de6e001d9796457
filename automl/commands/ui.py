"""``python -m automl ui``: the MLflow UI on an experiments folder, at a fraction of its usual memory."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError, StorageError
from automl.tracking.address import database_uri
from automl.tracking.database import describe, making

if TYPE_CHECKING:
    from collections.abc import Iterator

_PORTS = range(1, 65536)
_END_SECONDS = 5.0


def main(argv: list[str]) -> int:
    """Serve the UI until Ctrl-C.

    Returns:
        0 after Ctrl-C or a termination signal, 1 where MLflow ended by itself.

    Raises:
        StorageError: Nothing was tracked in the folder yet, or its database is damaged.
        ConfigError: The host is unknown, or the port cannot be used.
    """
    parser = argparse.ArgumentParser(prog="python -m automl ui", description="Browse all studies in MLflow.")
    parser.add_argument("--experiments", default="experiments", help="the experiments folder (default: experiments)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to serve on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, default=5000, help="the port to serve on (default: 5000)")
    arguments = parser.parse_args(argv)
    try:
        with _signals():
            return _main(Path(arguments.experiments).resolve(), arguments.host, arguments.port)
    except KeyboardInterrupt:
        return 0


def _main(experiments: Path, host: str, port: int) -> int:
    _check_database(experiments)
    _check_port(host, port)
    shown = f"[{host}]" if ":" in host else host
    print(f"MLflow on http://{shown}:{port} (Ctrl-C ends it)", flush=True)  # noqa: T201
    return _serve(experiments, host, port)


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


def _check_database(experiments: Path) -> None:
    database = experiments / "mlflow.db"
    if experiments.is_dir() and not database.exists():
        with suppress(OSError), making(database):
            pass  # a study that has just begun may be at it
    if not database.exists():
        raise StorageError(
            f"There is no mlflow.db in {experiments}. Run a study first, or name its folder with --experiments."
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


def _serve(experiments: Path, host: str, port: int) -> int:
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
    }
    command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--host", host, "--port", str(port)]
    command += ["--registry-store-uri", database_uri(experiments), "--uvicorn-opts", "--log-level warning"]
    command += ["--backend-store-uri", database_uri(experiments)]
    command += ["--default-artifact-root", (experiments / "artifacts").as_uri()]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        code = process.wait()
    finally:
        _end(process)
    print(f"automl: MLflow's server ended by itself, with code {code}.", file=sys.stderr)  # noqa: T201
    return 1


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group, gently at first."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_SECONDS)
