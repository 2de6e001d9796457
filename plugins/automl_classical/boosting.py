"""Gradient-boosted trees for tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import keras

from automl.data.encoding import make_encoder
from automl.plugin import Above, AtMost, Between, Count, NonNegative, override
from automl.tasks import SupervisedTask, load_task
from automl.training import KerasModel, fit
from automl.training.keras_model import make_inputs
from automl_classical.rounds import Rounds
from automl_classical.trees.booster import Booster
from automl_classical.trees.engines import check_engine
from automl_classical.trees.layer import trees_layer
from automl_classical.trees.losses import make_loss

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.data import Dataset, DataSpec
    from automl.plugin import Result, Trial

Part = Annotated[float, Above(0), AtMost(1)]


@dataclass
class Boosting(KerasModel):
    """Gradient-boosted trees (Friedman 2001) over binned columns (Ke et al. 2017).

    Trees are kept as arrays of a Keras layer behind the encoder of the table; so the model is saved and served like a
    network, and no library that grew it is needed to predict.

    Attributes:
        engine: What grows the trees: ``hist`` (scikit-learn's HistGradientBoosting); with the extra ``boosting`` also
            ``lightgbm`` (Ke et al. 2017) and ``catboost`` (Prokhorenkova et al. 2018), whose trees are symmetric and
            know no ``min_samples_leaf``.
        max_leaf_nodes: Leaves of a tree; trees grow best leaf first.
        max_depth: Splits from its root to a leaf.
        min_samples_leaf: Rows that a leaf has at least.
        l2_regularization: What is added to the curvature of each leaf.
        max_features: Share of the columns that a split is chosen among.
        subsample: Share of the rows that each round is grown on (Friedman 2002).
    """

    engine: Literal["hist", "lightgbm", "catboost"] = "hist"
    max_leaf_nodes: Annotated[int, Between(2, 4096)] = 31
    max_depth: Annotated[int, Between(1, 32)] = 12
    min_samples_leaf: Count = 20
    l2_regularization: NonNegative = 1.0
    max_features: Part = 0.5
    subsample: Part = 1.0

    @override
    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        settings = Rounds.of(training)
        check_engine(self.engine)
        return self._room(spec, settings)

    @override
    def fit(self, data: Dataset, trial: Trial) -> Result:
        settings = Rounds.of(trial.training)
        check_engine(self.engine)  # a space may hold one that pre-flight did not meet
        booster = Booster(self, data, settings, trial)
        result = fit(booster, trial, settings.epochs, settings.patience)
        self._keep(_whole(booster, data.spec), data.spec)
        return replace(result, parameters=self._room(data.spec, settings))

    def _room(self, spec: DataSpec, settings: Rounds) -> int:
        """The thresholds of splits and values of leaves that there may be: how many come of it is known afterwards."""
        outputs: int = make_loss(spec, settings).outputs
        leaves: int = min(self.max_leaf_nodes, 2**self.max_depth)
        return outputs + settings.epochs * settings.trees * outputs * (2 * leaves - 1)


def _whole(booster: Booster, spec: DataSpec) -> keras.Model:
    """From raw columns to predictions."""
    inputs, encoder, task = make_inputs(spec), make_encoder(spec), load_task(spec.task)
    assert encoder is not None
    assert isinstance(task, SupervisedTask)
    sums = trees_layer(booster.forest, booster.bins)(encoder(inputs))
    if len(spec.classes) == 2:
        halves = [keras.layers.Rescaling(half)(sums) for half in (-0.5, 0.5)]
        sums = keras.layers.Concatenate()(halves)
    decode = task.decode(spec)
    return keras.Model(inputs, sums if decode is None else decode(sums))
