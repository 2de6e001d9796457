"""What every model plugin promises, as tests that it runs by giving its name.

Example:
    >>> class TestPerceptron(ModelConformance):
    ...     model = "perceptron"
"""

from __future__ import annotations

import dataclasses
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from automl import registry
from automl.config.check import check_values
from automl.config.keys import chosen
from automl.config.sections import face_of
from automl.fields import construct, field_hints
from automl.plugin import CHECKPOINT, Decision, ModelPlugin, Pruned, Trial
from automl.registry import Group
from automl.space import Choice, Float, Int, Space, flat, is_space, parse
from automl.tasks import load_task, task_info, task_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from automl.data import Dataset
    from automl.space import Parameter

_FACE_KEYS = Group.MODELS.said | {"defaults"}
_SAMPLES = 4
_EPOCHS = 2
_TINY = {
    "episodes": 2, "environments": 2, "batch_size": 16, "learning_rate": 3e-3, "schedule": "constant",
}  # fmt: skip
"""Of the ``training`` section, as far as it has such keys."""
_STEPS = 400
"""Of an agent in its environment, which are cheaper than those of gradients."""
_CLOCKS = {"seconds", "steps_per_second"}


class ModelConformance:
    """The suite; a subclass named ``Test...`` sets ``model`` to the name of its entry point.

    Where the face asks for what a test cannot have, such as weights from the network, the fixture ``pinned`` gives
    other values.
    """

    model: str

    @pytest.fixture
    def pinned(self) -> Mapping[str, Any]:
        """Fields with values for the tests, in place of those of the face; none by default."""
        return {}

    @pytest.fixture
    def cls(self) -> type[ModelPlugin]:
        """The plugin's class."""
        loaded: type[ModelPlugin] = registry.entry(Group.MODELS, self.model).load()
        return loaded

    @pytest.fixture
    def face(self, pinned: Mapping[str, Any]) -> dict[str, Any]:
        """The YAML face, some fields pinned."""
        from omegaconf import OmegaConf

        path = registry.config_file("model", self.model)
        assert path is not None, f"there is no conf/model/{self.model}.yaml beside the package"
        face = OmegaConf.to_container(OmegaConf.load(path))
        assert isinstance(face, dict)
        return {str(key): value for key, value in face.items()} | dict(pinned)

    @pytest.fixture
    def space(self, face: dict[str, Any]) -> Space:
        """The space of the face."""
        model = {key: value for key, value in face.items() if key not in _FACE_KEYS}
        return parse({"model": model, "data": {"task": face["tasks"][0]}})

    @pytest.fixture
    def dataset(self, face: dict[str, Any], tmp_path: Path) -> Dataset:
        """Tiny data of the first task that the face names."""
        return load_task(face["tasks"][0]).tiny(tmp_path / "cache")

    def test_every_task_of_the_face_is_learned(
        self,
        cls: type[ModelPlugin],
        face: dict[str, Any],
        training: dict[str, Any],
        tmp_path: Path,
    ) -> None:
        """On tiny data of each task an epoch ends with its objective, and the model evaluates the test part.

        To mend: name in 'tasks' only what the model takes, and report the objective of each, as in
        trial.report(epoch, val_accuracy=...).
        """
        for name in face["tasks"]:
            data = load_task(name).tiny(tmp_path / name)
            model = {key: value for key, value in face.items() if key not in _FACE_KEYS}
            space = parse({"model": model, "data": {"task": name}})
            plugin = construct(cls, space.configure(space.middle())["model"], "model")
            task = load_task(name)
            running = Trial({"training": {**training, "epochs": 1}}, tmp_path / name, objective=task.info.objective)
            assert running.objective in plugin.fit(data, running).metrics
            assert np.isfinite(task.score(plugin, data, data.test)[task.info.metric])

    @pytest.fixture
    def make(self, cls: type[ModelPlugin], space: Space) -> Callable[[], ModelPlugin]:
        """Makes the plugin at the middle of its space."""
        return lambda: construct(cls, space.configure(space.middle())["model"], "model")

    @pytest.fixture
    def training(self, face: dict[str, Any]) -> dict[str, Any]:
        """A tiny ``training`` section of the kind that the face asks for; most spaces are left at their defaults."""
        kind = face_of("training", chosen([f"+model={face['name']}"])["training"])["name"]
        settings = field_hints(registry.entry(Group.TRAINING, kind).load())
        steps = {"steps": _STEPS if "episodes" in settings else _STEPS // 32} if "steps" in settings else {}
        return steps | {key: value for key, value in _TINY.items() if key in settings}

    @pytest.fixture
    def trial(self, face: dict[str, Any], training: dict[str, Any], tmp_path: Path) -> Callable[..., Trial]:
        """Makes a trial of two epochs."""
        task = task_info(face["tasks"][0])

        def make(answer: Callable[[int, Mapping[str, float]], Decision] = _go_on, epochs: int = _EPOCHS) -> Trial:
            return Trial(
                config={"training": {**training, "epochs": epochs}},
                dir=tmp_path,
                seed=1,
                objective=task.objective,
                direction=task.direction,
                answer=answer,
            )

        return make

    def test_entry_point_face_and_fields_agree(self, cls: type[ModelPlugin], face: dict[str, Any]) -> None:
        """The face names the entry point, its tasks exist, and its keys are the plugin's fields, each of its type.

        To mend: give each field a value or a space in the face, and leave out of it what is no field.
        """
        assert issubclass(cls, ModelPlugin)
        assert dataclasses.is_dataclass(cls)
        assert face["name"] == self.model
        assert face["summary"].strip()
        assert face["tasks"]
        assert set(face["tasks"]) <= set(task_names())
        fields = {field.name for field in dataclasses.fields(cls) if field.init}
        assert set(face) - _FACE_KEYS == fields
        hints = field_hints(cls)
        for name in fields:
            check_values(face[name], hints[name], f"model.{name}")

    def test_the_default_is_of_the_space(self, face: dict[str, Any]) -> None:
        """What the face tries first are values of fields that it has, and inside of the spaces that it opens.

        To mend: let the values below 'default' and in 'portfolio' be ones that the spaces of the face have.
        """
        kind = chosen([f"+model={face['name']}"])["training"]
        known = {"model": face, "training": face_of("training", kind)}
        for tried in (face.get("default") or {}, *(face.get("portfolio") or ())):
            for key, value in flat({name: one for name, one in tried.items() if name != "when"}).items():
                section, _, name = key.rpartition(".")
                leaf = known[section or "model"][name]
                if is_space(leaf):
                    path = f"{section or 'model'}.{name}"
                    assert parse({section or "model": {name: {**leaf, "when": {}}}}).parameters[path].admits(value), key

    def test_every_sample_of_the_space_is_a_model(self, cls: type[ModelPlugin], space: Space, dataset: Dataset) -> None:
        """The corners of the space and some samples of it build and have parameters.

        To mend: narrow the space in the face, or let build take all of it; prepare returns the number
        of parameters.
        """
        rng = random.Random(0)
        picks: list[Callable[[Parameter], Any]] = [_low, _high]
        picks += [lambda parameter: parameter.sample(rng)] * (_SAMPLES if len(space) else 0)
        for pick in picks:
            values: dict[str, Any] = {}
            for parameter in space.active(values):
                values[parameter.path] = pick(parameter)
            plugin = construct(cls, space.configure(values)["model"], "model")
            assert plugin.prepare(dataset.spec, {}) > 0

    def test_training_lowers_the_loss(
        self, make: Callable[[], ModelPlugin], trial: Callable[..., Trial], dataset: Dataset
    ) -> None:
        """Two epochs lower the loss (where that has a target), and the result is the best reported step.

        Its size is the one that was foretold, by which a model that is too large is not trained.

        To mend: end with head(spec), and let fit return the metrics of the best reported step with the number of
        parameters that prepare foretold.
        """
        running = trial()
        foretold = make().prepare(dataset.spec, running.training)
        result = make().fit(dataset, running)
        losses = [row["loss"] for row in running.history if "loss" in row or dataset.spec.target is not None]
        assert np.isfinite(losses).all()
        assert task_info(dataset.spec.task).target in {"none", "condition"} or losses[-1] < losses[0]
        assert running.objective in result.metrics
        assert result.metrics[running.objective] == running.history[result.best_step - 1][running.objective]
        assert "fit" in running.marks
        assert result.parameters == foretold

    def test_saved_and_loaded_it_predicts_the_same(
        self,
        cls: type[ModelPlugin],
        make: Callable[[], ModelPlugin],
        trial: Callable[..., Trial],
        dataset: Dataset,
        tmp_path: Path,
    ) -> None:
        """The plugin comes back from its folder, and its SavedModel, where it has one, agrees.

        To mend: save all that predict needs; register custom layers by
        @keras.saving.register_keras_serializable(package=...), with a get_config of all that __init__ takes.
        """
        plugin = make()
        plugin.fit(dataset, trial())
        inputs = _asked(plugin, dataset)
        expected = plugin.predict(inputs)
        plugin.save(tmp_path / "plugin")
        loaded = cls.load(tmp_path / "plugin")
        np.testing.assert_allclose(loaded.predict(inputs), expected, rtol=1e-5, atol=1e-6)
        score = load_task(dataset.spec.task).score
        expected_scores = score(plugin, dataset, dataset.validation)
        assert score(loaded, dataset, dataset.validation) == pytest.approx(expected_scores, rel=1e-4)
        try:
            loaded.export(tmp_path / "saved")
        except NotImplementedError:
            return
        from automl.jobs.serving_code import call, load

        np.testing.assert_allclose(call(load(str(tmp_path / "saved")), inputs), expected, rtol=1e-4, atol=1e-5)

    def test_the_same_seed_gives_the_same_result(
        self, make: Callable[[], ModelPlugin], trial: Callable[..., Trial], dataset: Dataset
    ) -> None:
        """Weights, shuffling and dropout come from the seed alone.

        To mend: draw every random number from trial.seed, in layers from a keras.random.SeedGenerator.
        """
        histories = []
        for _ in range(2):
            running = trial()
            make().fit(dataset, running)
            histories.append(_without_clocks(running.history))
        assert histories[0] == histories[1]

    def test_a_trial_that_was_cut_goes_on_as_if_it_had_not_been(
        self, make: Callable[[], ModelPlugin], trial: Callable[..., Trial], dataset: Dataset, tmp_path: Path
    ) -> None:
        """From the checkpoint of any epoch it reports and predicts the same to the last digit; stopped, its best.

        To mend: begin fit with trial.restore(), and call trial.checkpoint after each report with all that
        epochs change; of a KerasPlugin, state() has what lies outside of the network.
        """
        checkpoints: list[bytes] = []

        def keep(step: int, metrics: Mapping[str, float]) -> Decision:
            checkpoints.extend([(tmp_path / CHECKPOINT).read_bytes()] if step > 1 else [])
            return _go_on(step, metrics)

        whole, uncut = replace(trial(keep, epochs=3), seconds=0.0), make()
        expected = uncut.fit(dataset, whole)
        inputs = _asked(uncut, dataset)
        for content in checkpoints:
            (tmp_path / CHECKPOINT).write_bytes(content)
            resumed, plugin = replace(trial(epochs=3), resume=True, seconds=np.inf), make()
            result = plugin.fit(dataset, resumed)
            assert not resumed.notes
            assert _without_clocks(resumed.history) == _without_clocks(whole.history)
            assert (result.best_step, result.steps, result.parameters) == (expected.best_step, 3, expected.parameters)
            np.testing.assert_array_equal(plugin.predict(inputs), uncut.predict(inputs))
        stopped, plugin = replace(trial(epochs=3), resume=True, should_stop=True), make()
        result = plugin.fit(dataset, stopped)
        assert result.steps == len(stopped.history) == len(checkpoints) == 2
        assert result.metrics[stopped.objective] == stopped.history[result.best_step - 1][stopped.objective]
        if result.best_step == expected.best_step:
            np.testing.assert_array_equal(plugin.predict(inputs), uncut.predict(inputs))

    def test_a_stop_ends_training_and_keeps_the_model(
        self, make: Callable[[], ModelPlugin], trial: Callable[..., Trial], dataset: Dataset
    ) -> None:
        """After ``Decision.STOP`` no further step is run, and the model predicts.

        To mend: end fit once trial.should_stop is set.
        """
        plugin, running = make(), trial(lambda *_: Decision.STOP, epochs=50)
        result = plugin.fit(dataset, running)
        assert len(running.history) == result.steps == 1
        assert np.isfinite(plugin.predict(_asked(plugin, dataset))).all()

    def test_a_pruned_trial_ends_at_once(
        self, make: Callable[[], ModelPlugin], trial: Callable[..., Trial], dataset: Dataset
    ) -> None:
        """``Pruned`` comes out of ``fit``.

        To mend: let Pruned go through fit, and report after each epoch.
        """
        running = trial(lambda *_: Decision.PRUNE, epochs=50)
        with pytest.raises(Pruned):
            make().fit(dataset, running)
        assert len(running.history) == 1


def _asked(plugin: ModelPlugin, dataset: Dataset) -> Any:
    """What the task asks of a trained model, for as many samples as the validation part has."""
    return load_task(dataset.spec.task).example(plugin, dataset.validation, len(dataset.validation))


def _without_clocks(history: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{key: row[key] for key in row if key not in _CLOCKS} for row in history]


def _go_on(step: int, metrics: Mapping[str, float]) -> Decision:
    del step, metrics
    return Decision.CONTINUE


def _low(parameter: Parameter) -> Any:
    return _ends(parameter)[0]


def _high(parameter: Parameter) -> Any:
    return _ends(parameter)[1]


def _ends(parameter: Parameter) -> tuple[Any, Any]:
    match parameter:
        case Choice(choices=choices):
            return choices[0], choices[-1]
        case Int(low=low, high=high) | Float(low=low, high=high):
            return low, high
    raise TypeError(parameter)
