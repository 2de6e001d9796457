"""What trees minimize, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from automl.errors import ConfigError
from automl_classical.trees.class_losses import Classes, TwoClasses
from automl_classical.trees.value_losses import Huber, Quantile, Values

if TYPE_CHECKING:
    from automl.data import DataSpec
    from automl_classical.rounds import Rounds
    from automl_classical.trees.loss import Loss


def make_loss(spec: DataSpec, settings: Rounds) -> Loss:
    """The loss that the settings ask for.

    Raises:
        ConfigError: Trees do not minimize it.
    """
    name = settings.loss
    if spec.classes and name in ("auto", "cross_entropy"):
        return TwoClasses() if len(spec.classes) == 2 else Classes(len(spec.classes))
    match name:
        case "auto" | "mse" if not spec.classes:
            return Values(spec)
        case "mae" | "quantile" if not spec.classes:
            return Quantile(spec, 0.5 if name == "mae" else settings.quantile)
        case "huber" if not spec.classes:
            return Huber(spec)
    own = "auto, cross_entropy" if spec.classes else "auto, mse, mae, huber, quantile"
    raise ConfigError(f"training.loss: boosted trees minimize {own}. Received: '{name}'.")
