"""What a worker computes on, told to it through its environment alone."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from automl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping


_MOST, _PER_CORE = 256, 4
"""Threads, or trials, that a machine of any size is let have, or as many a core: ``best.yaml`` of a large machine is to
run on a small one."""
_SMALLEST_SHARE = 0.01


@dataclass(frozen=True)
class Device:
    """One slot.

    Attributes:
        name: Such as ``cpu:0`` or ``gpu:1``.
        environment: What a worker sets before its first operation.
    """

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def apply(self) -> None:
        """Take the device; to be called before TensorFlow runs anything."""
        os.environ.update(self.environment)


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gpus() -> list[str]:
    """Identifiers of the GPUs that this process may use, found without a deep-learning framework."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    try:
        listing = subprocess.run(
            ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"],
            capture_output=True, text=True, timeout=20, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return []
    present = [line.strip() for line in listing.splitlines() if line.strip()]
    if visible is None:
        return present
    asked = [name.strip() for name in visible.split(",") if name.strip() and name.strip() != "-1"]
    return asked if present else []


def slots(count: int | None, gpus_per_trial: float, threads: int | None, most: int) -> list[Device]:
    """The devices of the workers that run side by side.

    Args:
        count: How many, or None for one a GPU (or fraction of it), else one a core.
        gpus_per_trial: Share of a GPU that each takes; 0 for none.
        threads: Threads of each on a CPU, or None for an equal share of the cores.
        most: How many jobs there will ever be side by side.

    Raises:
        ConfigError: A number is out of range.
    """
    _check_counts(count, threads)
    if not (gpus_per_trial == 0 or _SMALLEST_SHARE <= gpus_per_trial <= 1):
        raise ConfigError(
            f"runner.gpus_per_trial: expected 0, or a share from {_SMALLEST_SHARE} to 1, since a trial trains on one"
            f" GPU; with 1 every GPU has a trial of its own. Received: {gpus_per_trial:g}."
        )
    present = gpus() if gpus_per_trial else []
    devices = _gpu_slots(present, gpus_per_trial) if present else []
    if devices:
        return (devices * (1 + (count or 0) // len(devices)))[: min(count or len(devices), most)]
    return _cpu_slots(min(count or cores(), most), threads)


def _check_counts(count: int | None, threads: int | None) -> None:
    most = max(_MOST, _PER_CORE * cores())
    for name, value, what in (("slots", count, "trials side by side"), ("threads", threads, "threads in a trial")):
        if value is not None and value < 1:
            raise ConfigError(f"runner.{name}: expected an integer above 0, or null. Received: {value}.")
        if value is not None and value > most:
            raise ConfigError(
                f"runner.{name}: this machine has {cores()} processors, too few for so many {what}; expected at most"
                f" {most}, or null. Received: {value}."
            )


def _gpu_slots(present: list[str], share: float) -> list[Device]:
    each = int(1 / share + 1e-9)
    return [
        Device(
            f"gpu:{name}/{part}" if each > 1 else f"gpu:{name}",
            {"CUDA_VISIBLE_DEVICES": name, "TF_FORCE_GPU_ALLOW_GROWTH": "true"},
        )
        for part in range(each)
        for name in present
    ]


def _cpu_slots(count: int, threads: int | None) -> list[Device]:
    share = str(threads or max(1, cores() // count))
    environment = {
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_NUM_INTRAOP_THREADS": share,
        "TF_NUM_INTEROP_THREADS": share,
        "OMP_NUM_THREADS": share,
    }
    return [Device(f"cpu:{index}", environment) for index in range(count)]
