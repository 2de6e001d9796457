"""Calls an exported model where this project is not: a script, run by its path in an interpreter of its own.

Its argument is a JSON file: ``format``, ``model`` (path), ``hidden`` (packages that may not be imported), ``batches``
(whether all samples may enter at once), ``names`` and ``samples`` (an .npz file with an array a name, by place). What
came out is written to ``answers`` (.npz: ``single``, ``batch``), and the median of a single sample is printed.
"""

from __future__ import annotations

import importlib.abc
import json
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Call = Callable[[dict[str, np.ndarray]], np.ndarray]

_WARM_UPS = 3
_CALLS = 64
_SECONDS = 2.0


class Hidden(importlib.abc.MetaPathFinder):
    """Finds nothing, and lets nobody else look, for some packages."""

    def __init__(self, names: list[str]) -> None:
        self._names = frozenset(names)

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        """Refuse a hidden package.

        Raises:
            ModuleNotFoundError: It is one.
        """
        del path, target
        if fullname.partition(".")[0] in self._names:
            raise ModuleNotFoundError(f"the exported model needs {fullname}, and must not")


def main(path: str) -> None:
    """Do what the file asks for."""
    asked = json.loads(Path(path).read_text(encoding="utf-8"))
    sys.meta_path.insert(0, Hidden(asked["hidden"]))
    with np.load(asked["samples"], allow_pickle=False) as held:
        samples = {name: held[f"arr_{place}"] for place, name in enumerate(asked["names"])}
    call = _LOADERS[asked["format"]](asked["model"])
    count = len(next(iter(samples.values())))
    answers = {"single": np.concatenate([call(_rows(samples, number)) for number in range(count)])}
    if asked["batches"]:
        answers["batch"] = call(samples)
    np.savez(asked["answers"], allow_pickle=False, **answers)
    print(json.dumps({"latency_ms": _latency(call, samples, count)}))  # noqa: T201


def _latency(call: Call, samples: Mapping[str, np.ndarray], count: int) -> float:
    for number in range(_WARM_UPS):
        call(_rows(samples, number % count))
    taken: list[float] = []
    until = time.perf_counter() + _SECONDS
    while len(taken) < _CALLS and (not taken or time.perf_counter() < until):
        sample = _rows(samples, len(taken) % count)
        began = time.perf_counter()
        call(sample)
        taken.append(time.perf_counter() - began)
    return 1000.0 * statistics.median(taken)


def _rows(samples: Mapping[str, np.ndarray], number: int) -> dict[str, np.ndarray]:
    return {name: values[number : number + 1] for name, values in samples.items()}


def _keras(path: str) -> Call:
    import keras

    model = keras.saving.load_model(path, compile=False)
    return lambda given: np.asarray(model.predict_on_batch(given if len(given) > 1 else next(iter(given.values()))))


def _saved_model(path: str) -> Call:
    import tensorflow as tf

    model = tf.saved_model.load(path)
    run = model.signatures["serving_default"]

    def call(given: dict[str, np.ndarray], held: Any = model) -> np.ndarray:
        del held  # the function does not keep the variables of its model
        return np.asarray(next(iter(run(**{name: tf.constant(one) for name, one in given.items()}).values())))

    return call


def _onnx(path: str) -> Call:
    import onnxruntime

    model = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def call(given: dict[str, np.ndarray]) -> np.ndarray:
        return np.asarray(model.run(None, given)[0])

    return call


def _litert(path: str) -> Call:
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(path).get_signature_runner()
    types = {name: one["dtype"] for name, one in run.get_input_details().items()}

    def call(given: dict[str, np.ndarray]) -> np.ndarray:
        return np.asarray(next(iter(run(**{name: one.astype(types[name]) for name, one in given.items()}).values())))

    return call


def _mlflow(path: str) -> Call:
    import mlflow.pyfunc
    import pandas as pd

    model = mlflow.pyfunc.load_model(path)

    def call(given: dict[str, np.ndarray]) -> np.ndarray:
        if list(given) == [""]:
            asked: Any = given[""]
        else:
            flat = all(one.ndim == 1 for one in given.values())
            asked = pd.DataFrame({name: list(one) for name, one in given.items()}) if flat else given
        answer = model.predict(asked)
        if not isinstance(answer, pd.DataFrame):
            return np.asarray(answer)
        if "probabilities" in answer:
            return np.asarray(answer["probabilities"].tolist())
        value, *quantiles = (np.asarray(answer[name].tolist()) for name in answer)
        return np.stack(quantiles, axis=-1) if quantiles else value

    return call


_LOADERS = {"keras": _keras, "savedmodel": _saved_model, "onnx": _onnx, "litert": _litert, "mlflow": _mlflow}

if __name__ == "__main__":
    main(sys.argv[1])
