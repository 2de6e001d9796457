"""``Study.export``: the best model for another runtime, in a folder that needs nothing of this project."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.errors import AutomlError, ExportError, StorageError, nearest, shown
from automl.exports import FORMATS, QUANTIZED, ExportJob
from automl.exports.base import EXAMPLE
from automl.exports.job import MADE
from automl.files import is_free, put
from automl.jobs import Place, Subject
from automl.registry import Group, entry
from automl.report.wording import typed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from automl.exports import Export, Format
    from automl.handover import Handed
    from automl.records import StudyRecord, TrialRecord
    from automl.runner.base import Finished, Runner

FOLDER = "exports"
"""Where exports lie in a study's folder, unless they are asked for elsewhere."""
_TICK = 1.0


def export(
    record: StudyRecord,
    format: str,  # noqa: A002 - what it is
    folder: str | PathLike[str] | None = None,
    quantize: str | None = None,
) -> Export:
    """Export the best model of a study; see ``automl.api.Study.export``."""
    form, best = _form(format, quantize), _best(record)
    handed = _handed(record)
    entry(Group.MODELS, best.family)  # whose model it is, before anything takes time
    _check_installed(form)
    chosen = f"{form.name}-{quantize}" if quantize else form.name
    target = Path(os.path.abspath(folder)) if folder is not None else record.folder / FOLDER / chosen  # noqa: PTH100 - links are kept
    with _beside(target) as scratch:
        job = ExportJob(
            id=0,
            config=best.config,
            place=Place(scratch, record.folder.parent / "cache"),
            folder="job",
            subject=Subject(str(handed.folder), best.history, record.objective, best.best_step),
            format=form.name,
            quantized=quantize is not None,
            about=_about(record, best),
        )
        made = _run(record, job)
        _put(scratch / "job" / MADE, target)
    usage = form.usage(repr(typed(target / form.file)), repr(typed(target / EXAMPLE)))
    return replace(made, folder=target, usage=usage)


def _form(name: str, quantize: str | None) -> Format:
    if name not in FORMATS:
        raise ExportError(f"export: there is no format {shown(name)}. {nearest(str(name), FORMATS)}")
    form = FORMATS[name]
    if quantize is not None and quantize not in QUANTIZED:
        raise ExportError(f"export: --quantize takes {', '.join(QUANTIZED)}. Received: {quantize}.")
    if quantize is not None and not form.quantizes:
        able = ", ".join(one.name for one in FORMATS.values() if one.quantizes)
        raise ExportError(f"export: --quantize {quantize} is for --format {able}. Received: --format {name}.")
    return form


def _best(record: StudyRecord) -> TrialRecord:
    best = record.best
    if best is None:
        raise ExportError(f"export: the study {record.name} has no complete trial, and so no model.")
    return best


def _handed(record: StudyRecord) -> Handed:
    handed = record.handed
    assert handed is not None
    if not handed.folder.is_dir():
        where = handed.folder.parent
        raise ExportError(f"export: the best model of {record.name} is not there any more. Received: {where}")
    return handed


def _check_installed(form: Format) -> None:
    missing = [name for name in form.needs if find_spec(name) is None]
    if missing:
        raise ExportError(
            f"export: --format {form.name} needs {', '.join(missing)}. Install it: pip install 'automl[export]'"
        )


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder on the same disk as what is to be made, which is gone afterwards.

    Raises:
        StorageError: There is something already, or nothing can be written.
    """
    if not is_free(target):
        raise StorageError(f"export: {target} is there already. Remove it, or name another folder with --out.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".export-", dir=target.parent))
        (scratch / "job").mkdir()
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _put(made: Path, target: Path) -> None:
    try:
        put(made, target)
    except OSError as error:
        raise _unwritable(target, error) from error


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"export: {path} cannot be written: {error.strerror or error}.")


def _run(record: StudyRecord, job: ExportJob) -> Export:
    """What comes of the job, in a worker; inline where the study ran so.

    Raises:
        ExportError: It failed.
    """
    from automl.plugin import Decision
    from automl.runner.base import Failed
    from automl.runner.fork import close_idle

    runner = _runner(record)
    try:
        runner.start(lambda _: Decision.CONTINUE, 1)
        runner.submit(job)
        while not (events := runner.events(_TICK)):
            pass
    finally:
        runner.close()
        close_idle()
    (event,) = events
    if isinstance(event, Failed):
        if event.kind == "user":
            raise AutomlError(event.message)
        raise ExportError(f"export: the {job.format} model could not be made. {event.message}")
    return _value(event)


def _runner(record: StudyRecord) -> Runner:
    """A worker without a GPU: what is exported runs on the processor, and is compared there."""
    from automl.runner.inline import InlineRunner
    from automl.runner.local import LocalRunner

    if record.config["runner"].get("name") == "inline":
        return InlineRunner()
    return LocalRunner(slots=1, gpus_per_trial=0)


def _value(event: Finished[Any]) -> Export:
    made: Export = event.value
    return made


def _about(record: StudyRecord, best: TrialRecord) -> dict[str, Any]:
    return {
        "study": record.name,
        "trial": best.number,
        "members": [asdict(one) for one in record.members],
        "model": best.family,
        "data": record.config["data"]["name"],
        "fingerprint": record.spec.fingerprint if record.spec else "",
        "test": dict(record.evaluation.test) if record.evaluation else {},
    }
