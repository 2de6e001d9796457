"""What every task promises, as tests that it runs by giving its name.

Example:
    >>> class TestClustering(TaskConformance):
    ...     task = "clustering"
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from automl.errors import ConfigError
from automl.settings import Supervised
from automl.tasks import SupervisedTask, load_task

if TYPE_CHECKING:
    from pathlib import Path

    from automl.data import Dataset
    from automl.tasks import Task


class TaskConformance:
    """The suite; a subclass named ``Test...`` sets ``task`` to the name of its entry point."""

    task: str

    @pytest.fixture
    def loaded(self) -> Task:
        """The strategy."""
        return load_task(self.task)

    @pytest.fixture
    def data(self, loaded: Task, tmp_path: Path) -> Dataset:
        """Its tiny data."""
        return loaded.tiny(tmp_path)

    def test_its_configuration_says_what_the_driver_needs(self, loaded: Task) -> None:
        """It has a summary and a baseline in words, and its objective has a direction."""
        info = loaded.info
        assert info.name == self.task
        assert info.summary.strip()
        assert info.baseline.strip()
        assert info.direction_of(info.objective) == info.direction

    def test_its_tiny_data_are_its_own(self, loaded: Task, data: Dataset) -> None:
        """They name the task, every part has samples, and no training setting is refused by default."""
        assert data.spec.task == self.task
        assert min(len(part) for part in (data.train, data.validation, data.test)) > 0
        assert (data.spec.target is None) == (loaded.info.target == "none")
        loaded.check(data.spec, {"training": {}})

    def test_the_baseline_is_told_in_the_tasks_own_metrics(self, loaded: Task, data: Dataset) -> None:
        """The metric that results are told by is among them, and all are finite."""
        found = loaded.baseline(data, data.test)
        assert loaded.info.metric in found
        assert np.isfinite(list(found.values())).all()

    def test_a_network_ends_in_the_head_and_learns_by_the_loss(self, loaded: Task, data: Dataset) -> None:
        """Head, loss, encoded target and decoded outputs fit together, and targets are what is decoded."""
        if not isinstance(loaded, SupervisedTask):
            pytest.skip("it has no target")
        import tensorflow as tf

        spec, target = data.spec, data.test.target()
        encoded, weight = loaded.encode(tf.constant(target), spec)
        # A tensor's features lie at the places that it has.
        places = target.shape[1:] if loaded.info.target == "tensor" else ()
        outputs = loaded.head(spec)(tf.zeros((len(target), *places, 8)))
        loss = loaded.loss(spec, Supervised())(encoded, outputs, sample_weight=weight)
        assert np.isfinite(float(loss))
        for name in loaded.info.losses:
            other = loaded.loss(spec, replace(Supervised(), loss=name))(encoded, outputs, sample_weight=weight)
            assert np.isfinite(float(other)), name
        with pytest.raises(ConfigError):
            loaded.loss(spec, replace(Supervised(), loss="no such loss"))
        decode = loaded.decode(spec)
        predictions = np.asarray(outputs if decode is None else decode(outputs))
        assert np.isfinite(list(loaded.scores(spec, target, predictions).values())).all()
        assert len(loaded.answer(predictions, spec)) >= len(target)

    def test_true_targets_beat_the_baseline(self, loaded: Task, data: Dataset) -> None:
        """What is best scores better than what learns nothing, in the direction that the configuration names."""
        if not isinstance(loaded, SupervisedTask):
            pytest.skip("it has no target")
        import tensorflow as tf

        spec, target = data.spec, data.test.target()
        encoded, _ = loaded.encode(tf.constant(target), spec)
        decode = loaded.decode(spec)
        # Logits of certainty, or the standardised values themselves.
        outputs = encoded * 30.0 if spec.classes else encoded
        predictions = np.asarray(outputs if decode is None else decode(outputs))
        best = loaded.scores(spec, target, predictions)
        for name in loaded.info.metrics:  # any of them may be the objective
            assert loaded.scores(spec, target, predictions, [name]) == {name: best[name]}
        base = loaded.baseline(data, data.test)
        for name in set(best) & set(base):
            ahead = best[name] - base[name]
            assert ahead > 0.0 if loaded.info.metrics[name] == "maximize" else ahead < 0.0
