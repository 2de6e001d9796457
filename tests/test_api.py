"""Studies from Python: what they hold and predict, how they are found again, and what they leave as it was."""

from __future__ import annotations

import doctest
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

import automl
from automl.api import finding, handle, searching, spelling
from automl.config.compose import compose_all
from automl.errors import AutomlError, DataError, StorageError, StudyError
from automl.records import Observer

if TYPE_CHECKING:
    from automl.records import StudyRecord, TrialRecord

QUICK: dict[str, Any] = {"runner": "inline", "verbose": False, "refit": False}
"""Keys of a study that runs in this very process and says nothing."""
SCRIPTED: dict[str, Any] = {"name": "scripted", "x": {"low": 0.0, "high": 1.0}}


def people() -> pd.DataFrame:
    """A table of many types with a class to predict, and an index of its own."""
    rng, rows = np.random.default_rng(0), 90
    frame = pd.DataFrame(
        {
            "나이": rng.integers(20, 60, rows),
            "도시": pd.Categorical(rng.choice(["서울", "부산"], rows)),
            "가입일": pd.date_range("2024-01-01", periods=rows, freq="9h"),
            "points": pd.array(rng.integers(0, 5, rows), dtype="Int64"),
            "mixed": [row % 5 if row % 3 else "many" for row in range(rows)],
        },
        index=np.arange(1000, 1000 + rows),
    )
    frame.loc[1003, "points"] = pd.NA
    return frame.assign(소득=np.where(frame["나이"] > 40, "많음", "적음"))


def process() -> tuple[Any, ...]:
    """What belongs to the process, and not to a study."""
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    return Path.cwd(), list(sys.argv), handlers, os.environ.get("HYDRA_FULL_ERROR"), threading.active_count()


@pytest.fixture(scope="module")
def experiments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("한 폴더") / "experiments"


@pytest.fixture(scope="module")
def study(experiments: Path) -> automl.Study:
    """A tracked study of a table out of memory."""
    before, model = process(), {"name": "mlp", "width": 16, "layers": 1, "dropout": {"high": 0.3}}
    keys: dict[str, Any] = {"training": {"epochs": {"choices": [1, 2]}}, "data.folds": 1}
    found = automl.search(model, people(), target="소득", name="표", trials=2, experiments=experiments, **keys, **QUICK)
    assert process() == before
    return found


def test_a_study_tells_its_best_trial_and_its_scores(study: automl.Study, experiments: Path) -> None:
    assert (study.name, study.state, study.task) == ("표", "finished", "tabular_classification")
    assert study.folder == experiments / "표"
    best = study.best
    assert best is not None
    assert best.folder.is_dir()
    assert best.params["model.dropout"] <= 0.3
    assert best.config["model"]["dropout"] == best.params["model.dropout"]
    assert study.test.keys() == study.validation.keys()
    assert study.baseline["accuracy"] > 0
    assert study.served is not None
    assert (study.served / "MLmodel").is_file()
    assert repr(study).startswith("Study '표': mlp on table, finished, 2 complete. Best: trial ")
    assert "test accuracy <b>" in study._repr_html_()


def test_trials_are_a_table_with_types_of_their_own(study: automl.Study) -> None:
    trials, best = study.trials, study.best
    assert best is not None
    assert trials["number"].tolist() == [0, 1]
    assert trials.dtypes[["number", "value", "training.epochs", "model.dropout", "seconds"]].astype(str).tolist() == [
        "int64", "float64", "int64", "float64", "float64",
    ]  # fmt: skip
    assert trials["val_accuracy"].tolist() == trials["value"].tolist()
    leaders = study.leaderboard()
    assert leaders.index.name == "rank"
    assert leaders.loc[1, "number"] == best.number
    assert leaders["value"].is_monotonic_decreasing


