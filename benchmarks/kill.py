"""A study that is killed again and again, and goes on each time: what is lost, doubled, torn, or left running.

python benchmarks/kill.py [--trials 20] [--kills 20] [--seed 0] [+model=cnn training.epochs=8 ...]

Each time the driver is killed by ``kill -9``, alone or with all its workers, after a random number of events, or at a
random moment of its start. On one slot the trials of the study that was killed are compared with those of one that was
not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from automl.records import StudyRecord, TrialRecord

WORDS = ("+model=cnn", "training.epochs=8", "model.filters=16", "model.dense=0")
PATIENCE = 5.0
"""Seconds in which what a driver leaves running is to be gone."""
_LONGEST_START = 12.0


@dataclass
class Life:
    """One process of the study.

    Attributes:
        group: Whether it was killed with its workers.
        orphans: Seconds until the last of them was gone.
        events: How many events it had written.
    """

    group: bool
    orphans: float
    events: int


def main() -> None:
    """Run it and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments, words = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        found = Campaign(Path(folder), words or list(WORDS), arguments.trials, arguments.seed).run(arguments.kills)
    width = max(len(name) for name in found)
    for name, value in found.items():
        print(f"{name:<{width}}  {value}")


class Campaign:
    """A study that is killed, beside one that is not.

    Args:
        folder: Where both run.
        words: Of the command line.
        trials: How many each has.
        seed: Fixes when it is killed, and with whom.
    """

    def __init__(self, folder: Path, words: list[str], trials: int, seed: int) -> None:
        self._folder = folder
        self._words = [*words, f"search.trials={trials}", "runner.slots=1", "search.startup_trials=3"]
        self._random = random.Random(seed)  # noqa: S311 - moments, not secrets

    def run(self, kills: int) -> dict[str, Any]:
        """Kill so often, let it end, and compare."""
        self._finish([*self._words, "name=whole"])
        whole = self._record("whole")
        mean = len(self._journal("whole").read_bytes().splitlines()) / max(1, kills)
        lives: list[Life] = []
        words = [*self._words, "name=killed"]
        while len(lives) < kills and (life := self._live(words, mean)) is not None:
            lives.append(life)
            self._check_files()
            if self._journal("killed").is_file():
                words = ["resume=killed"]
        self._finish(words)
        killed = self._record("killed")
        return {
            "kills": len(lives),
            "of them with the workers": sum(life.group for life in lives),
            "events that a driver wrote before": ", ".join(str(life.events) for life in lives),
            "longest life of a process without its driver": f"{max(life.orphans for life in lives):.1f} s",
            "trials": len(killed.trials),
            "trials lost or doubled": abs(len(killed.trials) - len({one.number for one in whole.trials})),
            "rows that differ from the study that was not killed": self._differences(whole, killed),
            "rows of MLflow that differ from the study": self._untracked(killed),
            "state at the end": killed.state.value,
        }

    def _live(self, words: list[str], mean: float) -> Life | None:
        """Start a process and kill it; None where it ended before."""
        begin = self._lines()
        process = self._start(words)
        if self._random.random() < 0.25:
            over = self._after(self._random.uniform(0.0, _LONGEST_START))
        else:
            over = self._grown(begin + self._random.randint(1, max(1, round(2 * mean))))
        while process.poll() is None and not over():
            time.sleep(0.002)
        if process.poll() is not None:
            process.communicate()
            return None
        group = self._random.random() < 0.5
        os.killpg(process.pid, signal.SIGKILL) if group else process.kill()
        process.communicate()
        return Life(group, _gone(process.pid), self._lines() - begin)

    @staticmethod
    def _after(seconds: float) -> Callable[[], bool]:
        end = time.monotonic() + seconds
        return lambda: time.monotonic() >= end

    def _grown(self, lines: int) -> Callable[[], bool]:
        return lambda: self._lines() >= lines

    def _start(self, words: list[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "automl", *words],
            cwd=self._folder, text=True, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        )  # fmt: skip

    def _finish(self, words: list[str]) -> None:
        process = self._start(words)
        _, err = process.communicate()
        if process.returncode:
            raise SystemExit(f"python -m automl {' '.join(words)} ended with {process.returncode}: {err}")

    def _journal(self, name: str) -> Path:
        return self._folder / "experiments" / name / "journal.jsonl"

    def _lines(self) -> int:
        with suppress(OSError):
            return self._journal("killed").read_bytes().count(b"\n")
        return 0

    def _record(self, name: str) -> StudyRecord:
        from automl.study.journal import replay

        return replay(self._journal(name))

    def _check_files(self) -> None:
        """Read every file that the study may be gone on with.

        Raises:
            Exception: One is damaged.
        """
        import yaml

        folder = self._journal("killed").parent
        if self._lines():
            self._record("killed")
        for path in folder.rglob("*.json"):
            json.loads(path.read_text())
        for path in folder.glob("*.yaml"):
            yaml.safe_load(path.read_text())
        for path in folder.rglob("checkpoint.npz"):
            assert zipfile.ZipFile(path).testzip() is None, path

    @staticmethod
    def _differences(whole: StudyRecord, killed: StudyRecord) -> int:
        """How many trials are not the same in both."""
        pairs = zip(whole.trials, killed.trials, strict=False)
        return sum(_row(one) != _row(other) for one, other in pairs)

    def _untracked(self, record: StudyRecord) -> int | str:
        """How many trials MLflow tells otherwise, or does not have once; the parent run is to be one."""
        from automl.tracking.address import database_uri

        experiments = record.folder.parent
        if not (experiments / "mlflow.db").is_file():
            return "not tracked"
        from mlflow.tracking import MlflowClient

        client = MlflowClient(database_uri(experiments))
        ids = [one.experiment_id for one in client.search_experiments()]
        runs = list(client.search_runs(ids, f"tags.`automl.id` LIKE '{record.id}/%'", max_results=1000))
        by_key: dict[str, list[Any]] = {}
        for run in runs:
            by_key.setdefault(run.data.tags["automl.id"].partition("/")[2], []).append(run)
        parents = by_key.pop("study", [])
        wrong = int([run.info.status for run in parents] != ["FINISHED"])
        for trial in record.trials:
            found = by_key.pop(str(trial.number), [])
            wrong += len(found) != 1 or not _agrees(client, found[0], trial, record.objective)
        return wrong + len(by_key)


