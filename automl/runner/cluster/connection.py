"""The Ray cluster that a study runs on: one that is there, or one of its own that goes with it."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import ray

from automl.errors import ConfigError
from automl.resources import cores
from automl.runner.cluster.host import scratch
from automl.runner.devices import gpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_STORE = 200 * 10**6
"""Bytes that a cluster of ours holds of folders in passing; what is more, it writes to its disk."""
_PATIENCE = 10.0
_OURS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Ray is to leave CUDA_VISIBLE_DEVICES as it is where a trial takes no GPU, and not to speak of it.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


class Connection:
    """This process's connection to a cluster.

    One that somebody else in this process has made is used and left as it is.

    Args:
        address: Of a cluster, as ``ray.init`` takes it; None for one of our own on this machine.
        cpus: How many a cluster of our own says that it has, at least.

    Raises:
        ConfigError: No cluster answers.
    """

    def __init__(self, address: str | None, cpus: int) -> None:
        self._is_ours = not ray.is_initialized()
        self._folder: Path | None = None
        self.address = address or "this machine"
        if self._is_ours:
            _print(False)
            with _signals_kept(), _environment(_OURS):
                if address is None:
                    self._start(cpus)
                else:
                    self._join(address)

    def slots(self, cpus: int, share: float) -> int:
        """How many trials fit side by side."""
        return sum(fit(resources, cpus, share) for resources in self._nodes())

    def total(self, resource: str) -> float:
        """What all nodes have of a resource."""
        return sum(float(resources.get(resource, 0.0)) for resources in self._nodes())

    @property
    def folder(self) -> Path | None:
        """A folder that goes with a cluster which was made for this study alone; None of any other."""
        return self._folder

    def close(self) -> None:
        """Leave the cluster, and end it where it is ours."""
        if self._is_ours:
            with _signals_kept():
                ray.shutdown()
            _print(True)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, cpus: int) -> None:
        self._folder = scratch(None)
        # By itself Ray has whatever else runs here go before its workers, this process among it.
        ray.init(
            "local", num_cpus=max(cpus, cores()), num_gpus=len(gpus()), include_dashboard=False,
            object_store_memory=_STORE, log_to_driver=False, logging_level=logging.CRITICAL,
            _temp_dir=str(self._folder), _system_config={"worker_niceness": 0},
        )  # fmt: skip

    @staticmethod
    def _join(address: str) -> None:
        try:
            _knock(address)
            ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL)
        except (ConnectionError, OSError, ValueError, RuntimeError, ImportError) as error:
            raise ConfigError(
                f"runner.address: no Ray cluster answers there ({' '.join(str(error).split())[:200]}). Start one with"
                " 'ray start --head', give its token in RAY_AUTH_TOKEN where it asks for one, or leave the address out"
                f" to have one for this study. Received: {address!r}."
            ) from error

    @staticmethod
    def _nodes() -> list[dict[str, float]]:
        return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def fit(resources: Mapping[str, float], cpus: int, share: float) -> int:
    """How many trials a node has room for.

    Args:
        resources: Of the node: ``CPU``, ``GPU``.
        cpus: Cores of a trial, or 0.
        share: Of a GPU that each takes, or 0.
    """
    room = [int(resources.get("CPU", 0.0) // cpus)] if cpus else []
    if share:
        room.append(int(resources.get("GPU", 0.0)) * int(1 / share + 1e-9))
    return min(room, default=0)


def _knock(address: str) -> None:
    """Ray tries a place where nobody listens for minutes.

    Raises:
        OSError: Nobody listens.
        ValueError: The port is no number.
    """
    host, found, port = address.removeprefix("ray://").rpartition(":")
    if found:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()


def _print(allowed: bool) -> None:
    """Ray prints what becomes of its processes, also where it is to log nothing, and has no other switch for that."""
    with suppress(AttributeError):
        ray._private.worker._worker_logs_enabled = allowed  # noqa: SLF001


@contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray takes the signals that ask a process to end, which are ours to understand."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Variables that hold for the processes which are started meanwhile."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
