"""What the machine of the driver does while a study runs, under the names that MLflow's own monitor gives."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import suppress

_SECONDS, _FIRST = 10.0, 1.0
_SHARE = 1 / 200
"""The longer a study runs the rarer it is looked: a day leaves about a thousand samples, and not nine."""

_MEGABYTE = 1e6
_QUERY = "index,utilization.gpu,memory.used,memory.total,power.draw"
_MEBIBYTE = 1.048576


class SystemMonitor:
    """Samples processors, memory and GPUs, now and then, and never waits for them.

    Args:
        seconds: Between two samples at least.
    """

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._next: float | None = None
        self._asked: subprocess.Popen[str] | None = None
        self._command = shutil.which("nvidia-smi")

    def sample(self, elapsed: float) -> dict[str, float]:
        """Metrics by name where it is time for them; what the GPUs answer comes with a later call.

        Args:
            elapsed: Seconds that the study has run.
        """
        found = self._answer()
        now = time.monotonic()
        if self._next is None:
            self._next = now + min(_FIRST, self._seconds)
            _machine()  # shares of processors are of the time since the last look
        elif now >= self._next:
            self._next = now + max(self._seconds, elapsed * _SHARE)
            self._ask()
            found |= _machine()
        return {f"system/{name}": value for name, value in found.items()}

    def close(self) -> None:
        """Ask nothing any more."""
        if self._asked is not None:
            self._asked.kill()
            self._asked.communicate()
            self._asked = None

    def _ask(self) -> None:
        if self._command is None or self._asked is not None:
            return
        command = [self._command, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
        with suppress(OSError):
            self._asked = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
            )

    def _answer(self) -> dict[str, float]:
        if self._asked is None or self._asked.poll() is None:
            return {}
        text, _ = self._asked.communicate()
        self._asked = None
        return gpus(text)


def gpus(text: str) -> dict[str, float]:
    """Metrics out of what ``nvidia-smi`` answers; what a GPU does not tell is left out."""
    found: dict[str, float] = {}
    for line in text.splitlines():
        cells = [_number(cell) for cell in line.split(",")]
        if len(cells) != len(_QUERY.split(",")) or cells[0] is None:
            continue
        number, used, memory, total, power = int(cells[0]), *cells[1:]
        share = memory / total * 100 if memory is not None and total else None
        told = {
            "utilization_percentage": used,
            "memory_usage_megabytes": None if memory is None else memory * _MEBIBYTE,
            "memory_usage_percentage": share,
            "power_usage_watts": power,
        }
        found |= {f"gpu_{number}_{name}": round(value, 1) for name, value in told.items() if value is not None}
    return found


def _machine() -> dict[str, float]:
    """Processors and memory of the whole machine; percentages are of all cores since the last look."""
    import psutil

    try:
        memory = psutil.virtual_memory()
        return {
            "cpu_utilization_percentage": psutil.cpu_percent(),
            "system_memory_usage_megabytes": round(memory.used / _MEGABYTE, 1),
            "system_memory_usage_percentage": memory.percent,
        }
    except (OSError, RuntimeError, psutil.Error):  # a container may hide what it reads
        return {}


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None  # "[N/A]" and the like
