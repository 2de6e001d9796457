"""What every study has, whatever is searched and with what: its name, its split and its budgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from automl.bounds import Between, Text

Seed = Annotated[int, Between(0, 4_294_967_295)]
"""What NumPy, Keras and the samplers all take: 32 bits."""


@dataclass(frozen=True)
class Top:
    """The keys beside the sections.

    Attributes:
        experiments: The experiments folder.
        seed: Fixes sampling, initial weights and shuffling, and the split unless ``data.seed`` does.
        name: Of the study; by default made of model, data and time.
        deterministic: ``True`` gives operations on several threads, or a GPU, results that repeat to the last digit;
            ``"auto"`` leaves them as they are, which do so on one thread.
    """

    experiments: Text
    seed: Seed
    name: Text | None = None
    deterministic: Literal["auto", True] = "auto"


@dataclass(frozen=True)
class Split:
    """The keys of the ``data`` section that are not the loader's own.

    Attributes:
        seed: Fixes which rows are in which part; by default the study's seed does.
    """

    seed: Seed | None = None


@dataclass(frozen=True)
class Search:
    """The keys of the ``search`` section that are every study's, whatever engine searches.

    Attributes:
        trials: How many at most.
        timeout: Wall-clock of the whole study in seconds, if limited.
        objective: The metric to optimize; by default the task's own.
        direction: Its direction; by default the metric's own.
    """

    trials: Annotated[int, Between(1, 1_000_000)] = 20
    timeout: Annotated[float, Between(1, 1_000_000_000)] | None = None
    objective: Text | None = None
    direction: Literal["maximize", "minimize"] | None = None
