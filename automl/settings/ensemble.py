"""The settings of an ensemble."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from automl.bounds import Above, Between


@dataclass(frozen=True)
class Greedy:
    """Greedy selection among the models that a study kept (Caruana et al. 2004).

    Attributes:
        max_models: How many different ones the ensemble has at most.
        max_latency_ms: Milliseconds that one prediction of all of them together may take, if limited.
    """

    max_models: Annotated[int, Between(1, 100)] = 5
    max_latency_ms: Annotated[float, Above(0)] | None = None
