"""How trees are grown, an epoch at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.tree import DecisionTreeRegressor

from automl.tasks import SupervisedTask, load_task
from automl.training import Learner
from automl_boosting.forest import Forest
from automl_boosting.links import make_link

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data import Dataset
    from automl_boosting.boosting import Boosting
    from automl_boosting.stages import Stages


class Booster(Learner):
    """Grows the trees of a forest; ``automl.training.fit`` reports, stops, keeps the best and writes checkpoints.

    Args:
        plugin: Its fields shape the trees.
        data: Its train part is learned, its validation part scored.
        settings: The ``training`` section.
        seed: With a tree's number it fixes what the tree sees, whatever was grown in this process before.
    """

    def __init__(self, plugin: Boosting, data: Dataset, settings: Stages, seed: int) -> None:
        self._plugin, self._data, self._settings, self._seed = plugin, data, settings, seed
        self._link = make_link(data.spec)
        self._rows, self._held = data.train.encoded(data.spec), data.validation.encoded(data.spec)
        self._target = self._link.target(data.train.target())
        bias = self._link.bias(self._target)
        self.forest = Forest.empty(bias, settings.epochs * settings.trees, plugin.depth)
        self._sum_up()

    def _sum_up(self) -> None:
        self._sums, self._held_sums = self.forest.outputs(self._rows), self.forest.outputs(self._held)

    def epoch(self, number: int) -> dict[str, float]:
        """See ``Learner.epoch``."""
        for tree in range((number - 1) * self._settings.trees, number * self._settings.trees):
            self._grow(tree)
        task, spec = load_task(self._data.spec.task), self._data.spec
        assert isinstance(task, SupervisedTask)
        scores = task.scores(spec, self._data.validation.target(), self._link.predictions(self._held_sums))
        loss = self._link.loss(self._target, self._sums)
        return {"loss": loss, **{f"val_{name}": value for name, value in scores.items()}}

    def _grow(self, number: int) -> None:
        rng = np.random.default_rng([self._seed, number])
        count = max(1, round(self._plugin.rows * len(self._rows)))
        seen = rng.choice(len(self._rows), count, replace=False)
        errors = self._link.errors(self._target[seen], self._sums[seen])
        grown = DecisionTreeRegressor(
            max_depth=self._plugin.depth,
            min_samples_leaf=self._plugin.leaf,
            max_features=self._plugin.columns,
            random_state=int(rng.integers(2**31)),
        ).fit(self._rows[seen], errors)
        leaves = grown.apply(self._rows[seen])
        values = np.zeros((grown.tree_.node_count, errors.shape[1]))
        for leaf in np.unique(leaves):
            values[leaf] = self._settings.learning_rate * self._link.step(errors[leaves == leaf])
        self.forest.set(number, grown.tree_, values)
        self._sums += self.forest.added(number, self._rows)
        self._held_sums += self.forest.added(number, self._held)

    def state(self) -> Mapping[str, Any]:
        """See ``Learner.state``: this itself, which tells and takes its state."""
        return {"booster": self}

    def get_state(self) -> Sequence[np.ndarray]:
        """See ``automl.training.Stateful``."""
        return self.forest.arrays()

    def set_state(self, state: Sequence[np.ndarray]) -> None:
        """See ``automl.training.Stateful``."""
        self.restore(state)

    def weights(self) -> Sequence[np.ndarray]:
        """See ``Learner.weights``."""
        return self.forest.arrays()

    def restore(self, weights: Sequence[np.ndarray]) -> None:
        """See ``Learner.restore``."""
        self.forest.put(weights)
        self._sum_up()
