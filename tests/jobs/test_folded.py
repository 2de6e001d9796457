"""A trial over folds: what it scores, what it leaves, and how it goes on or ends early."""

from __future__ import annotations

import json
from dataclasses import replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl.ensembles import Ensemble
from automl.jobs import EvaluateJob, Place, Subject, TrainJob, Underway
from automl.jobs.common import load_trained, make_plugin, open_data
from automl.jobs.results import FOLDS
from automl.jobs.score import score
from automl.jobs.train import train
from automl.plugin import CHECKPOINT, Decision, ModelPlugin, Pruned, Trial, TrialFailed
from automl.records import standard_error
from automl.tasks import load_task
from automl.training.keras_plugin import KerasPlugin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONFIG: dict[str, Any] = {
    "seed": 1,
    "model": {
        "name": "mlp", "tasks": ["tabular_classification"], "layers": 1, "width": 8, "dropout": 0.2, "numeric": "plain",
    },
    "data": {
        "name": "iris", "loader": "sklearn_table", "task": "tabular_classification", "target": "target", "folds": 3,
    },
    "training": {"name": "supervised", "epochs": 3, "batch_size": 32, "learning_rate": 0.02},
}  # fmt: skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def job(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., TrainJob]:
    monkeypatch.setattr("automl.checkpoint.SECONDS", 0.0)
    monkeypatch.setattr("automl.jobs.folded._SECONDS", 0.0)

    def make(name: str = "trial", **how: Any) -> TrainJob:
        (tmp_path / name).mkdir(exist_ok=True)
        return TrainJob(0, CONFIG, Place(tmp_path, cache), name, {}, "val_accuracy", "maximize", **how)

    return make


class Driver:
    """Answers reports, and remembers them.

    Args:
        fold: The fold in which it says something else than to go on.
        epoch: The epoch of that fold; None for its end.
        answer: What it says then.
    """

    def __init__(self, fold: int = 0, epoch: int | None = None, answer: Decision | None = None) -> None:
        self.place = (fold, epoch)
        self.answer = answer
        self.steps: list[int] = []
        self.asked = [0] * 10

    def __call__(self, step: int, content: Any) -> Decision:
        if isinstance(content, Underway):
            assert content.seconds >= 0
            self.asked[step] += 1
            return self._at(step + 1, self.asked[step])
        self.steps.append(step)
        return self._at(step, None)

    def _at(self, fold: int, epoch: int | None) -> Decision:
        if (fold, epoch) != self.place:
            return Decision.CONTINUE
        if self.answer is None:
            raise KeyboardInterrupt
        return self.answer


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> tuple[TrainJob, Any, Driver]:
    """A trial that nobody disturbed."""
    place, driver = Place(tmp_path_factory.mktemp("study"), cache), Driver()
    (place.study / "whole").mkdir()
    done = TrainJob(0, CONFIG, place, "whole", {}, "val_accuracy", "maximize")
    return done, train(done, driver), driver


def test_its_steps_are_folds_and_its_scores_their_means(whole: tuple[TrainJob, Any, Driver]) -> None:
    job, trained, driver = whole
    assert driver.steps == [1, 2, 3]
    assert (trained.steps, trained.best_step) == (3, 3)
    folds = json.loads((job.dir / "plugin" / "folds.json").read_text())
    scores = [one["metrics"]["val_accuracy"] for one in folds]
    assert scores == [one["scores"]["accuracy"] for one in folds]  # the one ruler
    assert trained.metrics["val_accuracy"] == pytest.approx(fmean(scores))
    assert trained.metrics["val_accuracy_stderr"] == pytest.approx(standard_error(scores))
    assert trained.parameters == sum(one["parameters"] for one in folds)
    history = json.loads((job.dir / "history.json").read_text())
    assert [row["val_accuracy"] for row in history] == pytest.approx([fmean(scores[:count]) for count in (1, 2, 3)])
    assert "val_accuracy_stderr" not in history[0]
    assert not (job.dir / FOLDS).exists()


