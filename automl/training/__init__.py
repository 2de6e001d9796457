"""The supervised training loop that most plugins inherit."""

from automl.config.training import Supervised
from automl.training.keras_plugin import KerasPlugin
from automl.training.objectives import head

__all__ = ["KerasPlugin", "Supervised", "head"]
