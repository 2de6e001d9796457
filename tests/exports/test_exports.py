"""Models exported for other runtimes, and called where this project cannot be imported."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from by_hand import put
from conftest import clear_registry

import automl
from automl.commands.export import main, told
from automl.data.tables.sklearn_table import SklearnTable
from automl.errors import AutomlError, ExportError, PluginError, StorageError
from automl.exports import FORMATS
from automl.exports.base import Source
from automl.exports.checking import LIMIT, call_alone, difference
from automl.exports.making import _inputs
from automl.exports.samples import Samples, take
from automl.plugin import Trial
from automl.registry import Group, entry
from automl.tasks import task_info
from automl.testing.data import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset

ALONE = """
import sys

class Forbid:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("automl", "automl_vision"):
            raise ModuleNotFoundError(f"{name} is not here")

sys.meta_path.insert(0, Forbid())
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> automl.Study:
    """A study of one epoch, whose folder has a name that shells and other alphabets make difficult."""
    return automl.search(
        {"name": "cnn", "blocks": 1, "filters": 16}, "digits", trials=1, name="one", runner="inline", tracking="none",
        experiments=tmp_path_factory.mktemp("한 폴더") / "experiments", training={"epochs": 1}, verbose=False,
        refit=False,
    )  # fmt: skip


def alone(lines: tuple[str, ...]) -> str:
    """What the lines print in a process that has nothing of this project."""
    code = ALONE + "\n".join(lines)
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "name",
    ["onnx", "litert", *(pytest.param(one, marks=pytest.mark.slow) for one in ("keras", "savedmodel", "mlflow"))],
)
def test_an_export_is_the_model_and_is_called_by_the_lines_that_it_comes_with(study: automl.Study, name: str) -> None:
    made = study.export(name)
    assert made.path.exists()
    assert made.folder == study.folder / "exports" / name
    assert 0 <= made.difference <= LIMIT
    assert made.samples == 100
    assert made.size > 5_000
    assert made.latency_ms > 0
    assert len(made.usage) == 3
    printed = alone(made.usage)
    with np.load(made.folder / "example.npz", allow_pickle=False) as example:
        (image,) = example.values()
    expected = study.predict(image)["probability of 0"][0]
    if name != "mlflow":
        text = printed[printed.rindex("[[") + 2 :]
        assert float(text.replace(",", " ").split()[0]) == pytest.approx(expected, abs=1e-4)
    about = json.loads((made.folder / "about.json").read_text(encoding="utf-8"))
    assert about["classes"] == [str(digit) for digit in range(10)]
    assert about["inputs"]["inputs"] == {"shape": [None, 8, 8, 1], "dtype": "uint8", "columns": []}
    assert (about["study"], about["trial"]) == ("one", 0)
    lines = told(made).splitlines()
    assert lines[0].startswith(f"{name}: '")
    assert lines[3].strip().startswith("difference  ")
    with pytest.raises(StorageError, match=r"is there already\. Remove it, or name another folder with --out"):
        study.export(name)


def test_integers_of_8_bits_are_told_by_their_metric(study: automl.Study, monkeypatch: pytest.MonkeyPatch) -> None:
    made = study.export("litert", quantize="int8")
    assert made.folder.name == "litert-int8"
    assert made.metric == "accuracy"
    assert abs(made.before - made.after) < 0.05
    assert "accuracy" in told(made)
    alone(made.usage)
    monkeypatch.setattr("automl.exports.quantization.WORST", -1.0)
    with pytest.raises(
        AutomlError, match=r"with --quantize int8 the accuracy on \d+ samples of the test part goes from"
    ):
        study.export("litert", study.folder / "other", quantize="int8")
    assert not (study.folder / "other").exists()


