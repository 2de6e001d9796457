"""An exported model called by its own runtime, in a process that has nothing of this project, beside the original."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from automl import registry
from automl.alive import beat
from automl.errors import ExportError
from automl.exports.samples import by_column, tensors

if TYPE_CHECKING:
    from automl.exports.base import Format, Source
    from automl.exports.samples import Samples

LIMIT = 1e-4
"""The most that outputs may differ by, in the scale of ``Samples``."""

_ALONE = Path(__file__).with_name("alone.py")
_TICK = 1.0
_TOLD = 300
"""Characters of an error of the runtime's."""


@dataclass(frozen=True)
class Answers:
    """What an exported model says of the samples.

    Attributes:
        outputs: (n, ...), asked for one by one.
        difference: The largest from the original's, alone or in a batch, in the scale of ``Samples``.
        latency_ms: Milliseconds for a single sample, the median.
    """

    outputs: np.ndarray
    difference: float
    latency_ms: float


def call_alone(form: Format, model: Path, source: Source) -> Answers:
    """Have the format's own runtime call a model.

    Raises:
        ExportError: It cannot be loaded or called there.
    """
    samples = source.samples
    columns = form.name == "mlflow"  # which takes tables by column, as they are
    given = by_column(samples.raw) if columns else tensors(samples.raw, source.inputs, source.data)
    with tempfile.TemporaryDirectory(prefix="check-", dir=model.parent) as scratch:
        folder = Path(scratch)
        np.savez(folder / "samples.npz", *given.values(), allow_pickle=False)
        asked = {
            "format": form.name,
            "model": str(model),
            "hidden": _hidden(),
            "batches": form.batches,
            "names": list(given),
            "samples": str(folder / "samples.npz"),
            "answers": str(folder / "answers.npz"),
        }
        (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
        told = _run(form, folder)
        with np.load(folder / "answers.npz", allow_pickle=False) as held:
            answers = {name: held[name] for name in held.files}
    differences = [difference(one, samples) for one in answers.values()]
    return Answers(answers["single"], max(differences), told["latency_ms"])


def _run(form: Format, folder: Path) -> dict[str, Any]:
    """What the process printed last."""
    with (folder / "output.txt").open("w+", encoding="utf-8") as output, (folder / "errors.txt").open("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", str(_ALONE), str(folder / "asked.json")], stdout=output, stderr=errors, cwd=folder
        )
        try:
            while process.poll() is None:
                beat()
                _wait(process)
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        raise ExportError(
            f"export: the {form.name} model was made, and cannot be used where this project is not"
            f" ({_last(folder / 'errors.txt', process.returncode)}). Nothing was kept."
        )
    told: dict[str, Any] = json.loads((folder / "output.txt").read_text(encoding="utf-8").splitlines()[-1])
    return told


def _wait(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_TICK)
    except subprocess.TimeoutExpired:
        return


def _last(errors: Path, code: int) -> str:
    """The last line of what went wrong."""
    lines = [line.strip() for line in errors.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:_TOLD].rstrip(".") if lines else f"exit code {code}"


def _hidden() -> list[str]:
    """This package, and all that offer plugins."""
    entries = [one for group in registry.Group for one in registry.entries(group).values()]
    return sorted({"automl", *(one.target.partition(":")[0].partition(".")[0] for one in entries)})


def difference(outputs: np.ndarray, samples: Samples) -> float:
    """The largest from what is expected, in the scale of the samples; infinite where there are other ones, or NaN.

    Args:
        outputs: Of the samples; values (n,) for (n, 1), or the numbers of classes for their probabilities.
        samples: With what is expected.
    """
    expected = samples.expected
    if outputs.size != expected.size and outputs.shape == expected.shape[:-1]:
        expected = expected.argmax(axis=-1)  # masks of class numbers
    if outputs.size != expected.size:
        return float("inf")
    gap = np.abs(outputs.astype(np.float64).reshape(expected.shape) - expected)
    largest = float((gap / samples.scale).max(initial=0.0))
    return largest if np.isfinite(largest) else float("inf")
