"""What studies hand back: ensembles, the best fitted again, and the best alone where these come to nothing."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from inline_study import resume_study
from omegaconf import OmegaConf

from automl.api.handle import Study as Handle
from automl.ensembles import Ensemble
from automl.handover import Form
from automl.records import StudyState
from automl.report.closing import closing
from automl.study.journal.events import EnsembleSelected
from automl.study.loop import handover

if TYPE_CHECKING:
    from automl.records import StudyRecord
    from automl.study import Study

MODEL = {"name": "centroids", "share": 0.06}


def said(record: StudyRecord) -> str:
    return "\n".join(text for _, text in closing(record))


def summary(record: StudyRecord) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((record.folder / "study.json").read_text())
    return loaded


ENSEMBLE: dict[str, Any] = {"trials": 6, "ensemble": {"max_models": 3}, **MODEL}
"""Of a study whose models are better together."""


class TestEnsemble:
    def test_it_is_handed_back_where_it_is_better_and_the_best_single_model_is_told_beside_it(
        self, make_study: Any
    ) -> None:
        study, _ = make_study(**ENSEMBLE, refit=True)
        study.run()
        record, found, evaluation = study.record, study.record.ensemble, study.record.evaluation
        assert found.taken
        assert (found.metric, found.trial, set(found.candidates)) == ("accuracy", record.best.number, set(range(6)))
        assert 2 <= len(found.members) <= 3
        assert sum(one.weight for one in found.members) == pytest.approx(1.0)
        assert found.value > found.single
        assert found.gain > found.error > 0.0
        assert evaluation.test["accuracy"] > evaluation.single["test"]["accuracy"]
        assert evaluation.validation["accuracy"] == pytest.approx(found.value)
        assert evaluation.single["validation"]["accuracy"] == pytest.approx(found.single)
        assert (record.refit, record.handed.form) == (None, Form.ENSEMBLE)
        text = said(record)
        assert f"Best: an ensemble of trials {found.members[0].trial} (" in text
        assert f"  test accuracy           {evaluation.test['accuracy']:.4f}\n" in text
        assert f"{evaluation.single['test']['accuracy']:.4f}  (trial {record.best.number} alone, test)" in text
        told = summary(record)
        assert told["handed_back"] == "ensemble"
        assert [one["trial"] for one in told["members"]] == [one.trial for one in record.members]
        assert told["test"] == dict(evaluation.test)
        assert told["single"]["test"] == dict(evaluation.single["test"])
        best = OmegaConf.load(record.folder / "best.yaml")
        assert (best.ensemble.name, best.refit) == ("none", False)
        self.all_who_ask_the_study_ask_it(record)
        self.a_study_that_is_gone_on_with_decides_among_all_of_its_trials(study)

    def all_who_ask_the_study_ask_it(self, record: StudyRecord) -> None:
        handle = Handle(record)
        assert isinstance(handle.model, Ensemble)
        assert [one.model for one in handle.members] == ["centroids"] * len(record.members)
        images = np.random.default_rng(0).integers(0, 255, (4, 8, 8, 1)).astype("uint8")
        assert record.best is not None
        answer, single = handle.predict(images), handle.predict(images, trial=record.best.number)
        assert not np.allclose(answer["probability"], single["probability"])
        assert record.evaluation is not None
        assert handle.single == record.evaluation.single["test"]
        assert "Handed back: an ensemble of trials" in repr(handle)

    def a_study_that_is_gone_on_with_decides_among_all_of_its_trials(self, study: Study) -> None:
        again, _ = resume_study(study, trials=8)
        again.run()
        found = again.record.ensemble
        assert found is not None
        assert set(found.candidates) == set(range(8))
        assert again.record.evaluation is not None
        assert not (found.folder / "plugin" / "members" / str(len(found.members))).exists()

    def test_bags_of_folds_are_chosen_by_what_they_say_of_samples_that_they_have_not_seen(
        self, make_study: Any
    ) -> None:
        study, _ = make_study(**ENSEMBLE, folds=3)
        study.run()
        record, found = study.record, study.record.ensemble
        assert found.taken
        assert record.spec.folds == 3
        evaluation = record.evaluation
        assert evaluation.validation["accuracy"] == pytest.approx(found.value)
        assert evaluation.validation["accuracy"] > evaluation.single["validation"]["accuracy"]
        assert evaluation.test["accuracy"] > evaluation.single["test"]["accuracy"]

    def test_models_that_say_the_same_make_none(self, make_study: Any) -> None:
        study, _ = make_study(trials=3, ensemble={})
        study.run()
        found = study.record.ensemble
        assert (found.taken, found.reason) == (False, "no mean of several models is better than one of them")
        assert not (found.folder / "plugin").exists()
        assert study.record.handed.form is Form.TRIAL
        assert "  no ensemble: no mean of several models is better than one of them" in said(study.record)

    def test_what_one_prediction_may_take_bounds_it(self, make_study: Any) -> None:
        study, _ = make_study(trials=4, ensemble={"max_latency_ms": 1e-6}, **MODEL)
        study.run()
        assert all(trial.metrics["latency_ms"] > 0.0 for trial in study.record.trials)
        assert not study.record.ensemble.taken

    def test_one_that_cannot_be_loaded_costs_itself_alone(self, make_study: Any) -> None:
        study, _ = make_study(**ENSEMBLE, fault="ensemble error")
        study.run()
        found = study.record.ensemble
        assert found.reason.startswith("an ensemble could not be made. ValueError: scripted error")
        assert study.record.state is StudyState.FINISHED
        assert study.record.handed.form is Form.TRIAL
        assert study.record.evaluation.single == {}

    def test_one_that_cannot_be_scored_gives_way_to_the_best_single_model(self, make_study: Any) -> None:
        study, _ = make_study(**ENSEMBLE)
        study.audience.search_ended = lambda record: shutil.rmtree(record.ensemble.folder / "plugin" / "members")
        study.run()
        found = study.record.ensemble
        assert not found.taken
        assert found.reason.startswith("it could not be scored. ")
        assert study.record.state is StudyState.FINISHED
        assert study.record.evaluation.test["accuracy"] > 0.3
        assert study.record.evaluation.single == {}

    def test_one_that_was_being_made_when_the_process_died_is_made_anew(
        self, make_study: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        study, _ = make_study(**ENSEMBLE)
        append = study.journal.append

        def die(event: Any) -> None:
            if isinstance(event, EnsembleSelected):
                raise SystemExit  # after it was written, and before anyone knows
            append(event)

        monkeypatch.setattr(study.journal, "append", die)
        with pytest.raises(SystemExit):
            study.run()
        assert (study.record.folder / "ensemble" / "plugin").is_dir()
        (study.record.folder / "ensemble" / "plugin" / "rest").touch()
        again, _ = resume_study(study)
        again.run()
        assert again.record.members
        assert not (again.record.folder / "ensemble" / "plugin" / "rest").exists()
        assert again.record.evaluation is not None
        assert again.record.evaluation.single

    def test_no_time_is_told(self, make_study: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        study, _ = make_study(trials=3, timeout=300.0, ensemble={}, **MODEL)
        monkeypatch.setattr("automl.study.budget.Budget.left", lambda _: 0.0 if len(study.record.trials) == 3 else 9.0)
        study.run()
        assert "no ensemble was looked for: search.timeout leaves no time for it" in study.record.notes
        assert study.record.evaluation is not None

    def test_an_interrupt_leaves_it_to_a_study_that_goes_on(self, make_study: Any) -> None:
        study, listener = make_study(trials=20, ensemble={}, **MODEL)
        listener.on_report = lambda: setattr(study.interrupts, "count", int(len(study.record.trials) > 4))
        study.run()
        assert (study.record.ensemble, study.record.state) == (None, StudyState.INTERRUPTED)
        assert study.record.evaluation is not None
        assert handover.seconds(study.record) > 3.0


class TestRefit:
    def test_the_best_is_fitted_again_on_train_and_validation_part(self, make_study: Any) -> None:
        study, _ = make_study(trials=2, refit="auto", **MODEL)
        study.run()
        record = study.record
        assert record.refit.taken
        assert (record.refit.trial, record.refit.epochs) == (record.best.number, 1)
        assert record.handed.folder == record.folder / "refit" / "plugin"
        sizes = record.spec.sizes
        assert vars(Handle(record).model)["_learned_from"] == sizes["train"] + sizes["validation"]
        assert record.evaluation.validation == record.evaluation.single["validation"]
        assert record.evaluation.test != record.evaluation.single["test"]
        assert f"Best: trial {record.best.number}, fitted again on train and validation part for 1 epoch" in said(
            record
        )
        assert "(before it was fitted again)" in said(record)
        assert OmegaConf.load(record.folder / "best.yaml").refit is True
        assert summary(record)["handed_back"] == "refit"

    @pytest.mark.parametrize(
        ("fault", "reason"),
        [
            ("refit worse", "it does worse on the validation part, although it has learned from it"),
            ("refit error", "a model that was fitted again could not be made. ValueError: scripted error"),
        ],
    )
    def test_where_it_comes_to_nothing_the_best_is_handed_back_as_it_was(
        self, make_study: Any, fault: str, reason: str
    ) -> None:
        study, _ = make_study(trials=2, refit=True, fault=fault, **MODEL)
        study.run()
        record = study.record
        assert record.refit.reason.startswith(reason)
        assert (record.handed.form, record.state) == (Form.TRIAL, StudyState.FINISHED)
        assert f"  not fitted again: {reason}" in said(record)
        assert OmegaConf.load(record.folder / "best.yaml").refit is False
        assert not (record.folder / "refit" / "plugin").exists()


def test_models_that_an_ensemble_may_have_are_kept(make_study: Any) -> None:
    study, _ = make_study(trials=14, ensemble={}, search={"keep_models": 2}, **MODEL)
    study.run()
    record = study.record
    kept = {trial.number for trial in record.trials if (trial.folder / "plugin").is_dir()}
    assert kept == {trial.number for trial in record.ranked[:12]}
    assert set(record.ensemble.candidates) == kept


def test_every_complete_trial_keeps_what_it_says_of_the_validation_part(make_study: Any) -> None:
    study, _ = make_study(trials=2, **MODEL)
    study.run()
    for trial in study.record.trials:
        predicted = np.load(trial.folder / "validation.npy")
        assert predicted.shape == (study.record.spec.sizes["validation"], 10)