def test_what_is_not_the_model_is_refused_with_the_figure(
    study: automl.Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("automl.exports.making.LIMIT", -1.0)
    with pytest.raises(AutomlError, match=r"the onnx model differs from the original by up to \S+ on 100 samples of"):
        study.export("onnx", tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_done_is_told_in_a_sentence(
    study: automl.Study, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--experiments", str(study.folder.parent)]
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("")
    for words, sentence in (
        (["nothing", "--format", "onnx"], "export: there is no study 'nothing' in "),
        (["one", "--format", "onix"], r"export: there is no format 'onix'. Did you mean: onnx\?"),
        (
            ["one", "--format", "onnx", "--quantize", "int8"],
            "--quantize int8 is for --format litert. Received: ",
        ),
        (["last", "--format", "litert", "--quantize", "int4"], "--quantize takes int8. Received: int4"),
        (["one", "--format", "onnx", "--out", str(tmp_path / "file")], "file is there already"),
        (["one", "--format", "onnx", "--out", str(tmp_path / "full")], "full is there already"),
        (["one", "--format", "onnx", "--out", str(tmp_path / "file" / "out")], "cannot be written: "),
    ):
        with pytest.raises(AutomlError, match=sentence):
            main([*words, *where])
    monkeypatch.setattr("automl.api.exporting.find_spec", lambda name: None)
    with pytest.raises(ExportError, match=r"needs ai_edge_litert. Install it: pip install 'automl\[export\]'"):
        main(["one", "--format", "litert", "--out", str(tmp_path / "out"), *where])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("clustering")
def test_a_model_that_is_no_graph_a_plugin_that_is_gone_and_an_edited_file_are_refused(tmp_path: Path) -> None:
    clear_registry()
    found = automl.search(
        {"name": "kmeans", "clusters": 3}, "blobs", trials=1, name="few", runner="inline", tracking="none",
        experiments=tmp_path, verbose=False,
    )  # fmt: skip
    with pytest.raises(AutomlError, match="'kmeans' has no form that runs without its plugin"):
        found.export("onnx")
    assert found.best is not None
    (found.best.folder / "centres.npy").write_bytes(b"")
    with pytest.raises(AutomlError, match=r"centres.npy has changed since the model was trained"):
        found.export("savedmodel", tmp_path / "out")
    best = found._record.trials[0]
    put(best, config={**best.config, "model": {"name": "gone"}})
    with pytest.raises(PluginError, match="gone"):
        found.export("savedmodel", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list((found.folder / "exports").iterdir())


def source(model: str, fields: dict[str, Any], data: Dataset, folder: Path) -> Source:
    """A barely trained model, as a format is given it."""
    plugin = entry(Group.MODELS, model).load()(**fields)
    plugin.fit(data, Trial({"training": {"epochs": 1}}, folder, objective=task_info(data.spec.task).objective))
    plugin.export(folder / "saved")
    return Source(plugin, data, folder / "saved", _inputs(folder / "saved"), take(plugin, data, 20))


def test_rows_of_a_table_are_taken_with_their_gaps(tmp_path: Path) -> None:
    data = SklearnTable(name="iris", task="tabular_classification", table="iris", target="target").open(tmp_path, 0)
    found = source("mlp", {"layers": 1, "width": 8, "bins": 4, "members": 2}, data, tmp_path)
    assert found.inputs["float64_columns"].columns == tuple(data.spec.inputs)  # type: ignore[arg-type]
    raw: dict[str, np.ndarray] = found.samples.raw
    first, second = list(raw)[:2]
    raw[first][:3], raw[second][3:5] = np.nan, np.inf
    expected = found.plugin.predict(raw)
    found.samples.expected[:] = expected
    for name in ("onnx", "litert"):
        FORMATS[name].make(found, tmp_path / FORMATS[name].file)
        assert call_alone(FORMATS[name], tmp_path / FORMATS[name].file, found).difference <= LIMIT
    with pytest.raises(ExportError, match=r"Keras's own. Received: automl.Impute, automl.Standardize, "):
        FORMATS["keras"].make(found, tmp_path / "model.keras")


def test_forecasts_are_in_the_series_own_units(tmp_path: Path) -> None:
    found = source("dlinear", {"kernel": 5}, tiny("forecasting", tmp_path / "data"), tmp_path)
    assert found.samples.unit == "of the target's standard deviation"
    for name in ("onnx", "litert"):
        FORMATS[name].make(found, tmp_path / FORMATS[name].file)
        assert call_alone(FORMATS[name], tmp_path / FORMATS[name].file, found).difference <= LIMIT


def test_what_is_compared_may_come_in_another_shape() -> None:
    values = Samples(None, np.array([[1.0], [3.0]]), np.array([2.0]), "")
    assert difference(np.array([1.0, 3.5]), values) == 0.25
    assert difference(np.array([1.0, np.nan]), values) == np.inf
    masks = Samples(None, np.array([[[0.1, 0.9], [0.8, 0.2]]]), np.asarray(1.0), "")
    assert difference(np.array([[1, 0]]), masks) == 0.0
    assert difference(np.array([[1, 1]]), masks) == 1.0
    assert difference(np.zeros((3, 1)), masks) == np.inf


def test_texts_and_random_numbers_are_refused_where_there_is_nothing_for_them(tmp_path: Path) -> None:
    data = tiny("text_classification", tmp_path / "texts")
    found = source("lstm", {"units": 4}, data, tmp_path)
    for name in ("onnx", "litert"):
        with pytest.raises(ExportError, match=r"cannot hold this model: it reads texts or categories \('text'\)"):
            FORMATS[name].make(found, tmp_path / "model")
    with pytest.raises(ExportError, match=r"Keras's own. Received: automl.spaced, automl_sequence.Pool"):
        FORMATS["keras"].make(found, tmp_path / "model.keras")