def test_columns_may_come_in_any_order_and_a_missing_one_is_named(study: automl.Study) -> None:
    rows = people().tail(5)
    answers = study.predict(rows)
    assert answers.columns.tolist() == ["label", "probability", "probability of 많음", "probability of 적음"]
    assert set(answers["label"]) <= {"많음", "적음"}
    assert answers.index.tolist() == rows.index.tolist()
    turned = study.predict(rows[rows.columns[::-1]].assign(beside=1))
    pd.testing.assert_frame_equal(turned, answers)
    records = rows.astype({"도시": str}).drop(columns="소득").to_dict("records")
    np.testing.assert_allclose(study.predict(records)["probability"], answers["probability"], rtol=1e-5)
    with pytest.raises(DataError, match="predict: the column '나이' is missing"):
        study.predict(rows.drop(columns="나이"))
    with pytest.raises(DataError, match=r"predict: a DataFrame, or columns by name, is needed: .* Received: ndarray"):
        study.predict(np.zeros((2, 5)))


def test_a_study_is_found_by_its_folder_name_file_and_run(study: automl.Study, experiments: Path) -> None:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{experiments / 'mlflow.db'}")
    (experiment,) = client.search_experiments(filter_string="name = 'table'")
    runs = client.search_runs([experiment.experiment_id])
    assert len(runs) == 3
    places = [study.folder, "표", study.folder / "best.yaml", *(f"runs:/{run.info.run_id}" for run in runs)]
    for place in [*places, runs[0].info.run_id]:
        found = automl.load(place, experiments=experiments)
        assert (found.folder, repr(found)) == (study.folder, repr(study))
        pd.testing.assert_frame_equal(found.trials, study.trials, rtol=1e-3, atol=1e-3)
        assert (found.best, found.test, found.baseline) == (study.best, study.test, study.baseline)
    pd.testing.assert_frame_equal(found.predict(people()), study.predict(people()))


def test_what_was_in_memory_can_be_run_again(study: automl.Study, experiments: Path) -> None:
    (file,) = (experiments / "inputs").iterdir()
    assert study.config["data"]["path"] == str(file)
    (config,) = compose_all([str(study.folder / "best.yaml")])
    assert config["data"] == study.config["data"]
    assert pd.read_parquet(file)["mixed"].tolist()[:2] == ["many", "1"]


def test_what_is_no_study_is_told_in_a_sentence(study: automl.Study, experiments: Path) -> None:
    for place, sentence in {
        "표표": "load: there is no study '표표' in .* Did you mean: 표",
        str(experiments): "is no study: it holds no journal.jsonl",
        "runs:/abc": r"load: expected runs:/<MLflow run>",
        "0" * 32: "load: the run 0{32} cannot be had from",
    }.items():
        with pytest.raises(DataError, match=sentence):
            automl.load(place, experiments=experiments)
    with pytest.raises(DataError, match=r"no folder .*elsewhere to look it up in"):
        automl.load("표", experiments=experiments / "elsewhere")
    with pytest.raises(AutomlError, match=r"expected a study's folder, its name or its run. Received: 3"):
        automl.load(3)  # type: ignore[arg-type]


def test_a_study_holds_no_pickles(study: automl.Study, experiments: Path) -> None:
    files = [one for one in experiments.rglob("*") if one.is_file()]
    assert len(files) > 20
    for one in files:
        assert one.suffix not in {".pkl", ".pickle", ".joblib", ".pt"}
        with one.open("rb") as file:
            assert file.read(2) not in {b"\x80\x04", b"\x80\x05"}, one


