from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from automl.runner.oom import OomCounters

if TYPE_CHECKING:
    from pathlib import Path

V2 = ("0::/user.slice/app", "sys/fs/cgroup/user.slice/app/memory.events", "low 0\noom 1\noom_kill {}\n")
V2_PARENT = ("0::/user.slice/app", "sys/fs/cgroup/user.slice/memory.events", "oom_kill {}\n")
V1 = ("4:cpu,memory:/app\n0::/", "sys/fs/cgroup/memory/app/memory.oom_control", "under_oom 0\noom_kill {}\n")
SYSTEM = ("0::/", "proc/vmstat", "nr_free_pages 7\noom_kill {}\n")


def write(system: Path, name: str, text: str) -> None:
    (system / name).parent.mkdir(parents=True, exist_ok=True)
    (system / name).write_text(text)


@pytest.mark.parametrize(("groups", "name", "text"), [V2, V2_PARENT, V1, SYSTEM])
def test_a_kill_is_seen_wherever_the_kernel_counts_it(tmp_path: Path, groups: str, name: str, text: str) -> None:
    write(tmp_path, "proc/self/cgroup", groups)
    write(tmp_path, name, text.format(3))
    counters = OomCounters(tmp_path, looks=3)
    assert not counters.risen()
    write(tmp_path, name, text.format(4))
    counters.look()
    assert counters.risen()
    assert not counters.risen(), "the same kill is told once"


def test_a_kill_of_long_ago_explains_nothing(tmp_path: Path) -> None:
    write(tmp_path, "proc/vmstat", "oom_kill 0")
    counters = OomCounters(tmp_path, looks=2)
    write(tmp_path, "proc/vmstat", "oom_kill 1")
    for _ in range(3):
        counters.look()
    assert not counters.risen()


@pytest.mark.parametrize("text", ["", "oom_kill many", "\x00", "oom_kill"])
def test_a_system_that_does_not_tell_has_killed_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path, "proc/self/cgroup", text)
    write(tmp_path, "proc/vmstat", text)
    assert not OomCounters(tmp_path).risen()
