"""What a policy lives through in environments side by side, and how much better than expected it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from automl_rl.actor_critic import Actor
    from automl_rl.environments import Environments
    from automl_rl.heads import Head


@dataclass
class Rollout:
    """So many steps in every environment; arrays are (steps, environments, ...).

    Attributes:
        observations: What was seen, and in one row more what was seen last.
        actions: As the policy knows them.
        rewards: As the environments gave them.
        terminal: Where a state without a value followed.
        ended: Where the episode was over, be it cut off.
        final: What was seen last in the episodes that were cut off, in the order of ``cut``.
    """

    observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    terminal: np.ndarray
    ended: np.ndarray
    final: list[np.ndarray]

    @property
    def cut(self) -> np.ndarray:
        """Where an episode was cut off in a state that has a value."""
        cut: np.ndarray = self.ended & ~self.terminal
        return cut

    def next_values(self, judge: Callable[[np.ndarray], np.ndarray], values: np.ndarray) -> np.ndarray:
        """Values of the states that followed; those of a terminal state are for ``advantages`` to leave out.

        Args:
            judge: From observations (n, ...) to values (n,).
            values: Of ``observations``.
        """
        found = values[1:].copy()
        if self.final:
            found[self.cut] = judge(np.stack(self.final))
        return found


class Play:
    """Plays environments side by side, and goes on where it stopped.

    Args:
        environments: What is played.
        head: What the policy's parameters stand for.
        random: Where drawn actions come from.

    Attributes:
        returns: Of the episodes that have ended since somebody cleared it.
    """

    def __init__(self, environments: Environments, head: Head, random: np.random.Generator) -> None:
        self._environments = environments
        self._head = head
        self._random = random
        self._sums = np.zeros(len(environments.seen))
        self.returns: list[float] = []

    def __call__(self, actor: Actor, steps: int) -> Rollout:
        """Take so many steps in every environment."""
        seen, final = [self._environments.seen], []
        rows: list[tuple[np.ndarray, ...]] = []
        for _ in range(steps):
            actions = self._head.draw(actor(self._environments.seen), self._random)
            last, rewards, terminal, ended = self._environments.step(self._head.played(actions))
            final += list(last[ended & ~terminal])
            self._count(rewards, ended)
            seen.append(self._environments.seen)
            rows.append((actions, rewards, terminal, ended))
        actions, rewards, terminal, ended = (np.stack(column) for column in zip(*rows, strict=True))
        return Rollout(np.stack(seen), actions, rewards, terminal, ended, final)

    def close(self) -> None:
        """Close the environments."""
        self._environments.close()

    def get_state(self) -> dict[str, Any]:
        """The environments, and what their episodes have returned so far."""
        return {"environments": self._environments.get_state(), "sums": self._sums}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Be as ``get_state`` told."""
        self._environments.set_state(state["environments"])
        self._sums = state["sums"]

    def _count(self, rewards: np.ndarray, ended: np.ndarray) -> None:
        self._sums += rewards
        if ended.any():
            self.returns += self._sums[ended].tolist()
            self._sums[ended] = 0.0


def advantages(
    rollout: Rollout, rewards: np.ndarray, values: np.ndarray, next_values: np.ndarray, gamma: float, trace: float
) -> np.ndarray:
    """Generalised advantages (Schulman et al. 2016, equation 16), (steps, environments).

    An episode that was cut off, as one that the rollout leaves unfinished, goes on with the value of the state that
    followed; a terminal state has none.

    Args:
        rollout: What was lived through.
        rewards: Its rewards, scaled or not.
        values: Of the states, (steps, environments).
        next_values: Of the states that followed.
        gamma: Discount of a step.
        trace: How much later steps count, called lambda.
    """
    errors = rewards + gamma * np.where(rollout.terminal, 0.0, next_values) - values
    kept = gamma * trace * ~rollout.ended
    found: np.ndarray = np.empty_like(errors)
    later = np.zeros(errors.shape[1:])
    for step in reversed(range(len(errors))):
        found[step] = later = errors[step] + kept[step] * later
    return found
