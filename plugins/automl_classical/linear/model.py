"""Linear models of columns, sequences and texts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import keras

from automl.errors import ConfigError
from automl.plugin import Between, override
from automl.training import KerasModel, fit
from automl_classical.linear.features import Dense, Features, Texts
from automl_classical.linear.path import PathLearner
from automl_classical.linear.settings import Path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.data import Dataset, DataSpec
    from automl.plugin import Result, Trial


@dataclass
class Linear(KerasModel):
    """Linear regression of values, logistic regression of classes, with a penalty of which a trial tries all strengths.

    Attributes:
        penalty: Of the weights: ``l2``, their squares (Hoerl and Kennard 1970), or ``elasticnet``, absolute values with
            them, which leaves features out (Zou and Hastie 2005).
        absolute: Share of the absolute values in ``elasticnet``.
        expansion: How numbers of a table enter: as they are (``none``), or with linear ``splines`` beside them.
        knots: Of each spline, at quantiles of the train part.
        words: Words of the longest n-gram of words that a text is read by; 0 for none.
        characters: Characters of the longest n-gram of characters within words; 0 for none.
        weighting: What n-grams count by besides their frequency and rarity: nothing (``tfidf``), or how much likelier
            they are in a class (``naive_bayes``, Wang and Manning 2012).
        buckets: That n-grams of either kind are hashed into.
    """

    penalty: Literal["l2", "elasticnet"] = "l2"
    absolute: Annotated[float, Between(0.01, 1)] = 0.5
    expansion: Literal["none", "splines"] = "none"
    knots: Annotated[int, Between(1, 64)] = 8
    words: Annotated[int, Between(0, 5)] = 2
    characters: Annotated[int, Between(0, 8)] = 5
    weighting: Literal["tfidf", "naive_bayes"] = "tfidf"
    buckets: Annotated[int, Between(1024, 16_777_216)] = 262_144

    def __post_init__(self) -> None:
        if self.characters == 1 or not self.words + self.characters:
            raise ConfigError(
                "model.characters: expected at least 2, or 0 for none where model.words is not 0."
                f" Received: {self.characters} with model.words={self.words}."
            )

    @override
    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        settings = Path.of(training)
        if settings.weakest > settings.strongest:
            raise ConfigError(
                f"training.weakest: expected at most training.strongest={settings.strongest:g}."
                f" Received: {settings.weakest:g}."
            )
        parameters = self._features(spec).weights
        keras.backend.clear_session()
        return parameters

    @override
    def fit(self, data: Dataset, trial: Trial) -> Result:
        settings, features = Path.of(trial.training), self._features(data.spec)
        share = self.absolute if self.penalty == "elasticnet" else 0.0
        ratios = isinstance(features, Texts) and self.weighting == "naive_bayes"
        learner = PathLearner(features, data, settings, share, ratios=ratios, trial=trial)
        result = fit(learner, trial, settings.epochs, None)
        self._keep(features.model(*learner.weights()), data.spec)
        return result

    def _features(self, spec: DataSpec) -> Features:
        if spec.details.get("encoding") == "text":
            return Texts(spec, self.words, self.characters, self.buckets)
        return Dense(spec, self.knots if self.expansion == "splines" else 0)
