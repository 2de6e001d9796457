"""Deep convolutional generative adversarial networks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import keras
import numpy as np

from automl.plugin import Between, NonNegative, Units, override
from automl.training import KerasModel, check_size, fit
from automl_generative.adversarial_learner import AdversarialLearner
from automl_generative.adversaries import Normalisation, discriminator, generator
from automl_generative.contests import CONTESTS, Kind
from automl_generative.drawing import Drawing, drawing_model
from automl_generative.latent import Latents
from automl_generative.settings import Adversarial
from automl_generative.walks import draw_walks

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from automl.data import Dataset, DataSpec
    from automl.plugin import Result, Trial

_SHARES = "class_shares"


@dataclass
class DCGAN(KerasModel):
    """A deep convolutional generative adversarial network (Radford et al. 2016) of images of any size.

    Samples are drawn by a running average of the generator. A prediction is a sample: the model takes ``seed`` and,
    where it is conditioned on labels, ``label``, and returns raw images.

    Attributes:
        latent: Length of the noise that a sample is made of.
        width: Filters at full resolution; twice as many at half of it, and so on.
        loss: ``non_saturating`` (Goodfellow et al. 2014), ``hinge`` (Lim and Ye 2017) or ``wasserstein`` with a
            penalty of the gradient (Gulrajani et al. 2017), which wants several ``training.discriminator_steps``.
        penalty: Weight of that penalty.
        spectral: Whether the discriminator's weights are divided by their spectral norm (Miyato et al. 2018); else its
            features are normalised over the batch or, for ``wasserstein``, over the layer.
        conditional: Whether the labels that the data may have condition both networks (Mirza and Osindero 2014).
        codes: Continuous codes that the discriminator has to tell (InfoGAN, Chen et al. 2016).
        categories: Values of such a categorical code; 0 for none.
        information: Weight of what it tells.
    """

    captions: ClassVar[dict[str, str]] = {
        "interpolation": "Ways between pairs of latent vectors.",
        "classes": "Each class by the label that was asked for; one latent vector a column.",
        "codes": "What each code changes, one a row.",
    }

    latent: Units = 64
    width: Units = 32
    loss: Kind = "non_saturating"
    penalty: NonNegative = 10.0
    spectral: bool = False
    conditional: bool = True
    codes: Annotated[int, Between(0, 1024)] = 0
    categories: Annotated[int, Between(0, 1024)] = 0
    information: NonNegative = 1.0

    @property
    def latents(self) -> Latents:
        """What latent vectors are made of."""
        return Latents(self.latent, self.codes, self.categories)

    def prepare(self, spec: DataSpec, training: Mapping[str, Any]) -> int:
        """See ``ModelPlugin.prepare``; memory has to hold the discriminator, too, which the model is without."""
        settings = Adversarial.of(training)
        check_size(self, lambda other: other.both(spec), batch=2 * settings.batch_size)
        maker, _ = self.networks(spec)
        parameters: int = maker.count_params()
        keras.backend.clear_session()
        return parameters

    def fit(self, data: Dataset, trial: Trial) -> Result:
        """See ``ModelPlugin.fit``; the metrics are the task's, of samples beside the validation part."""
        settings = Adversarial.of(trial.training)
        learner = AdversarialLearner(self, data, trial.seed, settings)
        result = fit(learner, trial, settings.epochs, settings.patience)
        shares = self.shares(data)
        details = {**data.spec.details, _SHARES: None if shares is None else shares.tolist()}
        self._keep(self.drawing(learner.average, data.spec), replace(data.spec, details=details))
        return result

    def predict(self, inputs: Any) -> np.ndarray:
        """Samples (n, height, width, channels), in the data's unit, for ``seed`` (n,) and perhaps ``label`` (n,)."""
        return self._drawing(inputs)

    def requests(self, count: int, seed: int = 0) -> dict[str, np.ndarray]:
        """What ``predict`` takes to draw so many samples, labels as often as the train part has them."""
        return self._drawing.requests(count, seed)

    def sample(self, count: int, seed: int = 0) -> np.ndarray:
        """Raw images (count, height, width, channels), the same for the same seed; labels as often as in the data."""
        return self._drawing.sample(count, seed)

    def artifacts(self, data: Dataset, folder: Path) -> None:
        """Draw the ways between samples, each class where there are some, and what each code changes."""
        classes = data.spec.classes if self.is_conditioned(data.spec) else ()
        draw_walks(self._model.get_layer("generator"), self.latents, classes, folder)

    def networks(self, spec: DataSpec) -> tuple[keras.Model, keras.Model]:
        """A generator and a discriminator for data of this kind, not yet trained."""
        shape = tuple(int(length or 1) for length in spec.input.shape)
        classes = len(spec.classes) if self.is_conditioned(spec) else 0
        judge = discriminator(shape, self.latents, self.width, classes, self._normalisation())
        return generator(shape, self.latents, self.width, classes), judge

    def both(self, spec: DataSpec) -> keras.Model:
        """The discriminator behind the generator."""
        maker, judge = self.networks(spec)
        images = maker(maker.inputs if len(maker.inputs) > 1 else maker.input)
        return keras.Model(maker.input, judge([images, maker.inputs[1]] if len(maker.inputs) > 1 else images))

    def drawing(self, network: keras.Model, spec: DataSpec) -> keras.Model:
        """What is saved: from seeds, and labels, to raw images."""
        return drawing_model(network, self.latents, spec, lowest=-1.0)

    def is_conditioned(self, spec: DataSpec) -> bool:
        """Whether labels condition the networks: they are wanted, and the data have some."""
        return self.conditional and bool(spec.classes)

    def shares(self, data: Dataset) -> np.ndarray | None:
        """How much of the train part each class is; None for a model without labels."""
        if not self.is_conditioned(data.spec):
            return None
        counts = np.bincount(data.train.target(), minlength=len(data.spec.classes))
        return np.asarray(counts / counts.sum())

    def _normalisation(self) -> Normalisation:
        """A penalised gradient is that of one image, which knows no batch."""
        if self.spectral:
            return "spectral"
        return "layer" if CONTESTS[self.loss].penalised else "batch"

    @override
    def _keep(self, model: keras.Model, spec: DataSpec) -> None:
        shares = spec.details.get(_SHARES)
        self._model, self._spec = model, spec
        self._drawing = Drawing(model, spec, None if shares is None else np.asarray(shares))
