"""``python -m automl export``: the best model of a study for another runtime."""

from __future__ import annotations

import argparse
import shlex
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from automl.exports import Export

FORMATS = "keras | savedmodel | onnx | litert | mlflow"


def main(argv: list[str]) -> int:
    """Export a model, and tell where it is, what it costs and how to call it.

    Returns:
        0; what is refused is raised.

    Raises:
        AutomlError: There is no such study or format, the format cannot hold the model, or the export is not the model.
    """
    from automl.api.finding import named

    parser = argparse.ArgumentParser(
        prog="python -m automl export",
        description="Write the best model of a study for another runtime, and check it there against the original.",
    )
    parser.add_argument("study", help="its name, its folder, runs:/<MLflow run>, or 'last'")
    parser.add_argument("--format", required=True, help=FORMATS)
    parser.add_argument("--out", metavar="FOLDER", help="a new folder (default: <study>/exports/<format>)")
    parser.add_argument("--quantize", metavar="int8", help="integers of 8 bits instead of floats (litert)")
    parser.add_argument("--experiments", default="experiments", help="the experiments folder (default: experiments)")
    arguments = parser.parse_args(argv)
    study = named(arguments.study, arguments.experiments, asked="export")
    sys.stdout.write(told(study.export(arguments.format, arguments.out, quantize=arguments.quantize)))
    return 0


def told(export: Export) -> str:
    """An export as lines for a terminal."""
    rows = [
        ("size", _size(export.size)),
        ("latency", f"{export.latency_ms:.3g} ms for one sample (median)"),
        ("difference", f"{_difference(export)}, the largest over {export.samples} test samples"),
    ]
    if export.metric:
        rows.append((export.metric, f"{export.before:.4g} before, {export.after:.4g} in 8 bits"))
    lines = [f"{export.format}: {shlex.quote(str(export.path))}"]
    lines += [f"  {name:<12}{text}" for name, text in rows]
    lines += [f"  {note}" for note in export.notes]
    return "\n".join([*lines, "", *(f"    {line}" for line in export.usage), ""])


def _difference(export: Export) -> str:
    return f"{export.difference:.2g} {export.scale}".rstrip()


def _size(count: int) -> str:
    return f"{count / 1e6:.2f} MB" if count >= 10_000 else f"{count / 1e6:.4f} MB"
