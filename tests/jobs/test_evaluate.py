"""The final evaluation: scores, figures, and a model that is served without this project."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from automl.data.arrays.digits import Digits
from automl.jobs import EvaluateJob, Place, Subject
from automl.jobs.draw import draw
from automl.jobs.evaluate import evaluate
from automl.jobs.score import score
from automl.plugin import Decision, Trial
from automl.tasks.figures import confusion_matrix, forecasts, predictions
from automl_vision.resnet import ResNet

if TYPE_CHECKING:
    from pathlib import Path

ALONE = """
import sys

class Forbid:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("automl", "automl_vision"):
            raise ModuleNotFoundError(f"{name} is not here")

sys.meta_path.insert(0, Forbid())
"""
ANSWER = """
import json
import mlflow
import numpy as np

model = mlflow.pyfunc.load_model(sys.argv[1])
images = np.load(sys.argv[2])
print("answer", model.predict(images).to_json(orient="records"))
"""


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], Any]:
    folder = tmp_path_factory.mktemp("evaluated")
    data = Digits("digits", "image_classification").open(folder / "cache", 42)
    plugin = ResNet(8, 8, stochastic_depth=0.1)
    trial = Trial(
        {"training": {"epochs": 6, "learning_rate": 0.01}}, folder, objective="val_accuracy", direction="maximize"
    )
    result = plugin.fit(data, trial)
    plugin.save(folder / "plugin")
    config = {"model": {"name": "resnet"}, "data": {"name": "digits", "task": "image_classification"}, "seed": 42}
    subject = Subject("plugin", trial.history, "val_accuracy", result.best_step)
    (folder / "evaluation").mkdir()
    job = EvaluateJob(-2, config, Place(folder, folder / "cache"), "evaluation", subject)
    reported: list[Any] = []

    def answer(number: int, value: Any) -> Decision:
        reported.append(value)
        return Decision.CONTINUE

    evaluate(job, answer)
    return folder / "evaluation", {key: value for step in reported for key, value in vars(step).items()}, (plugin, data)


def test_scores_stand_beside_the_baseline(evaluated: Any) -> None:
    _, value, (plugin, data) = evaluated
    assert value["test"]["accuracy"] > 0.8 > value["baseline"]["accuracy"]
    inputs, target = data.test.arrays()
    assert value["test"]["accuracy"] == pytest.approx(np.mean(plugin.predict(inputs).argmax(axis=1) == target))
    assert value["notes"] == []


def test_the_test_part_is_predicted_once(evaluated: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _, (plugin, data) = evaluated
    asked: list[int] = []

    def predict(self: Any, inputs: Any) -> np.ndarray:
        asked.append(len(inputs))
        return np.full((len(inputs), 10), 0.1)

    monkeypatch.setattr(ResNet, "predict", predict)
    subject = Subject(str(folder), [], "val_accuracy", 0)
    job = EvaluateJob(-2, {"model": {"name": "resnet"}}, Place(tmp_path, tmp_path), "", subject)
    score(plugin, data, job)
    (tmp_path / "figures").mkdir()
    assert draw(plugin, data, job) == []
    assert sum(asked) == len(data.test) + len(data.validation)
    assert "predict" not in vars(plugin)


def test_a_figure_that_fails_is_a_note_and_costs_no_other(evaluated: Any, tmp_path: Path) -> None:
    _, _, (plugin, data) = evaluated
    subject = Subject("", [{"loss": 1.0}], "val_accuracy", 1)
    job = EvaluateJob(-2, {"model": {"name": "resnet"}}, Place(tmp_path, tmp_path), "", subject)
    notes = draw(plugin, data, job)
    assert len(notes) == 1
    assert notes[0].startswith("The learning curves could not be drawn: ")
    assert (tmp_path / "figures" / "confusion_matrix.png").is_file()


def test_figures_and_the_table_of_classes_are_written(evaluated: Any) -> None:
    folder, value, _ = evaluated
    for name in ("learning_curves.png", "confusion_matrix.png"):
        with Image.open(folder / "figures" / name) as image:
            assert min(image.size) > 400
    rows = [line.split(",") for line in (folder / "classes.csv").read_text().splitlines()]
    assert rows[0] == ["class", "samples", "precision", "recall"]
    right = sum(int(row[1]) * float(row[3]) for row in rows[1:])
    assert right / 359 == pytest.approx(value["test"]["accuracy"], abs=1e-3)


@pytest.mark.parametrize("classes", [2, 100])
def test_confusion_matrices_of_few_and_many_classes_are_drawn(tmp_path: Path, classes: int) -> None:
    counts = np.random.default_rng(0).integers(0, 9, (classes, classes))
    confusion_matrix(counts, [f"class {number}" for number in range(classes)], tmp_path)
    assert (tmp_path / "confusion_matrix.png").stat().st_size > 5_000


def test_forecasts_and_predictions_are_drawn(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    forecasts(
        rng.normal(size=(3, 40, 5)), rng.normal(size=(3, 12, 5)), rng.normal(size=(3, 12, 5)), list("abcde"), tmp_path
    )
    predictions(5000 * rng.normal(size=900), 5000 * rng.normal(size=900), tmp_path)
    for name in ("forecasts", "predictions"):
        with Image.open(tmp_path / f"{name}.png") as image:
            assert min(image.size) > 400


def test_the_packed_model_answers_raw_images_where_the_project_is_not(evaluated: Any, tmp_path: Path) -> None:
    folder, _, (plugin, data) = evaluated
    images = data.test.arrays()[0][:5]
    np.save(tmp_path / "images.npy", images)
    command = [sys.executable, "-c", ALONE + ANSWER, str(folder / "model"), str(tmp_path / "images.npy")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("answer"))
    rows = json.loads(line.removeprefix("answer"))
    expected = plugin.predict(images)
    assert [row["label"] for row in rows] == [str(label) for label in expected.argmax(axis=1)]
    np.testing.assert_allclose([row["probabilities"] for row in rows], expected, atol=1e-4)


def test_what_the_model_needs_is_public(evaluated: Any) -> None:
    folder, _, _ = evaluated
    names = [line.partition("==")[0] for line in (folder / "model" / "requirements.txt").read_text().splitlines()]
    assert set(names) == {"mlflow", "tensorflow", "numpy", "pandas"}


@pytest.mark.slow
def test_mlflow_serves_the_packed_model(evaluated: Any) -> None:
    folder, _, (plugin, data) = evaluated
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local"]
    command += ["-m", str(folder / "model"), "--port", str(port)]
    server = subprocess.Popen(command, env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"})
    try:
        images = data.test.arrays()[0][:3]
        answer = _ask(f"http://127.0.0.1:{port}/invocations", {"inputs": images.tolist()})
    finally:
        server.terminate()
        server.wait()
    labels = [row["label"] for row in answer["predictions"]]
    assert labels == [str(label) for label in plugin.predict(images).argmax(axis=1)]


def _ask(address: str, body: dict[str, Any]) -> Any:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    end = time.monotonic() + 90
    while True:
        try:
            with urllib.request.urlopen(request) as response:
                return json.load(response)
        except urllib.error.URLError:
            assert time.monotonic() < end, "the server does not answer"
            time.sleep(0.5)
