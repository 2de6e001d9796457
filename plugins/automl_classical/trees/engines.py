"""What grows the trees, by its name."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from automl.errors import ConfigError
from automl_classical.trees.engine import Engine, Shape
from automl_classical.trees.hist import Hist

if TYPE_CHECKING:
    import numpy as np

    from automl_classical.boosting import Boosting
    from automl_classical.trees.bins import Bins


def make_engine(plugin: Boosting, bins: Bins, binned: np.ndarray, seed: int) -> Engine:
    """The engine that a plugin's fields ask for."""
    shape = Shape(
        plugin.max_leaf_nodes, plugin.max_depth, plugin.min_samples_leaf, plugin.l2_regularization, plugin.max_features
    )
    return _engine(plugin.engine)(shape, bins, binned, seed)


def _engine(name: str) -> type[Engine]:
    match name:
        case "lightgbm":
            from automl_classical.trees.lightgbm_engine import LightGBM

            return LightGBM
        case "catboost":
            from automl_classical.trees.catboost_engine import CatBoost

            return CatBoost
    return Hist


def check_engine(name: str) -> None:
    """Refuse an engine whose package is not installed.

    Raises:
        ConfigError: The message names the extra.
    """
    if name != "hist" and find_spec(name) is None:
        raise ConfigError(
            f"model.engine: '{name}' needs the package {name}. Install the extra: pip install 'automl[boosting]', or"
            " choose hist."
        )
