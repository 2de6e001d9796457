"""Fixtures that all tests share."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from automl import registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from automl.records import StudyRecord

for _number, _handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:  # the suite was begun in the background, or under nohup
        signal.signal(_number, _handler)


@pytest.fixture(autouse=True)
def _forget_what_tests_wrote() -> Iterator[None]:
    """The package that tests write (``authors.distribution``) is another in each."""
    yield
    for name in [one for one in sys.modules if one.partition(".")[0] == "automl_mine"]:
        del sys.modules[name]


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A distribution of scripted models, as if it were installed."""
    folder = str(Path(__file__).parent / "faults")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", folder, prepend=os.pathsep)
    clear_registry()
    yield
    clear_registry()


@pytest.fixture
def clustering(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The foreign distribution with a task of its own, as if it were installed; the name of the task."""
    from foreign import register

    register(Path(__file__).parent / "third_party" / "clusters", tmp_path_factory.mktemp("site"), monkeypatch)
    clear_registry()
    yield "clustering"
    clear_registry()


@pytest.fixture
def make_study(tmp_path: Path, faults: None) -> Iterator[Callable[..., Any]]:
    """Makes studies of the scripted model that run inline, each with its listener.

    However they ended: what their journals hold is what was known of them.
    """
    from inline_study import make_study

    from automl.study.journal import JOURNAL, replay

    studies = []

    def make(**how: Any) -> Any:
        studies.append(make_study(tmp_path, **how))
        return studies[-1]

    yield make
    for study, _ in studies:
        known = replay(study.record.folder / JOURNAL)
        if known.resumed == study.record.resumed:
            assert repr(known) == repr(study.record)


@pytest.fixture
def study_record(tmp_path: Path) -> StudyRecord:
    """A study that has a folder, and nothing else."""
    from automl.records import StudyRecord
    from automl.tasks import task_info as task

    (tmp_path / "study").mkdir()
    config = {"model": {"name": "cnn"}, "data": {"name": "digits"}, "search": {}}
    return StudyRecord(
        name="study", folder=tmp_path / "study", config=config, task=task("image_classification"),
        objective="val_accuracy", direction="maximize", plugin={"name": "cnn"}, seed=1, slots=1, max_trials=3,
    )  # fmt: skip


@pytest.fixture
def fresh_registry() -> Iterator[None]:
    """The registry scans again before the test and after it."""
    clear_registry()
    yield
    clear_registry()


def clear_registry() -> None:
    """Forget which distributions are installed."""
    from automl.config.hints import _read
    from automl.tasks import task_info

    for remembered in (registry._scan, registry.config_folders, task_info, _read):
        remembered.cache_clear()
