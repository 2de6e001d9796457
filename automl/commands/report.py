"""``python -m automl report``: the report of a study, written anew."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

from automl.errors import ConfigError, StorageError

if TYPE_CHECKING:
    from automl.records import StudyRecord


def main(argv: list[str]) -> int:
    """Write the report of a study, however it stands, and print where it lies.

    Raises:
        DataError: There is no such study.
        StorageError: Its files cannot be read, or the report cannot be written.
        ConfigError: ``--out`` names a folder that is not there.
    """
    from automl.api.finding import find
    from automl.api.record import read_record

    parser = argparse.ArgumentParser(prog="python -m automl report", description="Write a study's report.html anew.")
    parser.add_argument("study", nargs="?", default="last", help="a name, a folder, runs:/<MLflow run>, or last")
    parser.add_argument("--experiments", default="experiments", help="the experiments folder (default: experiments)")
    parser.add_argument("--out", type=Path, help="the file to write (default: report.html in the study's folder)")
    parser.add_argument("--open", action="store_true", help="show it in the browser")
    arguments = parser.parse_args(argv)
    folder = find(arguments.study, Path(arguments.experiments).resolve(), asked="report")
    path = _write(read_record(folder), arguments.out)
    print(path)  # noqa: T201
    if arguments.open and not webbrowser.open(path.resolve().as_uri()):
        raise ConfigError("--open: there is no browser here. Open the file that is named above elsewhere.")
    return 0


def _write(study: StudyRecord, out: Path | None) -> Path:
    from automl.report.page import REPORT, write_report

    path = study.folder / REPORT if out is None else out / REPORT if out.is_dir() else out
    if not path.parent.is_dir():
        raise ConfigError(f"--out: there is no folder {path.parent}. Received: {out}.")
    try:
        return write_report(study, path)
    except OSError as error:
        raise StorageError(f"report: {path} cannot be written: {error.strerror or error}.") from error
