"""Keras Tuner's oracles, as an engine drives them: from one thread, silent, and without files."""

from __future__ import annotations

import copy
import math
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from keras_tuner import Objective, oracles
from keras_tuner.engine.trial import Trial, TrialStatus
from keras_tuner.src.engine import oracle as locks
from scipy.linalg import solve_triangular
from sklearn.gaussian_process import GaussianProcessRegressor
from threadpoolctl import threadpool_limits

from automl.records import TrialState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from keras_tuner import HyperParameters

_OBJECTIVE = "objective"
_MOST_COLLISIONS = 1000
"""Samples in a row that were tried before, after which all were: with 20, theirs, a small space ends half searched."""

_MOVED = ("_brackets", "_current_bracket", "_current_iteration", "_seed_state")
"""What Hyperband changes as it is asked."""


class Driven:
    """What all oracles have in common here.

    Args:
        hyperparameters: The space.
        direction: ``"max"`` or ``"min"``.
        seed: Above 0, which Keras Tuner takes for none.
        settings: The oracle's own.
    """

    ended = "Every configuration of the search space was tried."
    """Why there is nothing more to propose."""

    create_trial: Callable[[str], Trial]
    trials: dict[str, Trial]
    hyperparameters: HyperParameters
    update_trial: Callable[..., Trial]
    end_trial: Callable[[Trial], None]
    _record_values: Callable[[Trial], None]

    def __init__(self, hyperparameters: HyperParameters, direction: str, seed: int, **settings: Any) -> None:
        super().__init__(
            objective=Objective(_OBJECTIVE, direction),
            hyperparameters=hyperparameters,
            allow_new_entries=False,
            tune_new_entries=False,
            seed=seed,
            max_consecutive_failed_trials=math.inf,
            **settings,
        )  # type: ignore[call-arg]
        self.verbose = 0
        self._max_collisions = _MOST_COLLISIONS

    def save(self) -> None:
        """Nothing: the study's journal makes an oracle what it was."""

    def _save_trial(self, trial: Trial) -> None:
        """Nothing."""

    def end(self, trial: Trial, state: TrialState, value: float | None) -> None:
        """End a trial.

        Args:
            trial: It runs.
            state: How it ended.
            value: The objective of a complete one; the last that a pruned one reported, if any.
        """
        del state
        self._finish(trial, value)

    def learn(self, values: dict[str, Any], state: TrialState, value: float | None) -> None:
        """Take a trial that somebody else proposed, as if it had run."""
        del state
        trial = Trial(self.hyperparameters.copy(), self.next_id())
        trial.hyperparameters.values = values
        trial.score, trial.status = value, TrialStatus.FAILED if value is None else TrialStatus.COMPLETED
        self.trials[trial.trial_id] = trial
        self._record_values(trial)

    def next_id(self) -> str:
        """The name of the next trial, as ``create_trial`` gives it where there is no ``max_trials``."""
        return f"{len(self.trials):04d}"

    def is_spent(self, trial: Trial) -> bool:
        """Whether a trial that was just created need not run: there is nothing to learn, or to go on from."""
        del trial
        return False

    def unlock(self) -> None:
        """Give back the lock, which an exception leaves held, and the place that Keras Tuner keeps for it."""
        locks.LOCKS.pop(self, None)
        locks.THREADS.pop(self, None)

    def _finish(self, trial: Trial, value: float | None) -> None:
        if value is not None:
            self.update_trial(trial.trial_id, {_OBJECTIVE: value})
        trial.status = TrialStatus.FAILED if value is None else TrialStatus.COMPLETED
        self.end_trial(trial)


class Random(Driven, oracles.RandomSearchOracle):  # type: ignore[misc]
    """Each trial at random, none twice."""


class QuickProcess(GaussianProcessRegressor):  # type: ignore[misc]
    """Predicts without checking its input, which takes longer than predicting where it is asked point by point."""

    def predict(self, X: np.ndarray, return_std: bool = False, return_cov: bool = False) -> Any:  # noqa: N803
        """Mean, and if wanted standard deviation, at points of shape ``(n, parameters)``, each of shape ``(n,)``."""
        if return_cov or not return_std or not hasattr(self, "X_train_"):
            return super().predict(X, return_std=return_std, return_cov=return_cov)
        across = self.kernel_(X, self.X_train_)
        known = solve_triangular(self.L_, across.T, lower=True, check_finite=False)
        variance = np.maximum(self.kernel_.diag(X) - np.einsum("ij,ij->j", known, known), 0.0)
        mean = across @ self.alpha_ * self._y_train_std + self._y_train_mean
        return mean, np.sqrt(variance) * self._y_train_std


