"""What an agent has lived through: transitions over n steps, and the memory that they are drawn from."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_EPSILON = 1e-6


class Transition(NamedTuple):
    """One transition.

    Attributes:
        observation: What was seen.
        action: What was chosen.
        reward: Discounted sum of the rewards of the steps that followed.
        discount: What the value of ``next_observation`` counts: the discount of so many steps, or 0 after a terminal
            state.
        next_observation: What was seen then.
    """

    observation: Any
    action: Any
    reward: Any
    discount: Any
    next_observation: Any


class Steps:
    """Turns single steps of one environment into transitions over up to n steps (Sutton 1988)."""

    def __init__(self, count: int, gamma: float) -> None:
        self._count = count
        self._gamma = gamma
        self._waiting: deque[tuple[Any, Any, float]] = deque()

    def add(
        self, observation: Any, action: Any, reward: float, next_observation: Any, *, terminal: bool, ended: bool
    ) -> Iterator[Transition]:
        """Take a step; yields the transitions that it completes, at the end of an episode the shorter ones too.

        Args:
            observation: What was seen.
            action: What was chosen.
            reward: What it gave.
            next_observation: What was seen then.
            terminal: Whether the state that followed has no value.
            ended: Whether the episode is over, be it cut off.
        """
        self._waiting.append((observation, action, reward))
        while self._waiting and (ended or len(self._waiting) == self._count):
            total = sum(self._gamma**power * step[2] for power, step in enumerate(self._waiting))
            discount = 0.0 if terminal else self._gamma ** len(self._waiting)
            first = self._waiting.popleft()
            yield Transition(first[0], first[1], total, discount, next_observation)

    def get_state(self) -> list[np.ndarray]:
        """The steps whose transition is not complete yet, in columns."""
        return [np.asarray(column) for column in zip(*self._waiting, strict=True)]

    def set_state(self, state: list[np.ndarray]) -> None:
        """Wait as ``get_state`` told."""
        self._waiting = deque(zip(*state, strict=True))


class Replay:
    """A ring of transitions in the graph, drawn evenly, or by priority (Schaul et al. 2016).

    Args:
        capacity: How many are kept.
        shape: Of an observation.
        dtype: Of an observation.
        alpha: How much priorities count; 0 draws evenly.
        seed: Fixes the draws.
    """

    def __init__(self, capacity: int, shape: tuple[int, ...], dtype: str, alpha: float, seed: int) -> None:
        def ring(inner: tuple[int, ...], kind: str) -> tf.Variable:
            return tf.Variable(tf.zeros((capacity, *inner), kind), trainable=False)

        self._capacity = capacity
        self._alpha = alpha
        self._columns = Transition(
            ring(shape, dtype), ring((), "int32"), ring((), "float32"), ring((), "float32"), ring(shape, dtype)
        )
        self._priorities = ring((), "float32")
        self._highest = tf.Variable(1.0, trainable=False)
        self._size = tf.Variable(0, trainable=False)
        self._next = 0
        self._generator = tf.random.Generator.from_seed(seed)

    def __len__(self) -> int:
        return int(self._size.numpy())

    def add(self, transitions: list[Transition]) -> None:
        """Keep transitions, the oldest give way; new ones have the highest priority so far."""
        rows = (self._next + np.arange(len(transitions))) % self._capacity
        columns = Transition(*(np.asarray(column) for column in zip(*transitions, strict=True)))
        for variable, values in zip(self._columns, columns, strict=True):
            variable.scatter_update(tf.IndexedSlices(tf.cast(values, variable.dtype), rows))
        self._priorities.scatter_update(tf.IndexedSlices(tf.fill([len(rows)], self._highest), rows))
        self._next = int((self._next + len(rows)) % self._capacity)
        self._size.assign(min(self._capacity, len(self) + len(rows)))

    def get_state(self) -> dict[str, Any]:
        """What is kept, and where the next draw and the next transition go."""
        size = len(self)
        return {
            "columns": [np.asarray(column[:size]) for column in self._columns],
            "priorities": np.asarray(self._priorities[:size]),
            "highest": float(self._highest),
            "next": self._next,
            "generator": np.asarray(self._generator.state),
        }

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Be as ``get_state`` told."""
        size = len(state["priorities"])
        for variable, values in zip(self._columns, state["columns"], strict=True):
            variable[:size].assign(values)
        self._priorities[:size].assign(state["priorities"])
        self._highest.assign(state["highest"])
        self._size.assign(size)
        self._next = state["next"]
        self._generator.state.assign(state["generator"])

    def draw(self, count: int, beta: Any) -> tuple[tf.Tensor, Transition, tf.Tensor]:
        """Row numbers, transitions, and weights that make up for uneven draws, the largest of them 1; in the graph.

        Args:
            count: How many.
            beta: How fully the weights make up; 1 for wholly.
        """
        if self._alpha == 0.0:
            rows = self._generator.uniform((count,), maxval=self._size, dtype=tf.int32)
            return rows, self._at(rows), tf.ones((count,))
        scaled = tf.pow(self._priorities[: self._size], self._alpha)
        sums = tf.cumsum(tf.cast(scaled, tf.float64))
        # One draw out of each of as many equal stretches of the sum, as the paper's implementation does.
        places = (tf.range(count, dtype=tf.float64) + self._generator.uniform((count,), dtype=tf.float64)) / count
        rows = tf.minimum(tf.searchsorted(sums, places * sums[-1], side="right", out_type=tf.int32), self._size - 1)
        chance = tf.gather(scaled, rows) / tf.cast(sums[-1], tf.float32)
        weights = tf.pow(chance * tf.cast(self._size, tf.float32), -beta)
        return rows, self._at(rows), weights / tf.reduce_max(weights)

    def revalue(self, rows: tf.Tensor, errors: tf.Tensor) -> None:
        """Give transitions the priorities of their errors; in the graph."""
        if self._alpha:
            priorities = tf.abs(errors) + _EPSILON
            self._priorities.scatter_update(tf.IndexedSlices(priorities, rows))
            self._highest.assign(tf.maximum(self._highest, tf.reduce_max(priorities)))

    def _at(self, rows: tf.Tensor) -> Transition:
        return Transition(*(tf.gather(column, rows) for column in self._columns))
