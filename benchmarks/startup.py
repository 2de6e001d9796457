"""Time to ``--help`` and to a config error, time from dispatch to the first step, and the driver's memory.

python benchmarks/startup.py [--runs 7]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HEAVY = ("tensorflow", "keras", "automl_vision", "mlflow", "optuna")
BASE = [sys.executable, "-c", "import hydra"]
MEASURED = {
    "--help": ["--help"],
    "unknown model": ["+model=resnt"],
    "unknown key": ["+model=resnet", "search.trals=3"],
    "bad space": ["+model=resnet", "model.dropout={low:1,high:0}"],
    "bad type": ["+model=resnet", "training.epochs=many"],
}


def seconds(command: list[str]) -> float:
    """Wall-clock of a process."""
    began = time.perf_counter()
    subprocess.run(command, capture_output=True, check=False)
    return time.perf_counter() - began


def modules(words: list[str]) -> list[str]:
    """Which heavy packages a command imported."""
    code = (
        "import sys; from automl.__main__ import main; main(sys.argv[2:])\n"
        "print('imported', [name for name in sys.argv[1].split(',') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, ",".join(HEAVY), *words], capture_output=True, text=True, check=False
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("imported"))
    return [name for name in HEAVY if f"'{name}'" in line]


def start_up(runs: int) -> None:
    """Print every start-up as a ratio to ``import hydra``, pair by pair."""
    print(f"{'command':<16}{'median s':>9}{'import hydra s':>16}{'ratio':>7}  heavy modules")
    for name, words in MEASURED.items():
        ours, base = [], []
        for _ in range(runs):
            base.append(seconds(BASE))
            ours.append(seconds([sys.executable, "-m", "automl", *words]))
        ratio = statistics.median(own / other for own, other in zip(ours, base, strict=True))
        loaded = ", ".join(modules(words)) or "none"
        print(f"{name:<16}{statistics.median(ours):>9.3f}{statistics.median(base):>16.3f}{ratio:>7.2f}  {loaded}")


def dispatch() -> None:
    """Print the time from dispatch to training and the driver's peak memory over a study of ten trials."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["+model=cnn", "name=bench", f"experiments={folder}", "search.trials=10", "training.epochs=10"]
        peak = [0]
        process = subprocess.Popen([sys.executable, "-m", "automl", *words], stdout=subprocess.DEVNULL)
        watcher = threading.Thread(target=_watch, args=(process, peak))
        watcher.start()
        process.wait()
        watcher.join()
        study = json.loads((Path(folder) / "bench" / "study.json").read_text())
    waits = [trial["startup"] for trial in study["trials"][1:] if trial["startup"] > 0]
    print(f"dispatch to fit: median {statistics.median(waits):.2f} s, longest {max(waits):.2f} s, {len(waits)} trials")
    print(f"driver: {peak[0] / 1024:.0f} MB at its peak")


def _watch(process: subprocess.Popen[bytes], peak: list[int]) -> None:
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        try:
            lines = status.read_text().splitlines()
        except OSError:
            return
        peak[0] = max([peak[0], *(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))])
        time.sleep(0.1)


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    start_up(parser.parse_args().runs)
    dispatch()


if __name__ == "__main__":
    main()
