"""``automl.search``: a study out of Python values."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl import registry
from automl.api.given import read_given
from automl.api.handle import Study
from automl.api.session import class_of, composed_with, tasks_of
from automl.api.spelling import overrides as spell
from automl.config.check import check
from automl.config.compose import compose_all
from automl.config.families import AUTO
from automl.config.saved import is_saved
from automl.config.sections import face_of
from automl.errors import ConfigError, nearest, shown
from automl.records import Observer
from automl.registry import choices

if TYPE_CHECKING:
    from automl.api.given import Given
    from automl.plugin import ModelPlugin
    from automl.records import StudyRecord


def search(
    model: str | type[ModelPlugin] | Mapping[str, Any] = AUTO,
    data: Any = None,
    *,
    target: str | None = None,
    trials: int | None = None,
    timeout: float | None = None,
    name: str | None = None,
    experiments: str | Path | None = None,
    verbose: bool = True,
    **overrides: Any,
) -> Study:
    """Search, train, test: one study, as ``python -m automl`` runs it.

    Args:
        model: ``"auto"``, for a search among all installed families that take the data; a model's name, or a mapping
            of its ``name`` and keys under ``model``; or the path of a saved configuration, such as a study's
            ``best.yaml``. A class of a notebook or script stands for its name, as in
            ``{"name": Perceptron, "units": {"low": 32, "high": 128}}``: its trials run in this process, and it takes
            the tasks of its attribute ``tasks``, by default that of the data.
        data: The name of a data set (``"digits"``); the path of a file or a folder; a DataFrame with ``target``; a
            pair ``(x, y)`` of arrays, lists, or a DataFrame and its target: images (n, height, width) or (n, height,
            width, channels), sequences (n, steps, features), rows (n, columns), texts (n,); ``x`` alone for models
            without labels; or a mapping of ``loader`` and keys under ``data``. By default the model's own. What is
            in memory is written to ``<experiments>/inputs``, once for the same content.
        target: The column to predict, where the data are a table.
        trials: How many at most.
        timeout: Seconds of the whole study, the final evaluation included.
        name: Of the study; by default made of model, data and time.
        experiments: The experiments folder; by default ``experiments`` in the working directory.
        verbose: Whether to show how the study goes: a table in a terminal or a notebook, lines elsewhere.
        overrides: Keys of the configuration: ``training={"epochs": 5}``, or dotted, ``**{"training.epochs": 5}``. A
            mapping with ``low`` and ``high``, or with ``choices``, is searched. ``runner="inline"`` names a choice; so
            do ``search=``, ``training=``, ``tracking=``. ``seed=7`` fixes splits, sampling, weights and shuffling.

    Returns:
        The study. After an interrupt (Ctrl-C, or that of a notebook) its state is ``interrupted``, and it holds what
        had been found.

    Raises:
        AutomlError: The configuration or the data are wrong, or no trial completed.
        InternalError: A fault of this program; it names the file with the traceback.
        KeyboardInterrupt: The study was interrupted before a trial had begun.

    Example:
        >>> import automl
        >>> study = automl.search(
        ...     "cnn", "digits", name="first", trials=1, training={"epochs": 1},
        ...     runner="inline", tracking="none", verbose=False,
        ... )
        >>> study.state, len(study.trials)
        ('finished', 1)
    """
    named = {"name": name, "experiments": experiments, "search.trials": trials, "search.timeout": timeout}
    keys = {**{key: value for key, value in named.items() if value is not None}, **overrides}
    cls = class_of(model)
    given = read_given(data, target, tasks_of(cls) if cls is not None else _tasks(model))
    beside = dict(model) if isinstance(model, Mapping) else {}
    if cls is None:
        return Study(_run(_composed(model, given, keys), verbose=verbose))
    with composed_with(cls, given.section, {**beside, **_under_model(keys)}) as name_of_class:
        config = _composed({**beside, "name": name_of_class}, given, _inline(keys))
        if (runner := config["runner"]["name"]) != "inline":
            raise ConfigError(
                f"runner: workers cannot import {cls.__name__}, which no distribution offers, so that its trials run in"
                f" this process, by runner=inline. Received: {runner}."
            )
        return Study(_run(config, verbose=verbose), cls)


def _run(config: Mapping[str, Any], *, verbose: bool) -> StudyRecord:
    from automl.api.running import run
    from automl.interrupts import Interrupts
    from automl.runner.fork import close_idle

    try:
        record = run(config, _make_display if verbose else Observer, Interrupts())
    finally:
        close_idle()
    if not record.folder.is_dir():
        raise KeyboardInterrupt(record.message)
    return record


def _under_model(keys: Mapping[str, Any]) -> dict[str, Any]:
    """What keys give under ``model``."""
    return {key.split(".")[1]: value for key, value in keys.items() if key.startswith("model.")}


def _inline(keys: Mapping[str, Any]) -> Mapping[str, Any]:
    """The keys with the runner that needs no worker, where none is named."""
    return keys if "runner" in keys else {"runner": "inline", **keys}


def _composed(model: str | type | Mapping[str, Any], given: Given, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration; what is in memory is written once nothing else is wrong with it."""
    words = [*_model(model), *spell({"data": given.section}), *spell(keys)]
    (config,) = compose_all(words)
    if given.held is None:
        return config
    settings = check(config, in_memory=True)
    path = given.held.write(settings.experiments)
    return {**config, "data": {**config["data"], "path": str(path)}}


def _model(model: str | type | Mapping[str, Any]) -> Iterator[str]:
    if isinstance(model, str | Path) and is_saved(str(model)):
        yield str(model)
    elif isinstance(model, str) or (isinstance(model, Mapping) and isinstance(model.get("name"), str)):
        yield from spell({"model": model})
    else:
        raise ConfigError(
            f"model: expected a name, or a mapping with a name. Received: {shown(model)}."
            f" {nearest('', choices('model'))}"
        )


def _tasks(model: Any) -> tuple[str, ...]:
    """The tasks that a model takes, or any of the families; none where it is not known yet."""
    name = model.get("name") if isinstance(model, Mapping) else model
    if not isinstance(name, str) or not name.isidentifier():
        return ()
    names = registry.entries(registry.Group.MODELS) if name == AUTO else [name]
    return tuple(dict.fromkeys(task for one in names for task in face_of("model", one).get("tasks") or ()))


def _make_display() -> Observer:
    from automl.report.console import make_display

    return make_display(sys.stdout)
