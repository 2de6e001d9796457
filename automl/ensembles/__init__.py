"""Several trained models that answer as one: the bag of a trial's folds, the ensemble of a study's best."""

from automl.ensembles.ensemble import Ensemble, Member, member_folder, write_members
from automl.ensembles.opening import open_plugin, plugin_class

__all__ = ["Ensemble", "Member", "member_folder", "open_plugin", "plugin_class", "write_members"]
