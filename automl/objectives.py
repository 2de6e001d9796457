"""What trials are compared by and held to: objectives, and constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

MEASURED: Mapping[str, str] = {
    "parameters": "weights of the model, those that do not learn included",
    "latency_ms": "milliseconds of a prediction for one sample, the median of many",
    "train_seconds": "seconds of all epochs together",
    "model_mb": "megabytes (10^6 bytes) of the saved model",
}
"""Metrics that a worker takes once, at the end of a trial, where they are asked for; less of each is better."""


@dataclass(frozen=True)
class Objective:
    """A metric that is optimized.

    Attributes:
        metric: Its name, such as ``val_accuracy``.
        direction: Whether more or less of it is better.
    """

    metric: str
    direction: Literal["maximize", "minimize"]

    def loss(self, value: float) -> float:
        """The value, signed so that less is better."""
        return -value if self.direction == "maximize" else value


@dataclass(frozen=True)
class Constraint:
    """What a metric has to keep to.

    Attributes:
        metric: Its name, such as ``parameters``.
        low: The least that is allowed, if any.
        high: The most that is allowed, if any.
    """

    metric: str
    low: float | None = None
    high: float | None = None

    def violation(self, value: float) -> float:
        """How far the value lies beyond a bound, as a share of that bound; 0 where it keeps to both."""
        if self.high is not None and not value <= self.high:
            return _share(value - self.high, self.high)
        if self.low is not None and not value >= self.low:
            return _share(self.low - value, self.low)
        return 0.0

    def told(self, value: float) -> str:
        """In words, which bound the value breaks; empty where it keeps to both.

        Example:
            >>> Constraint("parameters", high=50_000).told(93_322)
            'parameters 93,322 is more than search.constraints.parameters.max=50000'
        """
        if not self.violation(value):
            return ""
        beyond = self.high is not None and not value <= self.high
        end, bound = ("max", self.high) if beyond else ("min", self.low)
        how = "more" if beyond else "less"
        assert bound is not None
        return f"{self.metric} {_number(value)} is {how} than search.constraints.{self.metric}.{end}={bound:.10g}"


def constraints_of(config: Mapping[str, Any]) -> tuple[Constraint, ...]:
    """The constraints of a configuration that was checked."""
    asked: Mapping[str, Mapping[str, float]] = (config.get("search") or {}).get("constraints") or {}
    return tuple(Constraint(metric, ends.get("min"), ends.get("max")) for metric, ends in asked.items())


def ensemble_limits(config: Mapping[str, Any]) -> dict[str, float]:
    """What the models of an ensemble may take together, by what is measured of each; nothing where none is asked for.

    Whatever a single model has to keep to, such as its size, the ensemble has to keep to as well.
    """
    ensemble: Mapping[str, Any] = config.get("ensemble") or {}
    if ensemble.get("name", "none") == "none":
        return {}
    limits = {one.metric: one.high for one in constraints_of(config) if one.metric in MEASURED and one.high is not None}
    latency = ensemble.get("max_latency_ms")
    return limits if latency is None else {**limits, "latency_ms": min(latency, limits.get("latency_ms", latency))}


def _share(excess: float, bound: float) -> float:
    """What is not a number is beyond all bounds."""
    return excess / (abs(bound) or 1.0) if excess == excess else float("inf")  # noqa: PLR0124 - not-a-number alone


def _number(value: float) -> str:
    whole = float(value).is_integer()
    return f"{value:,.0f}" if whole else f"{value:,.6g}"
