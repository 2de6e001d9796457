from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from automl import resources

if TYPE_CHECKING:
    from pathlib import Path

MEMINFO = "MemTotal: 100 kB\nMemAvailable: 50 kB\n"


def machine(root: Path, group: str, **files: str) -> None:
    (root / "proc" / "self").mkdir(parents=True)
    (root / "proc" / "meminfo").write_text(MEMINFO)
    (root / "proc" / "self" / "cgroup").write_text(f"0::{group}\n")
    folder = root / "cgroup" / group.strip("/")
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name.replace("_of_", ".")).write_text(content)


@pytest.mark.parametrize(
    ("group", "files", "free"),
    [
        ("/", {}, 50 * 1024),
        ("/a/b", {"memory_of_max": "max", "memory_of_current": "7", "memory_of_stat": "inactive_file 3"}, 50 * 1024),
        ("/a/b", {"memory_of_max": "1000", "memory_of_current": "700", "memory_of_stat": "inactive_file 30"}, 330),
        ("/", {"memory_of_max": "1000", "memory_of_current": "1100", "memory_of_stat": "anon 30"}, 0),
    ],
)
def test_the_least_of_machine_and_container_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: str, files: dict[str, str], free: int
) -> None:
    machine(tmp_path, group, **files)
    monkeypatch.setattr(resources, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(resources, "_CGROUPS", tmp_path / "cgroup")
    assert resources.free_memory() == free


@pytest.mark.parametrize(
    ("group", "files", "count"),
    [
        ("/", {}, 64),
        ("/a/b", {"cpu.max": "max 100000"}, 64),
        ("/a/b", {"cpu.max": "200000 100000"}, 2),
        ("/a/b", {"cpu.max": "150000 100000"}, 2),
        ("/a/b", {"cpu.max": "10000 100000"}, 1),
        ("/", {"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
        ("/", {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
    ],
)
def test_a_container_has_the_cores_of_its_quota(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: str, files: dict[str, str], count: int
) -> None:
    machine(tmp_path, group)
    for name, content in files.items():
        path = tmp_path / "cgroup" / group.strip("/") / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    monkeypatch.setattr(resources, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(resources, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert resources.cores() == count


def test_where_the_system_tells_nothing_all_of_its_memory_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "_PROC", tmp_path)
    monkeypatch.setattr(resources, "_CGROUPS", tmp_path)
    assert resources.free_memory() > 1 << 20


def test_room_is_that_of_the_disk_that_a_folder_is_to_be_on(tmp_path: Path) -> None:
    assert resources.free_disk(tmp_path / "not" / "yet") == pytest.approx(resources.free_disk(tmp_path), rel=0.1)


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (3_840_000_000_000, "3.84 TB"), (4e18, "4 EB")]
)
def test_sizes_in_words(size: float, words: str) -> None:
    assert resources.in_words(size) == words