def test_model_files_that_are_not_the_studys_own_are_refused(study: automl.Study, tmp_path: Path) -> None:
    import keras

    copied = tmp_path / "표"
    shutil.copytree(study.folder, copied)
    assert study.best is not None
    folder = copied / study.best.folder.relative_to(study.folder)
    rows = people().head(2)
    inside = "model/" if (folder / "model").is_dir() else ""  # where a threshold was chosen
    network, fields = f"{inside}model.keras", f"{inside}fields.json"
    whole = {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}
    for name, content in (
        (network, whole[network][:-900]),
        ("spec.json", b'{"name": 3}'),
        ("seal.json", b"["),
    ):
        (folder / name).write_bytes(content)
        with pytest.raises(DataError, match=rf"{folder / name} (has changed since the model was trained|is damaged)"):
            automl.load(copied).predict(rows)
        (folder / name).write_bytes(whole[name])
    pd.testing.assert_frame_equal(automl.load(copied).predict(rows), study.predict(rows))
    (folder / "seal.json").unlink()  # as of an earlier version, or of someone who knows how to
    inputs = keras.Input((2,))
    keras.Model(inputs, keras.layers.Lambda(lambda x: x)(inputs)).save(folder / network)
    sentence = rf"{folder} cannot be opened as a model 'mlp': .*Lambda"
    for name, content, told in (
        (network, (folder / network).read_bytes(), sentence),
        (network, whole[network][:-900], rf"{folder} cannot be opened as a model 'mlp'"),
        ("spec.json", b'{"name": 3}', rf"{folder / 'spec.json'} is damaged, or describes no data: KeyError"),
        (fields, b"[]", rf"{folder} cannot be opened as a model 'mlp'"),
    ):
        (folder / name).write_bytes(content)
        with pytest.raises(DataError, match=told):
            automl.load(copied).predict(rows)
        (folder / name).write_bytes(whole[name])


@pytest.mark.usefixtures("faults")
def test_images_and_whole_labels_in_arrays(tmp_path: Path) -> None:
    digits = load_digits()
    pair = (digits.images.astype(np.uint8), digits.target)
    for name in ("one", "two"):
        found = automl.search(SCRIPTED, pair, name=name, trials=2, experiments=tmp_path, tracking="none", **QUICK)
        assert found.predict(pair[0][:3])["label"].tolist() == ["0", "0", "0"]
    assert len(list((tmp_path / "inputs").iterdir())) == 1
    with pytest.raises(
        DataError, match=r"takes samples of shape \(8, 8, 1\).* Received: an array of shape \(3, 4, 4\)"
    ):
        found.predict(np.zeros((3, 4, 4)))
    journal = found.folder / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    last = max(number for number, line in enumerate(lines) if '"trial_ended"' in line)
    journal.write_text("".join(lines[:last]))
    killed = automl.load("two", experiments=tmp_path)
    assert (killed.state, killed.message) == ("killed", "The study was killed; 1 trials had ended.")
    assert killed.leaderboard()["state"].tolist() == ["complete", "failed: interrupted"]
    assert len(journal.read_text().splitlines()) == last  # it was looked at, no more
    journal.write_text("{")
    with pytest.raises(StorageError):
        automl.load(found.folder)


@pytest.mark.usefixtures("faults")
def test_a_study_that_failed_is_raised_and_loads(tmp_path: Path) -> None:
    model, keys = {**SCRIPTED, "fault": "error"}, dict[str, Any](experiments=tmp_path, tracking="none")
    with pytest.raises(StudyError, match="No trial completed") as caught:
        automl.search(model, "digits", name="bad", trials=2, **keys, **QUICK)
    assert caught.value.__notes__ == [f"automl.load({str(tmp_path / 'bad')!r}) opens what the study left."]
    failed = automl.load("bad", experiments=tmp_path)
    assert (failed.state, failed.best, failed.test) == ("failed", None, {})
    assert failed.trials["failure"].tolist() == ["error", "error"]
    assert "2 failed" in repr(failed)
    with pytest.raises(StudyError, match="predict: the study bad has no complete trial"):
        failed.predict([])


