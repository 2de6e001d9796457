"""Models made of trained ones: the bag of a trial's folds, the ensemble of a study's best, one that is calibrated."""

from automl.ensembles.ensemble import Ensemble, Member, member_folder, write_members
from automl.ensembles.opening import open_plugin, plugin_class
from automl.ensembles.settled import Answers, Settled, settle, settle_folder, with_details

__all__ = [
    "Answers",
    "Ensemble",
    "Member",
    "Settled",
    "member_folder",
    "open_plugin",
    "plugin_class",
    "settle",
    "settle_folder",
    "with_details",
    "write_members",
]
