"""``python -m automl predict``: what the best model of a study says of new samples."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pandas as pd

    from automl.api import Study
    from automl.api.prediction import Answer

_SHOWN = 20
_ENDING = """\
keys of the data, such as data.encoding=cp949 or data.text=review, say how the input is read where it differs.

examples:
  python -m automl predict my-study new.csv --out answers.csv --keep id
  python -m automl predict last photos/ --out answers.parquet
  python -m automl predict my-study cells.zip --out masks        a mask for each image
  python -m automl predict my-study --samples 16 --out images    of a model that draws
"""


def main(argv: list[str]) -> int:
    """Predict, and write the answers to a file, a folder, or the screen.

    Returns:
        0; errors are raised.

    Raises:
        ConfigError: An argument is unknown or of the wrong kind.
        DataError: There is no such study or input, or the input does not fit.
        StorageError: The answers cannot be written.
        StudyError: There is no model.
    """
    arguments = _parsed([word for word in argv if not word.startswith("data.")])
    keys = _keys([word for word in argv if word.startswith("data.")])
    out = None if arguments.out is None else Path(arguments.out)
    form = _form(out, arguments.out)
    study, trial = _study(arguments)
    if arguments.samples is not None:
        return _sample(study, trial, arguments, out, form)
    if arguments.input is None:
        raise ConfigError("predict: an input is expected: python -m automl predict <study> <file or folder>.")
    answers = study.stream(arguments.input, trial=trial, data=keys, note=_note)
    kept = (answer.keeping(arguments.keep) if arguments.keep else answer for answer in answers)
    if out is None:
        return _print(kept)
    from automl.api.writing import answer_folder, table_file

    if form == "folder":
        with answer_folder(out, study.classes) as write_answer:
            count = _written(kept, write_answer)
    else:
        with table_file(out) as write:
            count = _written(kept, lambda answer: write(answer.table))
    sys.stderr.write(f"{count:,} row{'' if count == 1 else 's'} in {out}\n")
    return 0


def _parsed(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m automl predict",
        description="What the best model of a study says of new samples.",
        epilog=_ENDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("study", help="its name, its folder, 'last', or runs:/<MLflow run>, a trial's too")
    parser.add_argument(
        "input",
        nargs="?",
        help="CSV, Parquet, images, texts, a series or arrays; a folder, a zip or a pattern of files",
    )
    parser.add_argument("--out", help="a .csv, .parquet or .jsonl file; a folder for pictures (default: the screen)")
    parser.add_argument(
        "--keep", action="append", default=[], metavar="COLUMN", help="a column of the input to put beside the answers"
    )
    parser.add_argument("--trial", type=int, help="the number of another trial than the best")
    parser.add_argument("--samples", type=int, metavar="N", help="draw so many images, instead of an input")
    parser.add_argument("--seed", type=int, default=0, help="of --samples (default: 0)")
    parser.add_argument("--experiments", default="experiments", help="the experiments folder (default: experiments)")
    parser.add_argument("--uri", help="the tracking store of a run (default: that of the experiments folder)")
    return parser.parse_args(argv)


def _keys(words: Sequence[str]) -> dict[str, Any]:
    """Keys under ``data``."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    for word in words:
        if "=" not in word:
            raise ConfigError(f"{word}: expected data.<key>=<value>.")
    try:
        found = OmegaConf.to_container(OmegaConf.from_dotlist(list(words)))
    except (OmegaConfBaseException, YAMLError) as error:
        raise ConfigError(f"{' '.join(words)}: {error}") from error
    assert isinstance(found, dict)
    return dict(found.get("data") or {})


def _form(out: Path | None, asked: str | None) -> str:
    """What is written: a ``file`` or a ``folder``."""
    from automl.api.writing import SUFFIXES

    if out is None or asked is None:
        return "screen"
    if out.suffix.lower() in SUFFIXES and not out.is_dir():
        if not out.parent.is_dir():
            raise ConfigError(f"--out: there is no folder {out.parent}. Make it first.")
        return "file"
    if out.suffix and not out.is_dir() and not asked.endswith("/"):
        raise ConfigError(
            f"--out: expected a file that ends in {', '.join(SUFFIXES)}, or a folder for pictures. Received: {asked}"
        )
    return "folder"


def _study(arguments: argparse.Namespace) -> tuple[Study, int | None]:
    """The study, and the trial whose model is asked, where it is not the best one's."""
    from automl.api import load
    from automl.api.finding import find_trial

    study = load(arguments.study, experiments=arguments.experiments, uri=arguments.uri)
    if arguments.trial is not None:
        return study, int(arguments.trial)
    return study, find_trial(arguments.study, Path(arguments.experiments).resolve(), arguments.uri)


def _sample(study: Study, trial: int | None, arguments: argparse.Namespace, out: Path | None, form: str) -> int:
    from automl.api.writing import write_images

    if arguments.input is not None:
        raise ConfigError(
            f"--samples: images are drawn out of nothing; leave out the input. Received: {arguments.input}"
        )
    if arguments.samples < 1:
        raise ConfigError(f"--samples: expected a number of at least 1. Received: {arguments.samples}.")
    if out is None or form != "folder":
        raise ConfigError(f"--out: a folder for the images is expected. Received: {arguments.out}.")
    write_images(study.sample(arguments.samples, seed=arguments.seed, trial=trial), out)
    sys.stderr.write(f"{arguments.samples:,} images in {out}\n")
    return 0


def _written(answers: Iterator[Answer], write: Callable[[Answer], None]) -> int:
    count = 0
    for answer in answers:
        write(answer)
        count += len(answer.table)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{count:,} rows\r")
    return count


def _print(answers: Iterator[Answer]) -> int:
    """The first rows as a table in a terminal; all of them as CSV in a pipe."""
    first = True
    for answer in answers:
        if sys.stdout.isatty():
            return _head(answer.table)
        answer.table.to_csv(sys.stdout, index=False, header=first, lineterminator="\n")
        first = False
    return 0


def _head(table: pd.DataFrame) -> int:
    from automl.report.frames import show

    hidden = show(table.head(_SHOWN), sys.stdout, "terminal", scores=list(table.columns))
    if len(table) > _SHOWN or hidden:
        columns = f" and {len(hidden)} more column{'' if len(hidden) == 1 else 's'}" if hidden else ""
        rows = f"the first {_SHOWN} rows; " if len(table) > _SHOWN else ""
        sys.stdout.write(f"{rows}all rows{columns}: --out answers.csv\n")
    return 0


def _note(sentence: str) -> None:
    sys.stderr.write(f"note: {sentence}\n")
