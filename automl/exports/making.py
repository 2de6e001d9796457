"""An export from the trained model to a folder that was checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.errors import ExportError
from automl.exports.base import EXAMPLE, Export, Source, Tensor
from automl.exports.checking import LIMIT, Answers, call_alone
from automl.exports.formats import FORMATS
from automl.exports.job import MADE, SAMPLES
from automl.exports.quantization import compare
from automl.exports.samples import take, tensors
from automl.jobs.common import as_settled, load_trained, open_data
from automl.sealed import check_seal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.exports.base import Format
    from automl.exports.job import ExportJob


def export(job: ExportJob) -> Export:
    """Make the folder ``made`` in the job's own.

    Raises:
        ExportError: The format cannot hold the model, or what was made is not the model.
    """
    form, target = FORMATS[job.format], job.dir / MADE
    target.mkdir()
    source = _source(job)
    model = target / form.file
    notes = form.make(source, _scratch(job, form))
    _scratch(job, form).rename(model)
    _write_example(target / EXAMPLE, form, source)
    answers = call_alone(form, model, source)
    told = _agreed(form, answers, source) if not job.quantized else compare(model, source)
    made = Export(
        format=form.name,
        folder=target,
        file=form.file,
        size=_size(model),
        latency_ms=answers.latency_ms,
        difference=answers.difference,
        scale=source.samples.unit,
        samples=len(source.samples),
        notes=tuple(notes),
        **told,
    )
    _write_about(target, job.about, made, source)
    return made


def _source(job: ExportJob) -> Source:
    check_seal(job.plugin_folder)
    plugin = load_trained(job, job.plugin_folder)
    data = as_settled(open_data(job), plugin)
    saved = job.dir / "saved_model"
    try:
        plugin.export(saved)
    except NotImplementedError:
        raise ExportError(
            f"export: '{job.config['model']['name']}' has no form that runs without its plugin (its class has no"
            " method 'export'). Load it with automl.load(...).model where the plugin is installed."
        ) from None
    return Source(plugin, data, saved, _inputs(saved), take(plugin, data, SAMPLES), job.quantized)


def _scratch(job: ExportJob, form: Format) -> Path:
    """Where the model is made, with room beside it for what that takes."""
    folder = job.dir / "making"
    folder.mkdir(exist_ok=True)
    return folder / form.file


def _inputs(saved: Path) -> dict[str, Tensor]:
    """The inputs of a SavedModel, by name."""
    import tensorflow as tf

    columns: dict[str, list[str]] = {}
    told = saved / "assets.extra" / "columns.json"
    if told.is_file():
        columns = json.loads(told.read_text(encoding="utf-8"))["columns"]
    signature = tf.saved_model.load(str(saved)).signatures["serving_default"].structured_input_signature[1]
    return {
        name: Tensor(tuple(one.shape.as_list()), one.dtype.name, tuple(columns.get(name, ())))
        for name, one in signature.items()
    }


def _agreed(form: Format, answers: Answers, source: Source) -> dict[str, Any]:
    """Refuse what does not say what the original says.

    Raises:
        ExportError: With the largest difference.
    """
    if answers.difference > LIMIT:
        gap = f"{answers.difference:.2g} {source.samples.unit}".rstrip()
        raise ExportError(
            f"export: the {form.name} model differs from the original by up to {gap} on {len(source.samples)} samples"
            f" of the test part; at most {LIMIT:g} is allowed. Nothing was kept."
        )
    return {}


def _write_example(path: Path, form: Format, source: Source) -> None:
    given = tensors(source.samples.raw, source.inputs, source.data)
    np.savez(path, allow_pickle=False, **{name: form.cast(values[:1]) for name, values in given.items()})


def _size(model: Path) -> int:
    if model.is_file():
        return model.stat().st_size
    return sum(one.stat().st_size for one in model.rglob("*") if one.is_file())


def _write_about(folder: Path, about: Mapping[str, Any], made: Export, source: Source) -> None:
    spec = source.data.spec
    told = {
        **about,
        "task": spec.task,
        "classes": list(spec.classes),
        "inputs": {
            name: {"shape": one.shape, "dtype": one.dtype, "columns": one.columns}
            for name, one in source.inputs.items()
        },
        "output": {"shape": [None, *source.samples.expected.shape[1:]], "dtype": str(source.samples.expected.dtype)},
        "difference": made.difference,
        "difference_is": made.scale,
        "samples": made.samples,
        "latency_ms": made.latency_ms,
        "notes": made.notes,
    }
    (folder / "about.json").write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")
