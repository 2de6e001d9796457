"""What is asked to be predicted: probabilities that are calibrated, quantiles of values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.errors import ConfigError, SpaceError, shown
from automl.space import is_space

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from automl.tasks import TaskInfo

_LOSSES = ("auto", "quantile")


def check_predicted(config: Mapping[str, Any], tasks: Sequence[TaskInfo]) -> None:
    """Refuse to calibrate what has no classes, and quantiles of what is no value, or beside another loss.

    Args:
        config: The whole configuration.
        tasks: The one that the data name, or else all that the model takes.

    Raises:
        AutomlError: The message names the key.
    """
    training = config.get("training") or {}
    named = " or ".join(task.name for task in tasks)
    if config.get("calibrate") and tasks and not any(task.classes for task in tasks):
        raise ConfigError(f"calibrate: {named} predicts no class probabilities; expected false. Received: true.")
    if training.get("quantiles") is None:
        return
    received = shown(training["quantiles"])
    if is_space(training["quantiles"]):
        raise SpaceError(
            "training.quantiles: trials are compared on the same predictions, so that this cannot be searched. Give one"
            f" list. Received: {received}."
        )
    if tasks and not any(task.target == "value" for task in tasks):
        raise ConfigError(f"training.quantiles: {named} predicts no values; expected null. Received: {received}.")
    if other := [one for one in _losses(training) if one not in _LOSSES]:
        raise ConfigError(
            "training.quantiles: they are learned by a loss of their own; expected training.loss=auto."
            f" Received: {other[0]}."
        )


def _losses(training: Mapping[str, Any]) -> Sequence[Any]:
    loss: Any = training.get("loss", "auto")
    return loss.get("choices", ()) if is_space(loss) else (loss,)
