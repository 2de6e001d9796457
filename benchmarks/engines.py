"""What a search engine costs the driver: a trial's ask and tell, a report, and the memory that its trials take.

python benchmarks/engines.py [--trials 1000] [engine.field=choice ...]   by default every mode of every engine
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

STEPS = 9
"""Reports of a trial that is not pruned."""
PATIENCE = 600.0
"""Seconds after which a mode is no longer waited for."""
SPACE: dict[str, Any] = {
    "model": {
        "blocks": {"low": 1, "high": 5},
        "width": {"low": 16, "high": 256, "log": True},
        "dropout": {"low": 0.0, "high": 0.5},
        "norm": {"choices": ["batch", "layer", "none"]},
    },
    "training": {
        "optimizer": {"choices": ["adam", "sgd"]},
        "learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
        "momentum": {"low": 0.5, "high": 0.99, "when": {"training.optimizer": "sgd"}},
    },
}


def modes() -> list[str]:
    """Every choice of every engine's fields."""
    from automl.fields import field_hints
    from automl.registry import Group, entries

    found = []
    for name, one in entries(Group.SEARCH_ENGINES).items():
        hints = {field: hint for field, hint in field_hints(one.load()).items() if get_origin(hint) is Literal}
        found += [f"{name}.{field}={choice}" for field, hint in hints.items() for choice in get_args(hint)]
    return found


def value(params: dict[str, Any], step: int) -> float:
    """A synthetic objective to maximize, approached over the steps."""
    numbers = [float(one) for one in params.values() if isinstance(one, int | float)]
    return -sum(abs(one - 0.7) for one in numbers[:3]) - 1.0 / step


def megabytes() -> float:
    """What this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def measure(mode: str, trials: int) -> None:
    """Run a study of one mode without training and print its figures as JSON."""
    from automl.engines.base import Problem, Proposal
    from automl.fields import construct
    from automl.records import TrialState
    from automl.registry import Group, entry
    from automl.space import parse

    name, _, setting = mode.partition(".")
    field, _, choice = setting.partition("=")
    engine = construct(entry(Group.SEARCH_ENGINES, name).load(), {field: choice}, "search")
    with tempfile.TemporaryDirectory() as folder:
        engine.start(Problem(parse(SPACE), ("maximize",), 0, "bench", Path(folder), STEPS))
        taken: list[float] = []
        reports: list[float] = []
        memory = {0: megabytes()}
        began = time.monotonic()
        while len(taken) < trials and time.monotonic() - began < PATIENCE:
            start = time.perf_counter()
            found = engine.ask()
            asked = time.perf_counter()
            if not isinstance(found, Proposal):
                break
            last, pruned = found.steps or STEPS, False
            for step in range(1, last + 1):
                pruned = engine.report(found.number, step, value(dict(found.params), step))
                if pruned:
                    break
            reported = time.perf_counter()
            values = [] if pruned else [value(dict(found.params), last)]
            engine.tell(found.number, TrialState.PRUNED if pruned else TrialState.COMPLETE, values)
            taken.append(asked - start + time.perf_counter() - reported)
            reports.append((reported - asked) / step)
            memory[len(taken)] = megabytes()
        engine.close()
    last = len(taken)
    found_ms = {end: [1e3 * statistics.mean(one[end - 20 : end]) for one in (taken, reports)] for end in (100, trials)}
    figures = {end: pair for end, pair in found_ms.items() if end <= last}
    print(json.dumps({"ms": figures, "trials": last, "grown": memory[last] - memory[last // 2]}))


def main() -> None:
    """Print a table, a mode a line, each measured in a process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("modes", nargs="*")
    args = parser.parse_args()
    if args.one:
        measure(args.modes[0], args.trials)
        return
    ends = (100, args.trials)
    heads = "".join(f"{f'at {end:,}: ask + tell':>24}{'report':>9}" for end in ends)
    print(f"{'ms':<30}{heads}{'trials':>9}{'MB in the last half':>21}")
    for mode in args.modes or modes():
        command = [sys.executable, __file__, "--one", "--trials", str(args.trials), mode]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{mode:<34}  {done.stderr.strip().splitlines()[-1]}")
            continue
        found = json.loads(done.stdout.splitlines()[-1])
        pairs = [found["ms"].get(str(end), [None, None]) for end in ends]
        figures = [["-" if one is None else f"{one:.2f}" for one in pair] for pair in pairs]
        cells = "".join(f"{whole:>24}{report:>9}" for whole, report in figures)
        print(f"{mode:<30}{cells}{found['trials']:>9}{found['grown']:>21.1f}", flush=True)


if __name__ == "__main__":
    main()
