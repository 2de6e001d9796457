"""The one driver of epochs: it reports, keeps the best, watches patience and stop, and goes on where it was."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from automl.checkpoint import CheckpointError
from automl.plugin import Result, TrialFailed
from automl.training import state
from automl.training.best import Best
from automl.training.phases import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

    from automl.plugin import Trial

_LOSSES = {"loss": "training loss", "val_loss": "validation loss"}


class Learner(ABC):
    """Whatever learns by epochs: one network and a loss, two that compete, an agent.

    Example:
        A generative adversarial network, of two networks and two optimizers:

        >>> class Adversaries(Learner):
        ...     def epoch(self, number):
        ...         return {"generator_loss": ..., "critic_loss": ..., "val_distance": ...}
        ...
        ...     def state(self):
        ...         return {"networks": [self.generator, self.critic], "optimizers": self.optimizers}
        ...
        ...     def weights(self):
        ...         return self.generator.get_weights()
        ...
        ...     def restore(self, weights):
        ...         self.generator.set_weights(weights)
        >>> result = fit(Adversaries(...), trial, settings.epochs, settings.patience)
    """

    @abstractmethod
    def epoch(self, number: int) -> dict[str, float]:
        """Train once over the data, or so many steps, evaluate, and tell the metrics.

        Args:
            number: Of the epoch, counted from 1; after ``state`` was put back it goes on where it was, so that what
                depends on the epoch, such as the order of samples, is best a function of (seed, number).
        """

    @abstractmethod
    def state(self) -> Mapping[str, Any]:
        """Everything that epochs change, by name, as ``automl.training.state.read`` takes it.

        Put back into a learner that was made in the same way, it makes epochs go on as if never stopped.
        """

    @abstractmethod
    def weights(self) -> Sequence[np.ndarray]:
        """What is kept of the best epoch."""

    @abstractmethod
    def restore(self, weights: Sequence[np.ndarray]) -> None:
        """Put ``weights`` back."""

    def begin(self, phase: Phase) -> None:  # noqa: B027 - most learners know one phase
        """Called before the first epoch of each phase; nothing by default."""


def fit(learner: Learner, trial: Trial, phases: int | Sequence[Phase], patience: int | None) -> Result:
    """Train epoch by epoch and leave the learner with the weights of its best.

    Args:
        learner: What learns; made anew from ``trial.seed``.
        trial: Where it reports; it says whether to go on from a checkpoint.
        phases: What training is made of; a number of epochs for one phase.
        patience: Epochs of a phase without a better objective after which it ends, or None.

    Raises:
        CheckpointError: The checkpoint was made by other code.
        NotImplementedError: The last step is to be kept, of training in several phases, each of which ends as the
            validation part has it.
        Pruned: The driver gave the trial up.
        TypeError: The learner's state is not one.
        TrialFailed: A loss is not finite, or a trial that was to end with its checkpoint has none.
    """
    return _Fit(learner, trial, [Phase(phases)] if isinstance(phases, int) else phases, patience).run()


class _Fit:
    """One trial's epochs, and where it stands among them."""

    def __init__(self, learner: Learner, trial: Trial, phases: Sequence[Phase], patience: int | None) -> None:
        self._learner = learner
        self._trial = trial
        self._phases = phases
        if trial.keep_last and len(phases) > 1:
            raise NotImplementedError("It is trained in phases, whose ends the validation part decides.")
        self._best = Best(trial.objective, trial.direction, patience, keep_last=trial.keep_last)
        self._random = state.GlobalRandom()
        self._phase = self._done = self._epoch = 0

    def run(self) -> Result:
        """Train to the end, or until stopped."""
        if not self._gone_on():
            self._begin(0)
        state.check(self._learner.state())
        self._trial.mark("fit")
        while not self._trial.should_stop and self._has_next():
            self._train()
        if not self._trial.should_stop:
            self._trial.checkpoint(self._state, last=True)
        self._learner.restore(self._best.weights)
        size = sum(weights.size for weights in self._best.weights)
        return Result(self._best.metrics, self._best.step, self._epoch, size)

    def _has_next(self) -> bool:
        """Whether there is one more epoch; where a phase is over the next one begins."""
        while self._done >= self._phases[self._phase].epochs or (self._done and self._best.exhausted(self._epoch)):
            if self._phase + 1 == len(self._phases):
                return False
            self._begin(self._phase + 1)
        return True

    def _begin(self, number: int) -> None:
        """Enter a phase, with the best weights so far."""
        if self._phases[number].begin is not None and self._epoch:
            self._learner.restore(self._best.weights)
        self._enter(number)
        self._phase, self._done = number, 0
        self._best.wait(self._epoch)

    def _enter(self, number: int) -> None:
        phase = self._phases[number]
        if phase.begin is not None:
            phase.begin()
        self._learner.begin(phase)

    def _train(self) -> None:
        """One epoch, from training to the checkpoint."""
        self._epoch, self._done = self._epoch + 1, self._done + 1
        began = time.perf_counter()
        metrics = {name: float(value) for name, value in self._learner.epoch(self._epoch).items()}
        _check_finite(metrics, self._epoch)
        metrics["seconds"] = time.perf_counter() - began
        self._best.update(self._epoch, metrics, self._learner.weights)
        self._trial.report(self._epoch, **metrics)
        self._trial.checkpoint(self._state)

    def _state(self) -> dict[str, Any]:
        return {
            "position": [self._phase, self._done, self._epoch],
            "best": self._best.get_state(),
            "random": self._random.get_state(),
            "learner": state.read(self._learner.state()),
        }

    def _gone_on(self) -> bool:
        """Whether there was a checkpoint; the learner then is as it was.

        Raises:
            CheckpointError: It does not fit the learner.
        """
        found = self._trial.restore()
        if found is None:
            return False
        try:
            self._phase, self._done, self._epoch = found["position"]
            for number in range(self._phase + 1):
                self._enter(number)
            self._best.set_state(found["best"])
            state.write(self._learner.state(), found["learner"])
            self._random.set_state(found["random"])
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise CheckpointError(f"The checkpoint in {self._trial.dir} does not fit the model: {error}") from error
        return True


def _check_finite(metrics: Mapping[str, float], epoch: int) -> None:
    """Refuse a loss, of whatever name, that is not a number or without bounds."""
    for name, value in metrics.items():
        if name.endswith("loss") and not math.isfinite(value):
            raise TrialFailed("nan", f"The {_LOSSES.get(name, name)} became {value} in epoch {epoch}.")
