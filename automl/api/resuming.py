"""``automl.resume``: a study that was interrupted, killed, or is given a larger budget goes on."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.api.finding import LAST, find
from automl.api.handle import Study
from automl.api.record import read_record
from automl.api.spelling import overrides as spell
from automl.config.changes import changes, composed_of
from automl.config.check import check
from automl.errors import ConfigError, PluginError, StorageError
from automl.records import Observer, StudyState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from os import PathLike

    from automl.config.check import Settings
    from automl.interrupts import Interrupts
    from automl.records import StudyRecord
    from automl.study.journal import Journal

_CONFIG = "config.yaml"


def resume(
    study: str | PathLike[str] | None = None,
    *,
    trials: int | None = None,
    timeout: float | None = None,
    experiments: str | PathLike[str] = "experiments",
    verbose: bool = True,
    **overrides: Any,
) -> Study:
    """Go on with a study that was interrupted or killed, or that is given more trials or time.

    What had ended is kept. Trials that ran go on from their last checkpoint; those without one begin anew.

    Args:
        study: As of ``automl.load``; by default the one of which something happened last.
        trials: How many at most, the earlier ones included; no fewer than before.
        timeout: Seconds of the whole study, those that it has run included; no fewer than before.
        experiments: The experiments folder that names are looked up in.
        verbose: Whether to show how the study goes.
        overrides: Keys of the ``runner`` section, as of ``automl.search``; all else stays as it was.

    Returns:
        The study; as it is where nothing is left to do.

    Raises:
        AutomlError: There is no such study, it runs, or the configuration differs; or as of ``automl.search``.
        InternalError: A fault of this program; it names the file with the traceback.

    Example:
        >>> automl.resume("first", trials=2).state
        'finished'
    """
    from automl.interrupts import Interrupts
    from automl.report.console import make_display
    from automl.runner.fork import close_idle

    named = {"search.trials": trials, "search.timeout": timeout}
    words = [*spell({key: value for key, value in named.items() if value is not None}), *spell(overrides)]
    show = (lambda: make_display(sys.stdout)) if verbose else Observer
    try:
        return Study(go_on(LAST if study is None else study, words, Path(experiments), show, Interrupts()))
    finally:
        close_idle()


def go_on(
    study: str | PathLike[str],
    words: Sequence[str],
    experiments: Path,
    make_display: Callable[[], Observer],
    interrupts: Interrupts,
) -> StudyRecord:
    """Go on with a study.

    Args:
        study: As of ``resume``, or ``last``.
        words: Overrides of its configuration.
        experiments: The experiments folder that names are looked up in.
        make_display: Makes what shows the study to the user.
        interrupts: Counts signals meanwhile, where this is the main thread.

    Raises:
        AutomlError: As of ``resume``.
        InternalError: A fault of this program.
    """
    from automl.api.running import conduct
    from automl.study.folder import held

    experiments = experiments.resolve()
    folder = find(study, experiments, asked="resume")
    with held(folder):
        record = read_record(folder)
        if record.is_of_session:
            raise PluginError(
                f"resume: the model of {record.name}, {record.plugin['name']}, is not installed: its class was one of a"
                " notebook or a script. Search anew with it: automl.search(<class>, ...)."
            )
        settings = _settings(record, words)
        if settings is None:
            return record
        if nothing := _nothing_left(record, settings):
            display = make_display()
            display.noted(record, nothing)
            display.close()
            return record
        return conduct(settings, lambda slots: _reopened(folder, settings, slots), make_display, interrupts)


def _settings(record: StudyRecord, words: Sequence[str]) -> Settings | None:
    """What the study goes on with; None where a flag asks for the configuration to be shown instead.

    Raises:
        AutomlError: It is not the study's own.
    """
    config = composed_of(record.folder / _CONFIG, record.config, words)
    if config is None:
        return None
    found = [one for one in changes(record.config, config) if not _may_differ(one)]
    if found:
        told = "; ".join(f"{path} was {_told(before)}, and is {_told(after)}" for path, before, after in found)
        raise ConfigError(
            f"resume: a study goes on as it began, but for search.trials and search.timeout, which may be raised, and"
            f" runner. Received for {record.name}: {told}."
        )
    return check({**config, "experiments": _experiments(config, record.folder)})


def _may_differ(change: tuple[str, Any, Any]) -> bool:
    path, before, after = change
    if path in ("search.trials", "search.timeout"):
        is_opened = path == "search.trials" and before is None
        return after is None or is_opened or (before is not None and after > before)
    return path.startswith("runner.") or path == "experiments"


def _told(value: Any) -> str:
    return "null" if value is None else str(value)


def _experiments(config: Mapping[str, Any], folder: Path) -> str:
    """The experiments folder, wherever the study lies now."""
    named = str(config["experiments"])
    return named if Path(named).resolve() == folder.parent else str(folder.parent)


def _nothing_left(record: StudyRecord, settings: Settings) -> str:
    """Why there is nothing to do, in a sentence; empty where there is."""
    search, before = settings.search, record.config["search"].get("timeout")
    is_tested = record.evaluation is not None and "score" in record.evaluation.done
    if is_tested and search.timeout is not None and search.timeout <= record.seconds:
        return (
            f"{record.name} has had its {search.timeout:g} s (search.timeout), and nothing is left to do; a higher"
            f" one, and search.trials above {len(record.trials)}, give it more."
        )
    more_time = before is not None and before != search.timeout and len(record.trials) < settings.trials
    if record.state is StudyState.FINISHED and settings.trials <= record.max_trials and not more_time:
        return (
            f"{record.name} has finished, and nothing is left to do; search.trials={2 * record.max_trials} adds trials."
        )
    return ""


@contextmanager
def _reopened(folder: Path, settings: Settings, slots: int) -> Iterator[Journal]:
    """The journal of a study whose folder is held, to go on with."""
    from omegaconf import OmegaConf

    from automl.files import write_whole
    from automl.study.resuming import reopen

    try:
        write_whole(folder / _CONFIG, OmegaConf.to_yaml(OmegaConf.create(dict(settings.config))))
        journal = reopen(folder, settings.config, slots, settings.trials, settings.search.timeout)
    except OSError as error:
        raise StorageError(f"resume: {folder} cannot be written: {error.strerror or error}.") from error
    try:
        yield journal
    finally:
        journal.close()