def _row(trial: TrialRecord) -> Any:
    history = [{name: value for name, value in entry.items() if name != "seconds"} for entry in trial.history]
    return dict(trial.params), trial.outcome, trial.value, trial.best_step, history


def _agrees(client: Any, run: Any, trial: TrialRecord, objective: str) -> bool:
    """Whether a run says of a trial what the study does: its end, its values, each step once."""
    told = {name: client.get_metric_history(run.info.run_id, name) for name in (objective, "seconds")}
    steps = [int(entry["step"]) for entry in trial.history]
    values = {int(entry["step"]): entry[objective] for entry in trial.history}
    return (
        run.data.tags["automl.state"] == trial.state.value
        and run.data.tags.get("automl.failure", "") == trial.failure
        and run.data.metrics.get("objective") == trial.value
        and all(sorted(one.step for one in points) == steps for points in told.values() if points)
        and {one.step: one.value for one in told[objective]} == values
        and run.info.status in ("FINISHED", "KILLED", "FAILED")
    )


def _gone(session: int) -> float:
    """Seconds until no process of a session is left.

    Raises:
        AssertionError: Some stay.
    """
    began = time.monotonic()
    while left := list(_members(session)):
        assert time.monotonic() - began < 6 * PATIENCE, f"processes outlive their driver: {left}"
        time.sleep(0.05)
    return time.monotonic() - began


def _members(session: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                yield int(entry.name)


if __name__ == "__main__":
    main()
