"""The main job as a recipe: compose, check, search, report."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from automl.config.compose import run as compose
from automl.errors import AutomlError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from automl.config.check import Settings
    from automl.records import Observer, StudyRecord
    from automl.runner.base import Reported, Runner
    from automl.study import Study

EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130


def main(argv: list[str]) -> int:
    """Run the study (or, with ``--multirun``, the studies) that the command line asks for.

    Returns:
        0 where a best model was found; 1 where the study failed, 2 where the user has something to mend, and 130
        after an interrupt.
    """
    return compose(argv, _search_and_report)


def _search_and_report(config: Mapping[str, Any]) -> int:
    """One study of a sweep; its error is told here, so that the next study has its turn."""
    try:
        return search(config)
    except AutomlError as error:
        return report_error(error)


def search(config: Mapping[str, Any]) -> int:
    """Run one study.

    Raises:
        AutomlError: The configuration or the data are wrong, or no trial completed.
    """
    from automl.config.check import check
    from automl.tracking.runs import run_paths

    settings = check(config)
    paths = run_paths(settings.config, settings.experiments)
    runner = _make_runner(settings)
    try:
        return _run(settings, runner, paths)
    finally:
        runner.close()


def _make_runner(settings: Settings) -> Runner:
    """The runner, not started yet."""
    from automl.config.fields import construct
    from automl.registry import Group, entry

    section = {**settings.config["runner"]}
    cls = entry(Group.RUNNERS, section.pop("name")).load()
    runner: Runner = construct(cls, section, "runner")
    return runner


def _run(settings: Settings, runner: Runner, paths: Mapping[str, str]) -> int:
    from automl.records import StudyState
    from automl.study import Study

    studies: list[Study] = []

    def on_report(report: Reported) -> Any:
        return studies[0].on_report(report)

    runner.start(on_report, settings.max_trials)
    record = _make_record(settings, runner.capacity)
    _make_folder(record, settings)
    observers = _make_observers(settings)
    study = Study(
        record=record,
        space=settings.space,
        runner=runner,
        make_engine=lambda: _make_engine(settings, record),
        observers=observers,
        cache=settings.experiments / "cache",
        paths=paths,
    )
    studies.append(study)
    try:
        with _interrupts(study):
            study.run()
    finally:
        for observer in observers:
            observer.close()
    return EXIT_INTERRUPTED if record.state is StudyState.INTERRUPTED else 0


def _make_record(settings: Settings, slots: int) -> StudyRecord:
    from automl.records import StudyRecord
    from automl.tasks import task

    config, model = settings.config, settings.model
    name = config["name"] or f"{model.name}-{config['data']['name']}-{time.strftime('%Y%m%d-%H%M%S')}"
    # Where the data have to tell the task, pre-flight puts the right one in place of the model's first.
    found = settings.task or task(config["model"]["tasks"][0])
    started, objective = time.time(), config["search"]["objective"] or found.objective
    return StudyRecord(
        name=name,
        folder=settings.experiments / name,
        config=config,
        task=found,
        objective=objective,
        direction=config["search"]["direction"] or found.direction_of(objective) or found.direction,
        plugin={"name": model.name, "distribution": model.distribution, "version": model.version},
        seed=config["seed"],
        slots=slots,
        max_trials=settings.max_trials,
        deadline=None if settings.timeout is None else started + settings.timeout,
        started=started,
        git_commit=_git_commit(),
    )


def _make_folder(record: StudyRecord, settings: Settings) -> None:
    """The study's own folder with its configuration.

    Raises:
        StorageError: It is there already, or cannot be written.
    """
    from omegaconf import OmegaConf

    try:
        record.folder.mkdir(parents=True, exist_ok=False)
        (record.folder / "config.yaml").write_text(OmegaConf.to_yaml(OmegaConf.create(dict(settings.config))))
    except FileExistsError as error:
        raise StorageError(f"name: there is a study in {record.folder} already. Choose another name.") from error
    except OSError as error:
        raise StorageError(f"experiments: {record.folder} cannot be written: {error.strerror}.") from error


def _make_observers(settings: Settings) -> list[Observer]:
    from automl.report.console import make_display
    from automl.tracking import make_tracker

    return [make_display(sys.stdout), make_tracker(settings.config["tracking"], settings.experiments)]


def _make_engine(settings: Settings, record: StudyRecord) -> Any:
    """The search engine, started; imported while the workers import too."""
    from automl.config.check import engine_section
    from automl.config.fields import construct
    from automl.registry import Group, entry

    cls = entry(Group.SEARCH_ENGINES, settings.config["search"]["name"]).load()
    engine = construct(cls, engine_section(settings.config), "search")
    engine.start(
        settings.space,
        name=record.name,
        direction=record.direction,
        seed=record.seed,
        folder=record.folder,
        steps=_most_steps(settings.config),
    )
    return engine


def _most_steps(config: Mapping[str, Any]) -> int | None:
    """The most epochs that a trial can be asked for."""
    epochs = (config.get("training") or {}).get("epochs")
    if isinstance(epochs, dict):
        epochs = max(epochs["choices"]) if "choices" in epochs else epochs.get("high")
    return epochs if isinstance(epochs, int) else None


def _git_commit() -> str:
    try:
        run = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""


@contextmanager
def _interrupts(study: Study) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the search after what is finished, and a second one the final evaluation too."""

    def count(signum: int, frame: Any) -> None:
        del signum, frame
        study.interrupts += 1

    before = {number: signal.signal(number, count) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def report_error(error: AutomlError) -> int:
    """Print an error as one sentence and tell the exit code."""
    from automl.errors import StudyError

    sys.stdout.flush()
    print(f"automl: {error}", file=sys.stderr)  # noqa: T201
    return EXIT_FAILED if isinstance(error, StudyError) else EXIT_USAGE
