"""What a study's scores may depend on besides its configuration: versions and the machine, told without importing."""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from automl.resources import cores

_PACKAGES = ("automl", "tensorflow", "keras", "numpy")


def environment(distribution: str) -> dict[str, str]:
    """Versions of Python and of what computes, the plugin's included, and the processor, by name.

    Args:
        distribution: The one that the model's plugin comes from.
    """
    found = {"python": platform.python_version()}
    for name in dict.fromkeys([*_PACKAGES, distribution]):
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return {**found, "system": platform.system(), "processor": _processor(), "cores": str(cores())}


def _processor() -> str:
    """The processor's model, where the system tells it."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
