"""The supervised training loop that most plugins inherit."""

from automl.config.training import Control, Supervised
from automl.training.best import Best
from automl.training.keras_model import KerasModel
from automl.training.keras_plugin import KerasPlugin
from automl.training.objectives import Objective, head
from automl.training.optimizers import Course
from automl.training.phases import Phase

__all__ = ["Best", "Control", "Course", "KerasModel", "KerasPlugin", "Objective", "Phase", "Supervised", "head"]
