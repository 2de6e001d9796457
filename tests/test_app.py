"""The command line, in processes of its own: the main job, faults, interrupts."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from driver import start, summary, wait_for
from omegaconf import OmegaConf


def run(folder: Path, *words: str) -> tuple[int, str, str]:
    process = start(folder, *words)
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def test_the_main_job_from_the_command_line_to_the_best_configuration_run_again(tmp_path: Path) -> None:
    code, out, err = run(
        tmp_path,
        "+model=resnet",
        "name=first",
        "search.trials=2",
        "training.epochs=8",
        "model.depth=8",
        "model.width=16",
    )
    assert (code, err) == (0, "")
    first = summary(tmp_path, "first")
    assert first["test"]["accuracy"] > 0.9
    assert [trial["state"] for trial in first["trials"]] == ["complete"] * 2
    folder = tmp_path / "experiments" / "first"
    for name in ("learning_curves.png", "confusion_matrix.png"):
        assert (folder / "evaluation" / "figures" / name).stat().st_size > 10_000
    assert f"test accuracy           {first['test']['accuracy']:.4f}" in out
    assert "read the report:" in out
    assert " experiments/first/report.html\n" in out
    page = (folder / "report.html").read_text()
    assert all(f'id="{part}"' in page for part in ("figure-confusion_matrix", "table-data_classes", "chart-curves"))

    code, out, err = run(tmp_path, "experiments/first/best.yaml", "name=again")
    assert (code, err) == (0, "")
    again = summary(tmp_path, "again")
    best = next(trial for trial in first["trials"] if trial["number"] == first["best"])
    assert [trial["value"] for trial in again["trials"]] == [best["value"]]
    assert again["test"] == first["test"]


@pytest.mark.slow
def test_equal_trials_on_several_threads_are_equal_to_the_last_digit_where_that_is_asked_for(tmp_path: Path) -> None:
    words = ("+model=cnn", "name=one", "tracking=none", "data.seed=7", "deterministic=true", "training.epochs=3")
    same = [f"model.{key}={value}" for key, value in {"filters": 16, "blocks": 2, "dense": 64, "dropout": 0.2}.items()]
    same += ["training.learning_rate=1e-3", "model.kernel={choices: [3]}", "search.trials=2"]
    code, _, err = run(
        tmp_path, *words, *same, "runner.slots=2", "runner.cpus_per_trial=4", "search.pruner=none", "refit=false"
    )
    assert (code, err) == (0, "")
    folder = tmp_path / "experiments" / "one"
    first, second = (json.loads((folder / "trials" / f"000{n}" / "history.json").read_text()) for n in range(2))
    assert [{**one, "seconds": 0} for one in first] == [{**one, "seconds": 0} for one in second]
    best = OmegaConf.load(folder / "best.yaml")
    assert (best.deterministic, best.data.seed) == (True, 7)


@pytest.mark.slow  # tests/study does it in one process
def test_on_one_slot_the_same_command_gives_the_same_study_twice(tmp_path: Path) -> None:
    studies = []
    for name in ("one", "two"):
        words = ("+model=cnn", f"name={name}", "search.trials=3", "training.epochs=2", "runner.slots=1")
        assert run(tmp_path, *words, "search.startup_trials=2", "tracking=none")[0] == 0
        study = summary(tmp_path, name)
        studies.append(([(trial["params"], trial["value"]) for trial in study["trials"]], study["test"]))
    assert studies[0] == studies[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("+model=resnt",), "automl: model: there is no 'resnt'. Did you mean: resnet?"),
        (
            ("+model=cnn", "search.trials=0"),
            "automl: search.trials: expected an integer of at least 1 or null. Received: 0.",
        ),
        (("+model=cnn", "data=image_folder", "data.path=nowhere"), "data.path: there is no such file or folder."),
        (("+model=cnn", "model.blocks={low:3,high:1}"), "model.blocks: low must not exceed high."),
        (("plugins", "--chek"), "plugins: unknown argument '--chek'. Did you mean: --check"),
        (("ui",), "automl: There is no mlflow.db in"),
    ],
)
def test_bad_input_gets_one_sentence_exit_code_2_and_leaves_nothing(
    tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    code, out, err = run(tmp_path, *words)
    assert code == 2
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("+model=unimportable",), "needs the package 'a_package_that_nobody_has'"),
        (
            ("+model=cnn", "data=image_folder"),
            "data=image_folder needs one. It means: the folder, or a zip of it. Add data.path=<path>.",
        ),
    ],
)
def test_what_only_pre_flight_can_see_ends_the_study_before_any_trial(
    tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    code, _, err = run(tmp_path, *words, "name=study", "tracking=none")
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "experiments" / "study").exists()


def test_a_worker_that_is_killed_is_one_failed_trial(tmp_path: Path) -> None:
    process = start(
        tmp_path,
        "+model=scripted",
        "name=study",
        "search.trials=6",
        "model.pause=0.3",
        "model.steps=5",
        "runner.slots=2",
    )
    log = tmp_path / "experiments" / "study" / "trials" / "0001" / "log.txt"
    wait_for(lambda: log.is_file() and "process" in log.read_text())
    os.kill(int(log.read_text().split("process")[1].split()[0]), signal.SIGKILL)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    states = {trial["number"]: trial["state"] for trial in summary(tmp_path, "study")["trials"]}
    assert states.pop(1) == "failed: crash"
    assert set(states.values()) <= {"complete", "pruned"}
    assert "The worker was killed by signal 9 (SIGKILL)." in out


def test_ctrl_c_ends_cleanly_and_reports_what_is_finished(tmp_path: Path) -> None:
    process = start(tmp_path, "+model=scripted", "name=study", "search.trials=500", "model.pause=0.1")
    trials = tmp_path / "experiments" / "study" / "trials"
    wait_for((trials / "0008").is_dir)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "")
    study = summary(tmp_path, "study")
    assert study["state"] == "interrupted"
    assert study["test"] is not None
    assert "was interrupted" in out
    assert OmegaConf.load(tmp_path / "experiments" / "study" / "best.yaml").model.name == "scripted"


@pytest.mark.slow  # tests/study does it in one process
def test_the_timeout_is_kept_with_the_final_evaluation_included(tmp_path: Path) -> None:
    began = time.monotonic()
    code, _, err = run(
        tmp_path, "+model=scripted", "name=study", "search.trials=100000", "search.timeout=30", "tracking=none"
    )
    assert (code, err) == (0, "")
    assert time.monotonic() - began < 36
    study = summary(tmp_path, "study")
    assert study["seconds"] < 30
    assert study["test"] is not None


def test_help_and_plugins_answer_without_a_framework(tmp_path: Path) -> None:
    code, out, _ = run(tmp_path, "--help")
    assert code == 0
    for line in ("  cnn ", "  resnet ", "  digits ", "  image_folder ", "  optuna ", "  local "):
        assert line in out
    code, out, _ = run(tmp_path, "plugins", "--check")
    assert code == 1  # one plugin of the faulty distribution cannot be imported
    assert "a_package_that_nobody_has" in out
    assert "automl-faults 0.1" in out


def test_nobody_survives_a_driver_that_is_killed(tmp_path: Path) -> None:
    process = start(tmp_path, "+model=scripted", "name=study", "model.pause=0.2", "model.steps=100")
    log = tmp_path / "experiments" / "study" / "trials" / "0000" / "log.txt"
    wait_for(lambda: log.is_file() and "process" in log.read_text())
    worker = int(log.read_text().split("process")[1].split()[0])
    process.kill()
    process.communicate()
    wait_for(lambda: not _alive(worker), seconds=10)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
