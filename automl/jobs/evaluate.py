"""The final evaluation: the best trial scored once on the test part, drawn, and packed to be served."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.data.baseline import baseline
from automl.jobs.common import load_plugin_class, open_data
from automl.jobs.figures import confusion_matrix, forecasts, learning_curves, predictions
from automl.jobs.served import pack
from automl.tasks import task

if TYPE_CHECKING:
    from automl.data import Dataset
    from automl.plugin import ModelPlugin
    from automl.runner.base import Job

_WINDOWS = 3


def evaluate(job: Job) -> dict[str, Any]:
    """Score the best trial's plugin and write figures, tables and the servable model into ``job.dir``.

    Returns:
        ``validation``, ``test`` and ``baseline``: metrics without a prefix, the last on the test part; ``notes``:
        what could not be done.
    """
    dataset = open_data(job)
    source = Path(job.extra["plugin_folder"])
    plugin = load_plugin_class(job).load(source)
    shutil.copytree(source, job.dir / "plugin", dirs_exist_ok=True)
    figures = job.dir / "figures"
    figures.mkdir(exist_ok=True)
    if job.extra["history"]:
        learning_curves(job.extra["history"], job.extra["objective"], job.extra["best_step"], figures)
    _draw_predictions(plugin, dataset, job.dir)
    plugin.artifacts(dataset, figures)
    return {
        "validation": plugin.evaluate(dataset.validation),
        "test": plugin.evaluate(dataset.test),
        "baseline": baseline(dataset, dataset.test),
        "notes": pack(plugin, dataset, job.dir),
    }


def _draw_predictions(plugin: ModelPlugin, dataset: Dataset, folder: Path) -> None:
    """What the model says of the test part, drawn as its task asks."""
    if task(dataset.spec.task).classes:
        _classes(plugin, dataset, folder)
    elif dataset.spec.task == "tabular_regression":
        inputs, target = dataset.test.arrays()
        predictions(target, plugin.predict(inputs).reshape(target.shape), folder / "figures")
    elif dataset.spec.task == "forecasting":
        windows, target = dataset.test.arrays()
        rows = np.linspace(0, len(windows) - 1, _WINDOWS).round().astype(int)
        details = dataset.spec.details
        names = [details["channels"][channel] for channel in details["target_channels"]]
        past = windows[rows][:, :, details["target_channels"]]
        forecasts(past, target[rows], plugin.predict(windows[rows]), names, folder / "figures")


def _classes(plugin: ModelPlugin, dataset: Dataset, folder: Path) -> None:
    """The confusion matrix as a figure, and precision and recall of each class as a table."""
    inputs, target = dataset.test.arrays()
    counts = np.zeros((len(dataset.spec.classes),) * 2, int)
    np.add.at(counts, (target, plugin.predict(inputs).argmax(axis=1)), 1)
    confusion_matrix(counts, dataset.spec.classes, folder / "figures")
    hits, actual, called = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with (folder / "classes.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["class", "samples", "precision", "recall"])
        for row in zip(
            dataset.spec.classes, actual, hits / np.maximum(called, 1), hits / np.maximum(actual, 1), strict=True
        ):
            table.writerow([row[0], row[1], f"{row[2]:.4f}", f"{row[3]:.4f}"])