def test_each_model_is_what_a_plugin_of_its_own_would_be(
    whole: tuple[TrainJob, Any, Driver], job: Callable[..., TrainJob], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(KerasPlugin, "follow", ModelPlugin.follow)
    alone = train(job("alone"), Driver())
    assert {**alone.metrics, "seconds": 0} == {**whole[1].metrics, "seconds": 0}
    data = open_data(job())
    bags = [load_trained(one, one.dir / "plugin") for one in (whole[0], job("alone"))]
    inputs, _ = data.test.arrays()
    np.testing.assert_array_equal(bags[0].predict(inputs), bags[1].predict(inputs))
    fold, made = data.folds[2], make_plugin(job())
    parts = replace(data, train=fold.train, validation=fold.validation, folds=(), pool=None)
    result = made.fit(parts, Trial(CONFIG, job().dir, 1 + 2 * 7919, "val_accuracy", "maximize"))
    assert isinstance(bags[0], Ensemble)
    np.testing.assert_array_equal(bags[0].members[2].plugin.predict(inputs), made.predict(inputs))
    folds = json.loads((whole[0].dir / "plugin" / "folds.json").read_text())
    assert folds[2]["metrics"]["val_loss"] == result.metrics["val_loss"]


def test_graphs_are_traced_once(job: Callable[..., TrainJob], monkeypatch: pytest.MonkeyPatch) -> None:
    from automl.training.loop import Loop

    traced: list[int] = []
    steps = Loop._train_steps
    monkeypatch.setattr(Loop, "_train_steps", lambda self, *args: traced.append(1) or steps(self, *args))  # type: ignore[func-returns-value]
    train(job(), Driver())
    assert len(traced) == 1


def test_what_each_model_says_of_the_rows_that_it_has_not_seen_is_kept(whole: tuple[TrainJob, Any, Driver]) -> None:
    job, trained, _ = whole
    data, held_out = open_data(job), np.load(job.dir / "validation.npy")
    bag = load_trained(job, job.dir / "plugin")
    assert isinstance(bag, Ensemble)
    assert held_out.shape == (120, 3)
    table = data.compared.arrays()[0]
    for member, fold in zip(bag.members, data.folds, strict=True):
        inputs = {name: values[fold.rows] for name, values in table.items()}
        np.testing.assert_allclose(member.plugin.predict(inputs), held_out[fold.rows], atol=1e-6)
    right = (held_out.argmax(axis=1) == data.compared.target()).mean()
    assert right == pytest.approx(trained.metrics["val_accuracy"])  # folds of equal size


def test_the_final_evaluation_tells_what_was_held_out(whole: tuple[TrainJob, Any, Driver], tmp_path: Path) -> None:
    job, trained, _ = whole
    subject = Subject(str(job.dir / "plugin"), [], "val_accuracy", 3)
    (tmp_path / "evaluation").mkdir()
    evaluate = EvaluateJob(-2, CONFIG, Place(tmp_path, job.cache), "evaluation", subject)
    data, bag = open_data(job), load_trained(job, job.dir / "plugin")
    found = score(bag, data, evaluate)
    assert found.validation["accuracy"] == pytest.approx(trained.metrics["val_accuracy"])
    assert found.test == load_task("tabular_classification").score(bag, data, data.test)


@pytest.mark.parametrize("epoch", [None, 2])
def test_a_killed_trial_goes_on_with_the_fold_and_epoch_that_it_was_in(
    whole: tuple[TrainJob, Any, Driver], job: Callable[..., TrainJob], epoch: int | None
) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(job(), Driver(3 if epoch is None else 2, epoch))
    assert (job().dir / CHECKPOINT).is_file()
    driver = Driver()
    resumed = train(job(resume=True), driver)
    assert driver.steps == ([3] if epoch is None else [2, 3])
    assert driver.asked[0] == 0
    assert {**resumed.metrics, "seconds": 0} == {**whole[1].metrics, "seconds": 0}
    kept = [np.load(one.dir / "validation.npy") for one in (job(), whole[0])]
    np.testing.assert_array_equal(*kept)


def test_a_trial_that_is_told_to_stop_counts_with_the_folds_that_are_done(
    whole: tuple[TrainJob, Any, Driver], job: Callable[..., TrainJob]
) -> None:
    full = json.loads((whole[0].dir / "history.json").read_text())
    for name, fold, epoch in (("within", 3, 1), ("between", 2, None)):
        stopped = train(job(name), Driver(fold, epoch, Decision.STOP))
        assert stopped.steps == 2
        assert stopped.metrics["val_accuracy"] == full[1]["val_accuracy"]
        bag = load_trained(job(name), job(name).dir / "plugin")
        assert isinstance(bag, Ensemble)
        assert len(bag.members) == 2
        assert np.isnan(np.load(job(name).dir / "validation.npy")).any(axis=1).sum() == 40
        assert train(job(name, resume=True), Driver()).metrics["val_accuracy"] == full[2]["val_accuracy"]


def test_of_the_first_fold_the_best_epoch_so_far_counts(job: Callable[..., TrainJob]) -> None:
    driver = Driver(1, 2, Decision.STOP)
    stopped = train(job(), driver)
    assert (stopped.steps, driver.steps, driver.asked[:2]) == (1, [1], [2, 0])
    assert json.loads((job().dir / "plugin" / "folds.json").read_text())[0]["epochs"] == 2


def test_what_was_killed_is_saved_with_what_it_has(job: Callable[..., TrainJob]) -> None:
    for name, fold, epoch, steps in (("first", 1, 3, 1), ("later", 2, 2, 1), ("last", 3, None, 2)):
        with pytest.raises(KeyboardInterrupt):
            train(job(name), Driver(fold, epoch))
        driver = Driver()
        saved = train(job(name, salvage=True), driver)
        assert (saved.steps, driver.steps, sum(driver.asked)) == (steps, [], 0)
        assert isinstance(load_trained(job(name), job(name).dir / "plugin"), Ensemble)
    with pytest.raises(TrialFailed, match="holds none"):
        train(job("nothing", salvage=True), Driver())


def test_a_pruned_trial_leaves_nothing(job: Callable[..., TrainJob]) -> None:
    driver = Driver(1, None, Decision.PRUNE)
    with pytest.raises(Pruned):
        train(job(), driver)
    assert driver.steps == [1]
    assert sorted(one.name for one in job().dir.iterdir()) == []


def test_a_trial_is_gone_on_with_from_the_folds_of_another(
    whole: tuple[TrainJob, Any, Driver], job: Callable[..., TrainJob]
) -> None:
    assert train(job("rung", until=1), Driver()).steps == 1
    driver = Driver()
    promoted = train(job("promoted", until=3, start_from="rung"), driver)
    assert driver.steps == [2, 3]
    assert {**promoted.metrics, "seconds": 0} == {**whole[1].metrics, "seconds": 0}


def test_models_that_are_gone_are_trained_again(job: Callable[..., TrainJob]) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(job(), Driver(3, None))
    (job().dir / FOLDS).rename(job().dir / "gone")
    driver = Driver()
    with pytest.warns(UserWarning, match="The trial begins anew"):
        train(job(resume=True), driver)
    assert driver.steps == [1, 2, 3]
