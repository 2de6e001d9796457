"""What the ``training`` section may hold, one dataclass a kind of training; imports no framework."""

from automl.settings.base import BatchSize, Epochs, LearningRate, Settings
from automl.settings.control import Control
from automl.settings.supervised import Supervised

__all__ = ["BatchSize", "Control", "Epochs", "LearningRate", "Settings", "Supervised"]
