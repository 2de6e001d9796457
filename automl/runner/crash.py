"""What ended a worker that said nothing more."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from automl.runner.launch import Child
    from automl.runner.oom import OomCounters


def crash(child: Child, kills: OomCounters) -> tuple[str, str]:
    """The kind of failure, and a sentence.

    Args:
        child: It is over.
        kills: Of processes for want of memory, looked at while it ran.
    """
    if child.refusal:
        return "crash", f"The system starts no further process: {child.refusal}."
    if child.code in (-signal.SIGKILL, None) and kills.risen():
        return "oom", "The system killed the worker because memory ran out."
    if child.code is None:
        return "crash", "The worker ended without a result, after its fork server had been killed."
    if child.code < 0:
        return "crash", f"The worker was killed by signal {-child.code} ({_name(-child.code)})."
    return "crash", f"The worker ended with exit code {child.code} without a result."


def _name(number: int) -> str:
    return signal.Signals(number).name if number in list(signal.Signals) else "a signal of its own"
