"""What a linear model is linear in: for each kind of data the matrix to solve for, and the Keras model that serves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import scipy.sparse
import tensorflow as tf

from automl.data.encoding import make_encoder
from automl.data.stacking import Stacking
from automl.plugin import beat
from automl.training import head
from automl.training.keras_model import make_inputs
from automl.training.objectives import supervised_task
from automl.training.preprocessing import normalization
from automl_classical.linear.columns import columns
from automl_classical.linear.grams import Grams, rarities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from automl.data import DataSpec, Part

_BATCH = 1024
_MOST_DOUBLE = 1 << 20
"""Numbers up to which they are held in 64 bits; of more than these 32 tell enough, in half of the time."""


class Features(ABC):
    """Features of samples as the rows of a matrix, and the Keras model of the weights that are found for them.

    Attributes:
        weights: Numbers of a model, known before there are any.
    """

    weights: int

    @abstractmethod
    def learned(self, part: Part) -> Any:
        """The rows of the train part (n, features), dense or sparse; called before all else."""

    @abstractmethod
    def rows(self, part: Part) -> Any:
        """The rows of another part."""

    @abstractmethod
    def whole(self, kernel: np.ndarray) -> np.ndarray:
        """A kernel for these features as the head holds it."""

    @abstractmethod
    def model(self, kernel: np.ndarray, bias: np.ndarray) -> keras.Model:
        """From raw inputs to predictions."""


class Dense(Features):
    """Numbers that stand side by side: columns of a table, steps of a sequence.

    Args:
        spec: The data.
        knots: Of the splines of each number of a table; 0 for none.
    """

    def __init__(self, spec: DataSpec, knots: int) -> None:
        self._spec, self._inputs = spec, make_inputs(spec.encoded)
        self._network = keras.Model(self._inputs, self._features(knots), name="features")
        outputs = supervised_task(spec).head(spec).compute_output_shape((None, 1))[1]
        self.weights = (self._network.output_shape[1] + 1) * outputs

    def _features(self, knots: int) -> Any:
        if self._spec.features is not None:
            return columns(self._inputs, self._spec, knots)
        scale = normalization(self._spec)
        return keras.layers.Flatten()(self._inputs if scale is None else scale(self._inputs))

    def learned(self, part: Part) -> np.ndarray:
        """See ``Features.learned``."""
        return self.rows(part)

    def rows(self, part: Part) -> np.ndarray:
        """See ``Features.rows``."""
        call = tf.function(self._network, autograph=False, reduce_retracing=True)
        found = np.concatenate([call(inputs).numpy() for inputs, _ in part.batches(_BATCH)])
        return found.astype(np.float64) if found.size <= _MOST_DOUBLE else found

    def whole(self, kernel: np.ndarray) -> np.ndarray:
        """See ``Features.whole``: the same."""
        return kernel

    def model(self, kernel: np.ndarray, bias: np.ndarray) -> keras.Model:
        """See ``Features.model``."""
        last = head(self._spec)
        outputs = last(self._network.output)
        last.set_weights([kernel, bias])
        network = keras.Model(self._inputs, outputs)
        encoder = make_encoder(self._spec)
        if encoder is None:
            return keras.Model(network.input, _decoded(network.output, self._spec))
        inputs = make_inputs(self._spec)
        return keras.Model(inputs, _decoded(network(encoder(inputs)), self._spec))


class Texts(Features):
    """N-grams of words and of characters.

    Args:
        spec: The data.
        words: Words of the longest n-gram.
        characters: Characters of the longest n-gram.
        buckets: Of either.
    """

    def __init__(self, spec: DataSpec, words: int, characters: int, buckets: int) -> None:
        self._spec = spec
        self._layer = Grams(words, characters, buckets, len(spec.classes))
        self._layer.build((None, 1))
        self._buckets = self._layer.kinds * buckets
        self.weights = (self._buckets + 1) * len(spec.classes)

    def learned(self, part: Part) -> scipy.sparse.csr_matrix:
        """See ``Features.learned``; what no text of the part holds is left out."""
        counts = list(self._counts(part))
        rarity = rarities(np.concatenate([places for _, places, _ in counts]), len(part), self._buckets)
        self._layer.rarity.assign(rarity)
        self._kept = np.flatnonzero(rarity)
        return self._matrix(counts, len(part))

    def rows(self, part: Part) -> scipy.sparse.csr_matrix:
        """See ``Features.rows``."""
        return self._matrix(list(self._counts(part)), len(part))

    def _counts(self, part: Part) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Rows, places and numbers of the n-grams of a part."""
        stack, start = Stacking(self._spec), 0
        count = tf.function(self._layer.count, autograph=False, reduce_retracing=True)
        for chunk, _ in part.chunks(_BATCH):
            (texts,) = stack(chunk).values()
            for at in range(0, len(texts), _BATCH):
                beat()
                rows, places, counts = (one.numpy() for one in count(tf.constant(texts[at : at + _BATCH, 0])))
                yield rows + start + at, places, counts
            start += len(texts)

    def _matrix(self, counted: Sequence[tuple[np.ndarray, ...]], texts: int) -> scipy.sparse.csr_matrix:
        rows, places, counts = (np.concatenate([one[axis] for one in counted]) for axis in range(3))
        values = self._layer.weighed(rows, places, counts, tf.convert_to_tensor(self._layer.rarity), texts).numpy()
        known = values > 0.0
        places = self._compact[places[known]]
        dtype = np.float64 if len(values) <= _MOST_DOUBLE else np.float32
        shape = (texts, len(self._kept))
        return scipy.sparse.csr_matrix((values[known].astype(dtype), (rows[known], places)), shape=shape)

    @cached_property
    def _compact(self) -> np.ndarray:
        """For each bucket its column."""
        found = np.zeros(self._buckets, np.int32)
        found[self._kept] = np.arange(len(self._kept))
        return found

    def whole(self, kernel: np.ndarray) -> np.ndarray:
        """See ``Features.whole``: zeros for what no text held."""
        found = np.zeros((self._buckets, kernel.shape[1]), np.float32)
        found[self._kept] = kernel
        return found

    def model(self, kernel: np.ndarray, bias: np.ndarray) -> keras.Model:
        """See ``Features.model``; it reads texts as they are."""
        self._layer.kernel.assign(kernel)
        self._layer.bias.assign(bias)
        inputs = make_inputs(self._spec)
        (texts,) = inputs.values()
        return keras.Model(inputs, _decoded(self._layer(texts), self._spec))


def _decoded(outputs: Any, spec: DataSpec) -> Any:
    layer = supervised_task(spec).decode(spec)
    return outputs if layer is None else layer(outputs)