class _Interrupting(Observer):
    """Presses Ctrl-C when a trial has ended, or before the first."""

    def __init__(self, *, early: bool) -> None:
        self._early = early

    def study_started(self, study: StudyRecord) -> None:
        if self._early:
            os.kill(os.getpid(), signal.SIGINT)

    def trial_ended(self, study: StudyRecord, trial: TrialRecord) -> None:
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.usefixtures("faults")
def test_an_interrupted_search_returns_what_it_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys: dict[str, Any] = {"experiments": tmp_path, "tracking": "none", "refit": False, "runner": "inline"}
    before = process()
    monkeypatch.setattr(searching, "_make_display", lambda: _Interrupting(early=False))
    found = automl.search(SCRIPTED, "digits", name="cut", trials=50, **keys)
    assert (found.state, len(found.trials)) == ("interrupted", 1)
    assert found.test
    monkeypatch.setattr(searching, "_make_display", lambda: _Interrupting(early=True))
    with pytest.raises(KeyboardInterrupt):
        automl.search(SCRIPTED, "digits", name="early", **keys)
    assert not (tmp_path / "early").exists()
    assert process() == before


def test_wrong_input_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    x, y = np.zeros((4, 2)), np.zeros(3)
    refused: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
        ("model: there is no 'resnt'. Did you mean: resnet", ("resnt", "digits"), {}),
        ("model: expected a name, or a mapping with a name. Received: None", (None,), {}),
        ("data: there is no data set 'digit'. Did you mean: digits", ("cnn", "digit"), {}),
        ("data: there is no such file or folder. Received: no.csv", ("cnn", "no.csv"), {}),
        ("data: expected the name of a data set, .* Received: int.", ("cnn", 3), {}),
        (r"Received: list. Give the two as a tuple: \(x, y\).", ("cnn", [x, y]), {}),
        ("data: x and y differ in length. Received: 4 and 3.", ("mlp", (x, y)), {}),
        ("data: x is ragged", ("mlp", ([[1], [1, 2]], [0, 1])), {}),
        ("target: data=digits has no column to choose", ("cnn", "digits"), {"target": "x"}),
        ("search.trials: expected an integer of at least 1 or null. Received: 0.", ("cnn",), {"trials": 0}),
        ("search.trials: expected an integer of at least 1", ("mlp", (x, x[:, 0])), {"trials": 0}),
        ("trainin: there is no such key. Did you mean: training", ("cnn",), {"trainin": 3}),
        ("training.epochs: expected an integer. Received: 'many'", ("cnn",), {"training": {"epochs": "many"}}),
        ("training.epochs: low must not exceed high", ("cnn",), {"training.epochs": {"low": 2, "high": 1}}),
        ("model.dropout: expected a number, a text, .* Received: <object", ("cnn",), {"model.dropout": object()}),
    ]
    with chdir(tmp_path):
        for sentence, given, keys in refused:
            with pytest.raises(AutomlError, match=sentence):
                automl.search(*given, **keys)
    assert list(tmp_path.iterdir()) == []


def test_examples_in_the_docstrings_run(tmp_path: Path) -> None:
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    finder = doctest.DocTestFinder()
    names = {"automl": automl, "load_digits": load_digits}
    with chdir(tmp_path):
        for one in (spelling.overrides, searching.search, finding.load, handle.Study):
            tests = finder.find(one, globs={**vars(sys.modules[one.__module__]), **names})
            for test in tests:
                runner.run(test)
    assert runner.summarize(verbose=False) == doctest.TestResults(failed=0, attempted=11)


@pytest.mark.slow  # the README's script runs without one, too
def test_importing_is_instant_and_a_script_needs_no_main(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import sys, threading\n"
        "import automl\n"
        "assert not {'hydra', 'numpy', 'tensorflow'} & set(sys.modules)\n"
        "keys = {'experiments': 'e', 'tracking': 'none', 'trials': 1, 'verbose': False}\n"
        "found = []\n"
        "work = lambda name: found.append(automl.search('scripted', 'digits', name=name, **keys))\n"
        "threads = [threading.Thread(target=work, args=(name,)) for name in 'ab']\n"
        "[thread.start() for thread in threads], [thread.join() for thread in threads]\n"
        "assert 'tensorflow' not in sys.modules\n"
        "print(sorted((one.name, one.state) for one in found))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent / "faults")}
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[('a', 'finished'), ('b', 'finished')]\n", "")
