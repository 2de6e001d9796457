"""Linear models of columns, sequences, texts and series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import keras

from automl.errors import ConfigError
from automl.plugin import Between, override
from automl.training import KerasModel, fit
from automl_classical.linear.features import Dense, Texts
from automl_classical.linear.path import PathLearner
from automl_classical.linear.samples import Samples
from automl_classical.linear.settings import Path
from automl_classical.linear.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from automl.data import Dataset, DataSpec
    from automl.plugin import Result, Trial
    from automl_classical.linear.problem import Problem


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
        level: Of a window of a series, taken out of it and added to its forecast: its ``last`` value or its ``mean``.
        individual: Whether each channel of a series has weights of its own.
    """

    penalty: Literal["l2", "elasticnet"] = "l2"
    absolute: Annotated[float, Between(0.01, 1)] = 0.5
    expansion: Literal["none", "splines"] = "none"
    knots: Annotated[int, Between(1, 64)] = 8
    words: Annotated[int, Between(0, 5)] = 2
    characters: Annotated[int, Between(0, 8)] = 5
    weighting: Literal["tfidf", "naive_bayes"] = "tfidf"
    buckets: Annotated[int, Between(1024, 16_777_216)] = 262_144
    level: Literal["last", "mean"] = "last"
    individual: bool = False

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
        parameters = self._problem(spec).size
        keras.backend.clear_session()
        return parameters

    @override
    def fit(self, data: Dataset, trial: Trial) -> Result:
        settings, problem = Path.of(trial.training), self._problem(data.spec)
        learner = PathLearner(problem, data, settings, trial)
        result = fit(learner, trial, settings.epochs, None)
        self._keep(problem.model(*learner.weights()), data.spec)
        return result

    def _problem(self, spec: DataSpec) -> Problem:
        share = self.absolute if self.penalty == "elasticnet" else 0.0
        if "horizon" in spec.details:
            if share:
                raise ConfigError("model.penalty: expected l2 for a series. Received: elasticnet.")
            return Windows(spec, self.level, individual=self.individual)
        if spec.details.get("encoding") == "text":
            texts = Texts(spec, self.words, self.characters, self.buckets)
            return Samples(texts, spec, share, ratios=self.weighting == "naive_bayes")
        return Samples(Dense(spec, self.knots if self.expansion == "splines" else 0), spec, share, ratios=False)
