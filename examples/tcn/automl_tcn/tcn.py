"""Temporal convolutional networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import keras

from automl.plugin import Between, Dropout, Units
from automl.training import KerasPlugin, head
from automl_tcn.bias import Bias
from automl_tcn.guard import Guard
from automl_tcn.layers import TemporalBlock
from automl_tcn.settings import Guarded

if TYPE_CHECKING:
    from automl.data import DataSpec
    from automl.training import Supervised


@dataclass
class TCN(KerasPlugin):
    """Dilated causal convolutions in residual blocks (Bai et al. 2018).

    Attributes:
        filters: Channels of every convolution.
        blocks: How many there are; the steps between what a convolution sees double from each to the next.
        kernel: Steps that a convolution sees.
        dropout: Share of the channels that is dropped while training.
    """

    settings: ClassVar[type[Guarded]] = Guarded

    filters: Units
    blocks: Annotated[int, Between(1, 12)]
    kernel: Annotated[int, Between(2, 64)] = 3
    dropout: Dropout = 0.0

    def build(self, spec: DataSpec) -> keras.Model:
        """See ``KerasPlugin.build``; a forecast is what the network adds to the last step."""
        inputs = keras.Input(spec.input.shape)
        x = inputs
        for number in range(self.blocks):
            x = TemporalBlock(self.filters, self.kernel, 2**number, self.dropout)(x)
        if "horizon" not in spec.details:
            return keras.Model(inputs, head(spec)(keras.layers.GlobalMaxPooling1D()(x)), name="tcn")
        last = keras.ops.take(inputs[:, -1:], spec.details["target_channels"], axis=-1)
        return keras.Model(inputs, head(spec)(x[:, -1]) + last, name="tcn")

    def metrics(self, spec: DataSpec) -> list[keras.metrics.Metric]:
        """See ``KerasPlugin.metrics``: of values, ``bias`` and ``val_bias``."""
        return [] if spec.classes else [Bias()]

    def callbacks(self, settings: Supervised) -> list[keras.callbacks.Callback]:
        """See ``KerasPlugin.callbacks``."""
        assert isinstance(settings, Guarded)
        return [] if settings.overfit is None else [Guard(settings.overfit)]
