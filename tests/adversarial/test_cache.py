"""What becomes of the cache: whatever happened to an entry, it is recognised and made again, once."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from authors import distribution

from automl.data import ArrayLoader, Arrays, cache
from automl.data.cache import cached, entry_name, read_cached
from automl.data.memory import new_mapped
from automl.data.series.time_series import TimeSeries
from automl.data.tables.csv import Csv
from automl.data.texts.csv import TextCsv
from automl.errors import DataError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

READS: list[str] = []


@dataclass
class Counted(ArrayLoader):
    """Counts how often it reads its source."""

    def identity(self) -> str:
        return "counted"

    def read(self, folder: Path) -> Arrays:
        READS.append(self.name)
        return Arrays(np.arange(80.0, dtype=np.float32).reshape(20, 4), np.arange(20) % 2, ("a", "b"))


def of_arrays(folder: Path) -> Any:
    return Counted("한글 이름/1", "image_classification").open(folder / "cache", 0)


def of_a_table(folder: Path) -> Any:
    table = pd.DataFrame({"a": np.arange(40) / 7, "town": ["x", "y"] * 20, "label": [0, 1, 1, 0] * 10})
    if not (folder / "t.csv").exists():
        table.to_csv(folder / "t.csv", index=False)
    return Csv("표", path=str(folder / "t.csv"), target="label").open(folder / "cache", 0)


def of_texts(folder: Path) -> Any:
    table = pd.DataFrame({"text": ["good day", "bad day"] * 20, "label": ["p", "n"] * 20})
    if not (folder / "x.csv").exists():
        table.to_csv(folder / "x.csv", index=False)
    return TextCsv("글", path=str(folder / "x.csv")).open(folder / "cache", 0)


def of_a_series(folder: Path) -> Any:
    if not (folder / "s.csv").exists():
        pd.DataFrame({"a": np.sin(np.arange(60))}).to_csv(folder / "s.csv", index=False)
    return TimeSeries("열", path=str(folder / "s.csv"), lookback=4, horizon=1).open(folder / "cache", 0)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def spoil(path: Path) -> None:
    """As long as before, and nonsense."""
    path.write_bytes(b"\0" * path.stat().st_size)


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGE = [truncate, empty, spoil, Path.unlink, folder_instead]


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("opened", [of_arrays, of_a_table, of_texts, of_a_series])
def test_every_file_of_an_entry_may_be_damaged(
    tmp_path: Path, opened: Callable[[Path], Any], damage: Callable[[Path], None]
) -> None:
    before = opened(tmp_path)
    files = sorted(path.relative_to(tmp_path) for path in (tmp_path / "cache").rglob("*") if path.is_file())
    expected, target = before.train.examples(3), before.test.target()
    for file in files:
        damage(tmp_path / file)
        again = opened(tmp_path)
        np.testing.assert_equal(again.train.examples(3), expected)
        np.testing.assert_equal(again.test.target(), target)
        assert again.spec.to_dict() == before.spec.to_dict()
    assert not [path for path in (tmp_path / "cache").iterdir() if path.name.startswith(".") and path.is_dir()]


def test_an_entry_that_is_whole_is_read_from_its_source_once(tmp_path: Path) -> None:
    READS.clear()
    for _ in range(3):
        of_arrays(tmp_path)
    assert len(READS) == 1
    shutil.rmtree(next((tmp_path / "cache").glob("*/split-*")))
    of_arrays(tmp_path)
    assert len(READS) == 1


def test_an_entry_without_its_manifest_or_of_another_format_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    READS.clear()
    of_arrays(tmp_path)
    next((tmp_path / "cache").glob("*/manifest.json")).write_text("[]")
    of_arrays(tmp_path)
    assert len(READS) == 2
    monkeypatch.setattr(cache, "FORMAT", 99)
    of_arrays(tmp_path)
    assert len(READS) == 3


def test_a_file_in_the_place_of_an_entry_gives_way(tmp_path: Path) -> None:
    (tmp_path / "entry").write_text("a file")
    assert (cached(tmp_path, "entry", lambda folder: (folder / "x").touch()) / "x").exists()


def test_what_cannot_be_read_twice_is_no_damage(tmp_path: Path) -> None:
    made: list[Path] = []

    def read(folder: Path) -> None:
        raise KeyError("inputs")

    with pytest.raises(KeyError):
        read_cached(tmp_path, "entry", made.append, read)
    assert len(made) == 2


def test_loaders_of_one_name_do_not_share_entries(tmp_path: Path) -> None:
    other: Any = type("Counted", (Counted,), {"__module__": "another.module"})
    names = {entry_name(cls("same", "image_classification"), "identity") for cls in (Counted, other)}
    assert len(names) == 2


@pytest.mark.parametrize("name", ["한글", "a b", "a/b", "../up", ".hidden", "x" * 400, "", "가" * 200, "\n"])
def test_any_name_is_the_name_of_an_entry(tmp_path: Path, name: str) -> None:
    entry = cached(tmp_path, entry_name(Counted(name, "image_classification"), "i"), lambda folder: None)
    assert entry.parent == tmp_path
    assert entry.is_dir()
    assert not entry.name.startswith(".")


def test_an_edited_loader_is_not_served_what_it_read_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib
    import sys

    source = "from automl.data import ArrayLoader\nclass L(ArrayLoader):\n    identity = read = None\n    name = 'l'\n"
    monkeypatch.syspath_prepend(str(tmp_path))
    names = set()
    for version in ("", "# edited\n"):
        (tmp_path / "feeds_loader.py").write_text(source + version)
        sys.modules.pop("feeds_loader", None)
        importlib.invalidate_caches()
        made: Any = importlib.import_module("feeds_loader").L
        names.add(entry_name(made.__new__(made), "identity"))
    assert len(names) == 2


def test_what_a_loader_s_package_reads_with_and_its_version_name_its_entries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fresh_registry: None
) -> None:
    import importlib
    import sys

    from automl import registry
    from automl.data import cache

    source = (
        "from automl.data import ArrayLoader\nclass Mine(ArrayLoader):\n    identity = read = None\n    name = 'l'\n"
    )
    distribution(tmp_path, source, group="automl.datasets")
    monkeypatch.syspath_prepend(str(tmp_path))
    helper, about = tmp_path / "automl_mine" / "text" / "decoding.py", tmp_path / "automl_mine-0.1.dist-info/METADATA"
    helper.parent.mkdir()
    names = set()
    for file, text in (
        (helper, "SIZE = 1\n"),
        (helper, "SIZE = 2\n"),
        (about, about.read_text().replace("0.1", "0.2")),
    ):
        file.write_text(text)
        for module in [one for one in sys.modules if one.startswith("automl_mine")]:
            monkeypatch.delitem(sys.modules, module)
        cache._code.cache_clear()
        registry._scan.cache_clear()
        made: Any = importlib.import_module("automl_mine.mine").Mine
        names.add(entry_name(made.__new__(made), "identity"))
    assert len(names) == 3


def _writer(folder: Path) -> None:
    time.sleep(0.05)
    (folder / "x").write_text("content")


@pytest.mark.parametrize("damaged", [False, True])
def test_writers_at_once_stay_correct(tmp_path: Path, damaged: bool) -> None:
    if damaged:
        truncate(cached(tmp_path, "entry", _writer) / "x")
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=cached, args=(tmp_path, "entry", _writer)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert {path.name for path in tmp_path.iterdir()} <= {"entry", ".lock"}
    assert (tmp_path / "entry" / "x").read_text() == "content"
    assert json.loads((tmp_path / "entry" / "manifest.json").read_text())["files"].keys() == {"x"}


def test_a_full_disk_leaves_nothing_and_is_told(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        new_mapped(folder / "inputs.npy", np.uint8, (1 << 50,))

    with pytest.raises(StorageError, match=r"cannot be written: .*GB are free. Make room there"):
        cached(tmp_path / "캐시", "entry", write)
    assert list((tmp_path / "캐시").iterdir()) == []


def test_a_source_that_cannot_be_read_is_not_told_as_the_caches_fault(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        (tmp_path / "source" / "gone.png").read_bytes()

    with pytest.raises(DataError, match=r"source/gone.png cannot be read: No such file or directory."):
        cached(tmp_path / "cache", "entry", write)
