"""How models learn: the epoch driver, and the supervised training that most plugins inherit."""

from automl.settings import Control, Supervised
from automl.training.calls import Calls
from automl.training.fit import Learner, fit
from automl.training.keras_model import KerasModel
from automl.training.keras_plugin import KerasPlugin
from automl.training.objectives import Objective, head
from automl.training.optimizers import Schedule
from automl.training.phases import Phase
from automl.training.size import check_size
from automl.training.state import Stateful

__all__ = [
    "Calls",
    "Control",
    "KerasModel",
    "KerasPlugin",
    "Learner",
    "Objective",
    "Phase",
    "Schedule",
    "Stateful",
    "Supervised",
    "check_size",
    "fit",
    "head",
]