class Bayesian(Driven, oracles.BayesianOptimizationOracle):  # type: ignore[misc]
    """A Gaussian process; what it proposes a second time is replaced by a configuration at random."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for a trial."""
        # On matrices this small a second thread waits more than it works, and keeps a core from the trials.
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore")  # scikit-learn's, of kernels that do not converge
            found: dict[str, Any] = super().populate_space(trial_id)
        if found["values"] is not None and self._duplicate(found["values"]):
            found = self._random_populate_space()
        return found

    def _make_gpr(self) -> QuickProcess:
        return QuickProcess(**super()._make_gpr().get_params(deep=False))

    def _get_hp_bounds(self) -> np.ndarray:
        """Less than 1 at the top, where logarithmic integers would exceed their range by one."""
        bounds: np.ndarray = super()._get_hp_bounds() * [1.0, 1.0 - 1e-9]
        return bounds


class Grid(Driven, oracles.GridSearchOracle):  # type: ignore[misc]
    """A grid of ten points for each range without steps; what others have tried of it is left out."""

    ended = "The whole grid was searched."

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._known: set[str] = set()

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for a trial: the next of the grid, whether or not the one before has ended.

        Keras Tuner waits for it, since a trial could bring parameters that were not known; here all are.
        """
        found: dict[str, Any] = super().populate_space(trial_id)
        if found["status"] == TrialStatus.RUNNING:
            self._populate_next.append(trial_id)
        return found

    def learn(self, values: dict[str, Any], state: TrialState, value: float | None) -> None:
        """Leave the configuration out."""
        super().learn(values, state, value)
        self._known.add(self._compute_values_hash(values))

    def is_spent(self, trial: Trial) -> bool:
        """Whether somebody else has tried it."""
        return self._compute_values_hash(trial.hyperparameters.values) in self._known


class Hyperband(Driven, oracles.HyperbandOracle):  # type: ignore[misc]
    """Rounds of successive halving, in which what is promoted goes on where it stopped.

    A bracket waits for all trials of a round; one that failed or was pruned is the last among them, and is never gone
    on with: where it is promoted all the same, for there is no better, its successor ends at once.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self._lost: set[str] = set()

    @property
    def ended(self) -> str:  # type: ignore[override]
        """Why there is nothing more to propose."""
        if (self._current_bracket, self._current_iteration + 1) == (0, self.hyperband_iterations):
            return "Hyperband has run all its iterations."
        return Driven.ended

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for a trial; asking in vain changes nothing, so that a study can be gone on with."""
        before = copy.deepcopy({name: getattr(self, name) for name in _MOVED})
        found: dict[str, Any] = super().populate_space(trial_id)
        while found["status"] == TrialStatus.STOPPED and self._fill_rounds():
            found = super().populate_space(trial_id)
        if found["status"] == TrialStatus.IDLE:
            for name, value in before.items():
                setattr(self, name, value)
        return found

    def end(self, trial: Trial, state: TrialState, value: float | None) -> None:
        """End a trial; a failed or a pruned one is worse than all that are complete."""
        if state is not TrialState.COMPLETE:
            self._lost.add(trial.trial_id)
            value = -math.inf if self.objective.direction == "max" else math.inf
        self._finish(trial, value)

    def is_spent(self, trial: Trial) -> bool:
        """Whether what it would go on from failed, or was pruned."""
        return trial.hyperparameters.values.get("tuner/trial_id") in self._lost

    def _fill_rounds(self) -> bool:
        """Count the last of each round, of which all have ended, as often as others are missing; whether any were."""
        filled = False
        for bracket in self._brackets:
            for number, entries in enumerate(bracket["rounds"][:-1]):
                missing = self._get_size(bracket["bracket_num"], number) - len(entries)
                if entries and missing > 0:
                    ranked = sorted(entries, key=self._score_of, reverse=self.objective.direction == "max")
                    entries.extend([{"past_id": None, "id": ranked[-1]["id"]}] * missing)
                    filled = True
        return filled

    def _score_of(self, entry: Mapping[str, str]) -> float:
        score: float = self.trials[entry["id"]].score
        return score
