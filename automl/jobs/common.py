"""What every job begins with: its data and its plugin."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from automl.ensembles import Settled, open_plugin, plugin_class, with_details
from automl.errors import ConfigError, PluginError, TaskError
from automl.failure import named, place
from automl.fields import construct
from automl.registry import Group, entry
from automl.settings import automatic
from automl.tasks import load_task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, DataSpec, Loader
    from automl.jobs.base import Job
    from automl.jobs.work import ModelJob
    from automl.plugin import ModelPlugin

_SPLIT = ("seed", "folds")
"""Keys of a ``data`` section that every loader has: see ``automl.config.study.Split``."""


def open_data(job: Job[Any]) -> Dataset:
    """The job's data, in their parts, with what is asked to be predicted of them.

    Raises:
        ConfigError: A key of the ``data`` section is unknown or of the wrong type, or folds are asked for of data that
            have none.
        DataError: The data are missing, unreadable, or unfit.
    """
    section = job.config["data"]
    own, folds = section.get("seed"), section.get("folds", 1)
    loader = make_loader(section)
    vars(loader)["folds"] = folds  # in front of the class's own, of a frozen dataclass too
    data = loader.open(job.cache, job.config["seed"] if own is None else own)
    if folds not in ("auto", 1) and not data.folds:
        raise ConfigError(
            f"data.folds: data={data.spec.name} cannot be parted into folds. Set data.folds=1. Received: {folds}."
        )
    return replace(data, spec=load_task(data.spec.task).asked(data.spec, job.config.get("training") or {}))


def settled(config: Mapping[str, Any], spec: DataSpec) -> Mapping[str, Any]:
    """The configuration with what ``auto`` in its ``training`` section stands for, now that the data are known."""
    return {**config, "training": automatic.settled(config["training"], spec.sizes.get("train", 0), spec.numbers)}


def make_loader(section: Mapping[str, Any]) -> Loader:
    """The loader that a ``data`` section describes, its keys checked.

    Raises:
        ConfigError: A key is unknown or of the wrong type.
        PluginError: The loader cannot be imported.
    """
    said = Group.DATASETS.said - {"name"}  # which is a field of every loader, too
    keys = {key: value for key, value in section.items() if key not in (*said, *_SPLIT)}
    cls = entry(Group.DATASETS, section.get("loader") or section["name"]).load()
    loader: Loader = construct(cls, keys, "data")
    return loader


def load_plugin_class(job: Job[Any]) -> type[ModelPlugin]:
    """The plugin that the job's ``model`` section names.

    Raises:
        PluginError: It cannot be imported, or is no ``ModelPlugin``.
    """
    return plugin_class(job.config["model"]["name"])


def load_trained(job: Job[Any], folder: Path) -> ModelPlugin:
    """The trained model in a folder: an ensemble, or one of the plugin that the job's ``model`` section names.

    Raises:
        PluginError: A plugin cannot be imported, or is no ``ModelPlugin``.
    """
    return open_plugin(job.config["model"]["name"], folder)


def as_settled(data: Dataset, plugin: ModelPlugin) -> Dataset:
    """The data as a trained model is to be scored on, drawn and served: with what was decided of its answers."""
    if not isinstance(plugin, Settled):
        return data
    return replace(data, spec=with_details(data.spec, plugin.answers))


def make_plugin(job: ModelJob[Any]) -> ModelPlugin:
    """An instance of the job's plugin, its fields checked.

    Raises:
        ConfigError: A field is unknown, missing, or of the wrong type.
    """
    fields: dict[str, Any] = {
        key: job.paths.get(value, value) if isinstance(value, str) else value
        for key, value in job.config["model"].items()
        if key not in Group.MODELS.said
    }
    cls = load_plugin_class(job)
    try:
        return construct(cls, fields, "model")
    except (TypeError, ValueError) as error:
        if missing := sorted(getattr(cls, "__abstractmethods__", ())):
            raise PluginError(f"{named(cls)} does not define {', '.join(missing)}, which every model has.") from None
        line = place(error)
        raise ConfigError(f"model: {error}{f' ({line})' if line else ''}") from error


def check_task(job: Job[Any], spec: DataSpec) -> None:
    """Refuse data whose task the model does not take.

    Raises:
        TaskError: The face does not name the task.
    """
    tasks = job.config["model"].get("tasks") or []
    if spec.task not in tasks:
        name = job.config["model"]["name"]
        raise TaskError(f"model={name} takes {', '.join(tasks)}. Received: data={spec.name}, a {spec.task} task.")
