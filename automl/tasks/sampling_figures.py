"""What the final evaluation of a sampling model shows: its samples, beside real images."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from automl.tasks.distributions import distances
from automl.tasks.grids import image_grid
from automl.tasks.image_features import image_features
from automl.tasks.sampling import MOST, draw, measured
from automl.tasks.units import unit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset
    from automl.tasks.sampling import Sampler, Sampling

_SHOWN = 10
_CLASSES = 20
"""More rows are hard to look at."""
_NEAREST = 3
_SEARCHED = 10_000
"""Images of the train part among which neighbours are looked for."""


def draw_samples(task: Sampling, sampler: Sampler, data: Dataset, folder: Path) -> None:
    """Write ``samples.npz``, ``sampling.csv``, ``figures/samples.png`` and ``figures/neighbours.png``."""
    count = min(MOST, len(data.test))
    samples = draw(sampler, data.spec, count)
    np.savez_compressed(folder / "samples.npz", x=samples)
    real = np.asarray(data.train.sample(count))
    rows = {
        "samples": measured(data, data.test, samples),
        "images of the train part": measured(data, data.test, real),
        task.info.baseline: task.baseline(data, data.test),
    }
    _table(rows, folder / "sampling.csv")
    told = [f"{name} {found['frechet_distance']:.3g}" for name, found in rows.items()]
    title = f"Fréchet distance to the test part:\n{', '.join(told)}"
    _grid(samples, data, title, folder / "figures" / "samples.png")
    _neighbours(samples, data, folder / "figures" / "neighbours.png")


def _table(rows: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Metrics of the samples, and of others for comparison, all beside the test part."""
    names = list(next(iter(rows.values())))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["", *names])
        writer.writerows([name, *(f"{found[one]:.6g}" for one in names)] for name, found in rows.items())


def _grid(samples: np.ndarray, data: Dataset, title: str, path: Path) -> None:
    """Samples row by row: in the order in which they were drawn or, where there are labels, by what they look like."""
    classes = data.spec.classes
    if not classes:
        image_grid(unit(samples[: _SHOWN**2], data.spec), _SHOWN, title, path)
        return
    called = image_features(data)(samples)[1].argmax(axis=1)
    blank = np.ones((1, *samples.shape[1:]))
    rows = []
    for number in range(min(_CLASSES, len(classes))):
        found = unit(samples[called == number][:_SHOWN], data.spec)
        rows.append(np.concatenate([found, np.repeat(blank, _SHOWN - len(found), axis=0)]))
    image_grid(np.concatenate(rows), _SHOWN, title, path, rows=classes[:_CLASSES])


def _neighbours(samples: np.ndarray, data: Dataset, path: Path) -> None:
    """Samples, and below each the images of the train part that are nearest: copies would be seen."""
    network, images = image_features(data), np.asarray(data.train.sample(_SEARCHED))
    shown, features = samples[:_SHOWN], network(images)[0]
    nearest = np.argsort(distances(network(shown)[0], features), axis=1)[:, :_NEAREST]
    rows = [shown, *(images[nearest[:, place]] for place in range(nearest.shape[1]))]
    test = np.asarray(data.test.sample(len(samples)))
    apart = [float(np.median(distances(network(one)[0], features).min(axis=1))) for one in (samples, test)]
    title = (
        "Samples, and below them the nearest images of the train part"
        f"\nMedian distance to the nearest: of samples {apart[0]:.2f}, of test images {apart[1]:.2f}"
    )
    image_grid(unit(np.concatenate(rows), data.spec), len(shown), title, path)
