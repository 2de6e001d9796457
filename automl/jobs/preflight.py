"""Pre-flight: everything that can be wrong is found out before a trial is spent."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from automl.config.predicted import check_predicted
from automl.errors import ConfigError
from automl.jobs.common import check_task, make_plugin, open_data, settled
from automl.jobs.rehearsal import train_few
from automl.jobs.results import Preflight
from automl.jobs.validation import is_averaged
from automl.resources import free_memory, in_words
from automl.tasks import load_task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.data import Dataset, DataSpec
    from automl.jobs.work import PreflightJob
    from automl.plugin import ModelPlugin
    from automl.tasks import Task


_LONG = 1.0
"""Seconds of the first reading from which on it is worth looking how long a second one takes."""


def preflight(job: PreflightJob) -> Preflight:
    """Read and check the data, build the model, score the trivial baseline, and train on a few samples.

    Raises:
        AutomlError: Anything is wrong.
    """
    if not job.by_task:
        make_plugin(job)  # what is wrong with its fields is told before the data are read
    dataset, reading = _opened(job)
    check_task(job, dataset.spec)
    job = replace(job, config=settled(job.by_task.get(dataset.spec.task, job.config), dataset.spec))
    plugin = make_plugin(job)
    task = load_task(dataset.spec.task)
    check_predicted(job.config, [task.info])
    task.check(dataset.spec, job.config)
    task.check_model(plugin)
    _check_averaged(job.config, task)
    baseline = task.baseline(dataset, dataset.validation)
    parameters = _parameters(plugin, dataset.spec, job.config.get("training") or {}) * max(1, len(dataset.folds))
    trained, pace = train_few(job, dataset)
    return Preflight(dataset.spec, baseline, parameters, reading, trained, pace)


def _check_averaged(config: Mapping[str, Any], task: Task) -> None:
    """Refuse an ensemble of models whose predictions have no mean that could be scored.

    Raises:
        ConfigError: The message names the task.
    """
    asked = (config.get("ensemble") or {}).get("name", "none")
    if asked != "none" and not is_averaged(task):
        raise ConfigError(
            f"ensemble: the predictions of several models are averaged, and for {task.info.name} they cannot be."
            f" Choose ensemble=none. Received: {asked}."
        )


def _opened(job: PreflightJob) -> tuple[Dataset, float]:
    """The data, and the seconds that opening them takes every later job: out of the cache, where there is one."""
    began = time.monotonic()
    dataset = open_data(job)
    if (reading := time.monotonic() - began) > _LONG:
        began = time.monotonic()
        dataset = open_data(job)
        reading = time.monotonic() - began
    return dataset, reading


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
