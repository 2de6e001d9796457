"""Samples a second of training, beside a bare Keras loop over the same network: ``python benchmarks/speed.py``.

The bare loop is ``keras.Model.fit`` on arrays in memory, with batches of the same size, optimizer, loss and validation.
Both run on one thread in one process, by turns; the figure is the median epoch after the first of each.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

from automl.plugin import Trial
from automl.registry import Group, entry
from automl.settings import Supervised
from automl.training.objectives import supervised_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from automl.data import Dataset

_EPOCHS = 3
_BATCH = 64
ROOT = Path(__file__).resolve().parents[1]


def texts(data: Path, cache: Path) -> Dataset:
    """SST-2."""
    from automl.data.texts.csv import TextCsv

    train, validation, test = (str(data / f"sst2-{part}.tsv") for part in ("train", "dev", "test"))
    return TextCsv("sst", train, validation_path=validation, test_path=test).open(cache, 0)


def series(data: Path, cache: Path) -> Dataset:
    """ETTh1."""
    from automl.data.series.time_series import TimeSeries

    fields: dict[str, Any] = {"lookback": 336, "horizon": 96, "lengths": [8640, 2880, 2880]}
    return TimeSeries("ett", str(data / "ETTh1.csv"), **fields).open(cache, 0)


def table(data: Path, cache: Path) -> Dataset:
    """Housing."""
    from automl.data.tables.csv import Csv

    return Csv("housing", target="median_house_value", path=str(data / "housing.csv")).open(cache, 0)


CASES: dict[str, tuple[str, dict[str, Any], Callable[[Path, Path], Dataset]]] = {
    "lstm, SST-2": ("lstm", {"units": 64}, texts),
    "gru, SST-2": ("lstm", {"cell": "gru", "units": 64}, texts),
    "transformer, SST-2": ("transformer", {"width": 64}, texts),
    "lstm, ETTh1": ("lstm", {"units": 64}, series),
    "transformer, ETTh1": ("transformer", {"width": 16, "layers": 2}, series),
    "dlinear, ETTh1": ("dlinear", {}, series),
    "mlp, housing": ("mlp", {"layers": 2, "width": 128}, table),
}


def ours(plugin: Any, data: Dataset, folder: Path) -> float:
    """Seconds of the median epoch after the first."""
    training = {"epochs": _EPOCHS, "batch_size": _BATCH, "schedule": "constant"}
    running = Trial({"training": training}, folder, seed=1, objective="val_loss")
    plugin.fit(data, running)
    return statistics.median(row["seconds"] for row in running.history[1:])


def bare(plugin: Any, data: Dataset) -> float:
    """Seconds of the median epoch after the first, by ``keras.Model.fit``."""
    spec = data.spec.encoded
    settings = Supervised(batch_size=_BATCH)
    network, objective = plugin._assemble(spec), plugin.objective(spec, settings)  # noqa: SLF001 - its own network
    network.compile(keras.optimizers.Adam(1e-3), objective.loss, metrics=list(objective.metrics))
    parts = [_whole(part, spec) for part in (data.train, data.validation)]
    train = tf.data.Dataset.from_tensor_slices(parts[0]).shuffle(len(data.train)).batch(_BATCH, drop_remainder=True)
    validation = tf.data.Dataset.from_tensor_slices(parts[1]).batch(_BATCH).prefetch(2)
    clock = _Clock()
    network.fit(train.prefetch(2), epochs=_EPOCHS, validation_data=validation, verbose=0, callbacks=[clock])
    return statistics.median(clock.seconds[1:])


def _whole(part: Any, spec: Any) -> tuple[Any, Any]:
    (inputs, target), *_ = part.batches(len(part))
    return inputs, supervised_task(spec).encode(target, spec)[0]


class _Clock(keras.callbacks.Callback):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        del epoch, logs
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        del epoch, logs
        self.seconds.append(time.perf_counter() - self._began)


def main() -> None:
    """Measure every case and print samples a second side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        for name, (model, fields, load) in CASES.items():
            data = load(options.data, Path(folder) / "cache")
            make = entry(Group.MODELS, model).load()
            mine, theirs = ours(make(**fields), data, Path(folder)), bare(make(**fields), data)
            count = len(data.train)
            print(
                f"{name:<20} {count / mine:>10,.0f} samples/s  bare {count / theirs:>10,.0f}  ratio {theirs / mine:.2f}"
            )


if __name__ == "__main__":
    main()
