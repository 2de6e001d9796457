"""What a worker computes on, told to it through its environment alone."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from automl.errors import ConfigError
from automl.resources import cores

if TYPE_CHECKING:
    from collections.abc import Mapping


_MOST, _PER_CORE = 256, 4
"""Threads, or trials, that a machine of any size is let have, or as many a core: ``best.yaml`` of a large machine is to
run on a small one."""
_SMALLEST_SHARE = 0.01
THREADS = "TF_NUM_INTRAOP_THREADS"
"""The variable that says with how many threads an operation is computed."""


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


def slots(count: int | None, gpus_per_trial: float, cpus_per_trial: int | None, most: int) -> list[Device]:
    """The devices of the workers that run side by side.

    Args:
        count: How many, or None for as many as GPUs (or fractions of them), else cores, suffice for.
        gpus_per_trial: Share of a GPU that each takes; 0 for none.
        cpus_per_trial: Cores that each takes, and threads that it computes with on them; or None for one core, and
            every core of a machine that has fewer trials than cores.
        most: How many jobs there will ever be side by side.

    Raises:
        ConfigError: A number is out of range.
    """
    check_shares(count, gpus_per_trial, cpus_per_trial)
    present = gpus() if gpus_per_trial else []
    room = max(1, cores() // (cpus_per_trial or 1))
    if present:
        devices = _gpu_slots(present, gpus_per_trial, cpus_per_trial)
        devices = devices if cpus_per_trial is None else devices[:room]
        return (devices * (1 + (count or 0) // len(devices)))[: min(count or len(devices), most)]
    several = min(count or room, most)
    return [cpu_slot(index, cpus_per_trial or max(1, cores() // several)) for index in range(several)]


def check_shares(count: int | None, gpus_per_trial: float, cpus_per_trial: int | None) -> None:
    """Refuse what no machine has, or this one not by far.

    Raises:
        ConfigError: A number is out of range.
    """
    most = max(_MOST, _PER_CORE * cores())
    counts = (("slots", count, "trials side by side"), ("cpus_per_trial", cpus_per_trial, "threads in a trial"))
    for name, value, what in counts:
        if value is not None and value < 1:
            raise ConfigError(f"runner.{name}: expected an integer above 0, or null. Received: {value}.")
        if value is not None and value > most:
            raise ConfigError(
                f"runner.{name}: this machine has {cores()} processors, too few for so many {what}; expected at most"
                f" {most}, or null. Received: {value}."
            )
    if not (gpus_per_trial == 0 or _SMALLEST_SHARE <= gpus_per_trial <= 1):
        raise ConfigError(
            f"runner.gpus_per_trial: expected 0, or a share from {_SMALLEST_SHARE} to 1, since a trial trains on one"
            f" GPU; with 1 every GPU has a trial of its own. Received: {gpus_per_trial:g}."
        )


def gpu_slot(name: str, gpu: str, cpus: int | None) -> Device:
    """A slot on a GPU, whose memory is taken as it is needed, since another trial may share it.

    Args:
        name: Of the slot.
        gpu: What ``CUDA_VISIBLE_DEVICES`` calls it.
        cpus: Threads of what is computed beside it; None for as many as TensorFlow likes.
    """
    visible = {"CUDA_VISIBLE_DEVICES": gpu, "TF_FORCE_GPU_ALLOW_GROWTH": "true"}
    return Device(name, visible if cpus is None else visible | _threads(cpus))


def cpu_slot(index: int, cpus: int) -> Device:
    """A slot without a GPU."""
    return Device(f"cpu:{index}", {"CUDA_VISIBLE_DEVICES": "-1", **_threads(cpus)})


def _threads(count: int) -> dict[str, str]:
    return dict.fromkeys((THREADS, "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"), str(count))


def _gpu_slots(present: list[str], share: float, cpus: int | None) -> list[Device]:
    each = int(1 / share + 1e-9)
    return [
        gpu_slot(f"gpu:{name}/{part}" if each > 1 else f"gpu:{name}", name, cpus)
        for part in range(each)
        for name in present
    ]
