"""Faults that are more than a line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import numpy as np

from automl.plugin import TrialFailed, beat

if TYPE_CHECKING:
    from automl.plugin import Trial


class MuteError(Exception):
    """An exception that can neither be shown nor pickled."""

    def __str__(self) -> str:
        raise ValueError("no text")

    def __reduce__(self) -> str:
        raise TypeError("no pickle")


def stop(trial: Trial) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def spin(trial: Trial) -> None:
    while True:
        pass


def deadlock(trial: Trial) -> None:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def beats(trial: Trial) -> None:
    for _ in range(30):
        time.sleep(0.1)
        beat()


def child(trial: Trial) -> None:
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 3: pass"], check=True)


def system_exit(trial: Trial) -> None:
    sys.exit(5)


def interrupt(trial: Trial) -> None:
    raise KeyboardInterrupt


def cause(trial: Trial) -> None:
    try:
        {}["layers"]
    except KeyError as error:
        raise RuntimeError("The network cannot be built.") from error


def mute_error(trial: Trial) -> None:
    raise MuteError


def framework(trial: Trial) -> None:
    raise ValueError(
        "Exception encountered when calling Dense.call().\n\n\x1b[1mShapes (2,) and (3,) differ.\x1b[0m\n\n"
        "Arguments received by Dense.call():\n  • inputs=tf.Tensor(shape=(2,))"
    )


def flood(trial: Trial) -> None:
    for _ in range(80):
        print("x" * 100_000)  # noqa: T201


def deaf(trial: Trial) -> None:
    os.closerange(3, 256)
    time.sleep(600)


_GROW = "held = []\nwhile True: held.append(b'x' * (1 << 20)); time.sleep(0.0005)"


def grow(trial: Trial) -> None:
    exec(_GROW, {"time": time})


def child_grows(trial: Trial) -> None:
    subprocess.run([sys.executable, "-c", f"import time\n{_GROW}"], check=True)


def mapped(trial: Trial) -> None:
    path = trial.dir / "large.bin"
    with path.open("wb") as file:
        file.truncate(300 << 20)
    pages = np.memmap(path, np.uint8, "r+")
    pages[:: 1 << 12] = 1
    time.sleep(1.5)
    path.unlink()


def text_metric(trial: Trial) -> None:
    trial.report(2, val_accuracy="high")


def many_metrics(trial: Trial) -> None:
    trial.report(2, **{f"m{number}": 0.0 for number in range(5000)})


def fractional_step(trial: Trial) -> None:
    trial.report(1.5, val_accuracy=0.5)


def odd_kind(trial: Trial) -> None:
    raise TrialFailed("sunspots", "Too many of them.")


def strike(fault: str, trial: Trial) -> None:
    """Do what the fault says; one that strikes elsewhere does nothing here."""
    act = globals().get(fault.replace(" ", "_"))
    if act is not None:
        act(trial)
