"""How trees are boosted, so many rounds at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from automl.plugin import beat
from automl.tasks import SupervisedTask, load_task
from automl.training import Learner
from automl_classical.trees.bins import Bins, encoded
from automl_classical.trees.engines import make_engine
from automl_classical.trees.forest import Forest, Tree
from automl_classical.trees.losses import make_loss

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.data import Dataset
    from automl.plugin import Trial
    from automl_classical.boosting import Boosting
    from automl_classical.rounds import Rounds


class Booster(Learner):
    """Grows a forest; ``automl.training.fit`` reports, stops, keeps the best and writes checkpoints.

    Trees are only ever added, so that what is kept of the best epoch is how many there were.

    Args:
        plugin: Its fields shape the trees.
        data: Its train part is learned, its validation part scored.
        settings: The ``training`` section.
        trial: Its seed, with the number of a tree, fixes all that is drawn; its objectives are told.
    """

    def __init__(self, plugin: Boosting, data: Dataset, settings: Rounds, trial: Trial) -> None:
        self._data, self._settings, self._seed, self._share = data, settings, trial.seed, plugin.subsample
        self._wanted = [name.removeprefix("val_") for name in (trial.objective, *trial.further)]
        self.loss = make_loss(data.spec, settings)
        train = encoded(data.train)
        self.bins = Bins.of(train, data.spec)
        self._rows, self._held = self.bins(train), self.bins(encoded(data.validation))
        self._target = self.loss.target(data.train.target())
        self._held_target = self.loss.target(data.validation.target())
        self._weights = self._weighed()
        self._engine = make_engine(plugin, self.bins, self._rows, trial.seed)
        self.forest = Forest(self.loss.bias(self._target, self._weights))
        self._sum_up()

    def _weighed(self) -> np.ndarray:
        """The weight of each row."""
        task, stored = load_task(self._data.spec.task), self._data.train.target()
        by_class = None
        if self._settings.class_weight == "balanced" and isinstance(task, SupervisedTask):
            by_class = task.class_weights(self._data.train, self._data.spec)
        return np.ones(len(stored)) if by_class is None else by_class[stored].astype(np.float64)

    def _sum_up(self) -> None:
        self._sums, self._held_sums = self.forest.sums(self._rows), self.forest.sums(self._held)

    def epoch(self, number: int) -> dict[str, float]:
        """See ``Learner.epoch``."""
        for turn in range((number - 1) * self._settings.trees, number * self._settings.trees):
            self._boost(turn)
            beat()
        metrics = {
            "loss": self.loss.mean(self._target, self._sums, self._weights),
            "val_loss": self.loss.mean(self._held_target, self._held_sums, np.ones(len(self._held))),
        }
        return metrics | {f"val_{name}": value for name, value in self._scores().items()}

    def _scores(self) -> dict[str, float]:
        spec = self._data.spec
        task = load_task(spec.task)
        assert isinstance(task, SupervisedTask)
        names = dict.fromkeys([*task.every_epoch, *(name for name in self._wanted if name in task.info.metrics)])
        return task.scores(spec, self._data.validation.target(), self.loss.predictions(self._held_sums), names)

    def _boost(self, turn: int) -> None:
        """One round: a tree for each output, all on the gradients before it."""
        rows = self._drawn(turn)
        slope = self.loss.slope(self._target, self._sums) * self._weights[:, np.newaxis]
        curvature = self.loss.curvature(self._target, self._sums)
        if curvature is None and self._settings.class_weight == "balanced":
            curvature = np.ones_like(slope)
        for output in range(self.loss.outputs):
            bent = None if curvature is None else curvature[:, output] * self._weights
            tree = self._engine.grow(turn * self.loss.outputs + output, slope[:, output], bent, rows)
            self._take(self._shrunk(tree, output, rows), output)

    def _drawn(self, turn: int) -> np.ndarray | None:
        """The rows that the trees of a round are grown on (stochastic gradient boosting, Friedman 2002)."""
        count = max(1, round(self._share * len(self._rows)))
        if count == len(self._rows):
            return None
        drawn = np.random.default_rng([self._seed, turn]).choice(len(self._rows), count, replace=False)
        return np.sort(drawn)

    def _shrunk(self, tree: Tree, output: int, rows: np.ndarray | None) -> Tree:
        """The tree with the values that it adds."""
        values = tree.value.copy()
        if self.loss.fits_leaves:
            left = self._target[:, output] - self._sums[:, output]
            for leaf, here in tree.split(self._rows, rows):
                values[leaf] = self.loss.leaf(left[here])
        return replace(tree, value=self._settings.learning_rate * values)

    def _take(self, tree: Tree, output: int) -> None:
        self.forest.trees.append(tree)
        tree.add_to(self._sums[:, output], self._rows)
        tree.add_to(self._held_sums[:, output], self._held)

    def state(self) -> Mapping[str, Any]:
        """See ``Learner.state``: this itself, which tells and takes its state."""
        return {"booster": self}

    def get_state(self) -> Sequence[np.ndarray]:
        """See ``automl.training.Stateful``."""
        return self.forest.arrays()

    def set_state(self, state: Sequence[np.ndarray]) -> None:
        """See ``automl.training.Stateful``."""
        self.forest.put(state)
        self._sum_up()

    def weights(self) -> Sequence[np.ndarray]:
        """See ``Learner.weights``: how many trees there are."""
        return [np.array(len(self.forest.trees))]

    def restore(self, weights: Sequence[np.ndarray]) -> None:
        """See ``Learner.restore``."""
        del self.forest.trees[int(weights[0]) :]
