"""Pre-flight: everything that can be wrong is found out before a trial is spent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError
from automl.jobs.common import check_task, make_plugin, open_data
from automl.jobs.rehearsal import train_few
from automl.resources import free_memory, in_words
from automl.tasks import load_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.data import DataSpec
    from automl.plugin import ModelPlugin
    from automl.runner.base import Job


def preflight(job: Job) -> dict[str, Any]:
    """Read and check the data, build the model, score the trivial baseline, and train on a few samples.

    Returns:
        ``spec``: the data's ``DataSpec`` as plain values; ``baseline``: the trivial predictor's metrics on the
        validation part; ``parameters``: size of the model; ``reading``: seconds that it took to read the data;
        ``trained``: what ``rehearsal.rehearse`` goes on from, if anything.

    Raises:
        AutomlError: Anything is wrong.
    """
    plugin = make_plugin(job)
    began = time.monotonic()
    dataset = open_data(job)
    reading = time.monotonic() - began
    check_task(job, dataset.spec)
    task = load_task(dataset.spec.task)
    task.check(dataset.spec, job.config)
    task.check_model(plugin)
    found = {
        "spec": dataset.spec.to_dict(),
        "baseline": task.baseline(dataset, dataset.validation),
        "parameters": _parameters(plugin, dataset.spec, job.config.get("training") or {}),
    }
    return {**found, "reading": reading, "trained": train_few(job, dataset)}


def _parameters(plugin: ModelPlugin, spec: DataSpec, training: Mapping[str, Any]) -> int:
    """The size of the model, built.

    Raises:
        ConfigError: Memory ran out.
    """
    try:
        return plugin.prepare(spec, training)
    except Exception as error:
        # TensorFlow's error is told by its name: a plugin without TensorFlow is not to import it.
        if not isinstance(error, MemoryError) and type(error).__name__ != "ResourceExhaustedError":
            raise
        numbers = {key: value for key, value in vars(plugin).items() if type(value) is int and value > 1}
        largest = sorted(numbers, key=lambda key: -numbers[key])[:3]
        told = ", ".join(f"model.{key}={numbers[key]}" for key in largest) or "the fields of model"
        raise ConfigError(
            f"model: memory ran out while the model was built; {in_words(free_memory())} are free."
            f" Choose less of what makes it large. Received: {told}."
        ) from error
