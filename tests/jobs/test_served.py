"""Models packed to be served take raw rows, texts, windows and images, by HTTP in all of MLflow's forms."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from served import asking, serving

from automl.jobs.served import pack
from automl.plugin import Trial
from automl.registry import Group, entry
from automl.tasks import task_info
from automl.testing.data import tiny

if TYPE_CHECKING:
    from pathlib import Path


def packed(model: str, fields: dict[str, Any], task: str, folder: Path) -> tuple[Any, Any, Any]:
    """A trained plugin, its data, and the packed model as MLflow loads it."""
    import mlflow.pyfunc

    data = tiny(task, folder / "data")
    plugin = entry(Group.MODELS, model).load()(**fields)
    plugin.fit(data, Trial({"training": {"epochs": 2}}, folder, objective=task_info(task).objective))
    assert pack(plugin, data, folder) == []
    return plugin, data, mlflow.pyfunc.load_model(str(folder / "model"))


@pytest.mark.parametrize("task", ["tabular_classification", "tabular_regression"])
def test_rows_of_a_table_are_answered_with_their_gaps(task: str, tmp_path: Path) -> None:
    plugin, data, served = packed("mlp", {"layers": 1, "width": 16, "bins": 8}, task, tmp_path)
    raw = data.test.examples(6)
    frame = pd.DataFrame(raw)
    expected = plugin.predict(raw)
    answer = served.predict(frame)
    if task == "tabular_classification":
        assert answer["label"].tolist() == [data.spec.classes[number] for number in expected.argmax(axis=1)]
    else:
        assert answer["prediction"].to_numpy() == pytest.approx(expected[:, 0], rel=1e-4)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    with serving(served) as ask:
        for body in (
            {"dataframe_records": rows},
            {"dataframe_split": {"columns": list(frame), "data": [list(row.values()) for row in rows]}},
            {"instances": rows},
            {"inputs": {name: [row[name] for row in rows] for name in frame}},
        ):
            status, told = ask(body)
            assert status == 200
            pd.testing.assert_frame_equal(pd.DataFrame(told), answer, rtol=1e-4)
        odd = {**rows[0], "noise": None, "colour": "ultraviolet", "beside": 1}
        assert ask({"dataframe_records": [odd]})[0] == 200
        for broken, sentence in (
            ({**rows[0], "noise": "loud"}, "The column 'noise' is to hold numbers. Received: 'loud'."),
            ({name: value for name, value in rows[0].items() if name != "noise"}, "missing inputs ['noise']"),
        ):
            status, told = ask({"dataframe_records": [broken]})
            assert (status, sentence in told) == (400, True), told


def test_texts_are_answered(tmp_path: Path) -> None:
    plugin, data, served = packed("transformer", {"width": 16}, "text_classification", tmp_path)
    raw = data.test.examples(5)
    answer = served.predict(pd.DataFrame(raw))
    assert np.stack(answer["probabilities"]) == pytest.approx(plugin.predict(raw), abs=1e-4)
    assert served.predict(pd.DataFrame({"text": ["never heard of it", ""]}))["label"].isin(data.spec.classes).all()
    with serving(served) as ask:
        for body in (
            {"inputs": list(raw["text"])},
            {"instances": list(raw["text"])},
            {"inputs": {"text": list(raw["text"])}},
            {"dataframe_records": [{"text": text} for text in raw["text"]]},
        ):
            status, told = ask(body)
            assert (status, [one["label"] for one in told]) == (200, answer["label"].tolist())
        assert ask({"dataframe_records": [{"txt": "fine"}]})[0] == 400


def test_windows_are_answered_with_forecasts(tmp_path: Path) -> None:
    plugin, data, served = packed("dlinear", {}, "forecasting", tmp_path)
    windows = np.ascontiguousarray(data.test.examples(3))
    expected = plugin.predict(windows)
    with serving(served) as ask:
        for form in ("inputs", "instances"):
            status, told = ask({form: windows.tolist()})
            assert status == 200
            assert np.stack([one["prediction"] for one in told]) == pytest.approx(expected, rel=1e-3)
        broken = windows.tolist()
        broken[1][0][0] = None
        status, told = ask({"inputs": broken})
        assert (status, "takes finite numbers. Received: nan at [1, 0, 0]" in told) == (400, True), told
        assert ask({"inputs": windows[:, 1:].tolist()})[0] == 400


def test_images_are_answered(tmp_path: Path) -> None:
    plugin, data, served = packed("cnn", {"filters": 4, "blocks": 1}, "image_classification", tmp_path)
    images = data.test.examples(4)
    labels = [data.spec.classes[number] for number in plugin.predict(images).argmax(axis=1)]
    with serving(served) as ask:
        for form in ("inputs", "instances"):
            status, told = ask({form: images.tolist()})
            assert (status, [one["label"] for one in told]) == (200, labels)
        status, told = ask({"inputs": images[..., 0].tolist()})
        assert (status, "shape" in told) == (400, True)


@pytest.mark.slow
def test_the_printed_command_serves(tmp_path: Path) -> None:
    """``mlflow models serve`` on what a study packs, from another folder, without this project on the path."""
    _, data, served = packed("mlp", {"layers": 1, "width": 16, "bins": 8}, "tabular_classification", tmp_path)
    frame = pd.DataFrame(data.test.examples(2))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["models", "serve", "--env-manager", "local", "-m", "model", "--port", str(port)]
    (tmp_path / "uvicorn").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m uvicorn "$@"\n'
    )  # it is not on every path
    (tmp_path / "uvicorn").chmod(0o755)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment["PATH"] = f"{tmp_path}{os.pathsep}{environment['PATH']}"
    server = subprocess.Popen(
        [sys.executable, "-m", "mlflow", *words], cwd=tmp_path, env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        while True:
            assert server.poll() is None, "mlflow models serve has ended"
            try:
                status, told = asking(port)({"dataframe_records": frame.to_dict("records")})
                break
            except OSError:
                time.sleep(0.5)
        assert (status, [one["label"] for one in told]) == (200, served.predict(frame)["label"].tolist())
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
