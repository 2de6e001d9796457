"""The layer that reads texts as bags of n-grams, in the graph from strings to outputs."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

_SHORTEST = 2
"""Single characters tell little, and are in every word."""
_MARKS = r"([^\pL\pM\pN_\s'])"


@keras.saving.register_keras_serializable(package="automl_classical")
class Grams(keras.layers.Layer):  # type: ignore[misc]
    """Sums up weights of the n-grams of words, and of characters within words, that a text holds.

    An n-gram counts by 1 + log of how often it is there, times its rarity (Sparck Jones 1972); each kind is brought to
    unit length by itself, so that the many characters do not drown the words. N-grams have no vocabulary: they are
    hashed into buckets (Weinberger et al. 2009), in any script.

    Args:
        words: Words of the longest n-gram of words; 0 for none.
        characters: Characters of the longest n-gram of characters, whose shortest has two; 0 for none.
        buckets: For each kind.
        outputs: What the weights add up to.
    """

    def __init__(self, words: int, characters: int, buckets: int, outputs: int, **options: Any) -> None:
        super().__init__(**options)
        self.words, self.characters, self.buckets, self.outputs = words, characters, buckets, outputs

    @property
    def kinds(self) -> int:
        """One or two: words, characters."""
        return bool(self.words) + bool(self.characters)

    def build(self, shape: Any) -> None:
        """Make the rarities, which are learned on the train part, and the weights."""
        del shape
        rows = self.kinds * self.buckets
        self.rarity = self.add_weight(shape=(rows,), initializer="zeros", trainable=False, name="rarity")
        self.kernel = self.add_weight(shape=(rows, self.outputs), initializer="zeros", name="kernel")
        self.bias = self.add_weight(shape=(self.outputs,), initializer="zeros", name="bias")

    def call(self, texts: Any) -> Any:
        """Strings (batch, 1) to outputs (batch, outputs)."""
        rows, places, counts = self.count(texts[:, 0])
        values = self.weighed(rows, places, counts, tf.convert_to_tensor(self.rarity), tf.shape(texts)[0])
        weights = tf.gather(tf.convert_to_tensor(self.kernel), places) * values[:, tf.newaxis]
        return tf.math.unsorted_segment_sum(weights, rows, tf.shape(texts)[0]) + tf.convert_to_tensor(self.bias)

    def count(self, texts: Any) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """The n-grams of texts (batch,): of each the row of its text, its place among all buckets, and its number."""
        lower = tf.strings.lower(texts, encoding="utf-8")
        tokens = tf.strings.split(tf.strings.regex_replace(lower, _MARKS, r" \1 "))
        kinds = []
        if self.words:
            grams = tf.strings.ngrams(tokens, list(range(1, self.words + 1)))
            kinds.append((grams.value_rowids(), grams.values))
        if self.characters:
            spelled = tf.strings.unicode_split(tf.strings.join([" ", tokens.values, " "]), "UTF-8")
            grams = tf.strings.ngrams(spelled, list(range(_SHORTEST, self.characters + 1)), separator="")
            kinds.append((tf.gather(tokens.value_rowids(), grams.value_rowids()), grams.values))
        size = self.kinds * self.buckets
        buckets = [
            row * size + kind * self.buckets + tf.strings.to_hash_bucket_fast(grams, self.buckets)
            for kind, (row, grams) in enumerate(kinds)
        ]
        keys, _, counts = tf.unique_with_counts(tf.concat(buckets, axis=0))
        return keys // size, keys % size, counts

    def weighed(
        self, rows: tf.Tensor, places: tf.Tensor, counts: tf.Tensor, rarity: tf.Tensor, texts: int | tf.Tensor
    ) -> tf.Tensor:
        """How much each n-gram counts in its text, those of one kind having unit length together."""
        values = (1.0 + tf.math.log(tf.cast(counts, tf.float32))) * tf.gather(rarity, places)
        segments = rows * self.kinds + places // self.buckets
        squares = tf.math.unsorted_segment_sum(tf.square(values), segments, texts * self.kinds)
        return values * tf.gather(tf.math.rsqrt(tf.maximum(squares, 1e-12)), segments)

    def compute_output_spec(self, texts: Any) -> Any:
        """Shapes alone: Keras cannot trace strings."""
        return keras.KerasTensor((texts.shape[0], self.outputs), "float32")

    def get_config(self) -> dict[str, Any]:
        """What rebuilds the layer."""
        own = {name: getattr(self, name) for name in ("words", "characters", "buckets", "outputs")}
        return {**super().get_config(), **own}


def rarities(places: np.ndarray, texts: int, buckets: int) -> np.ndarray:
    """1 + log of the inverse share of the texts that an n-gram is in, smoothed; 0 for what no text holds.

    Args:
        places: Of the n-grams of all texts, each once a text.
        texts: How many there are.
        buckets: Of all kinds.
    """
    frequency = np.bincount(places, minlength=buckets)
    found: np.ndarray = np.where(frequency > 0, 1.0 + np.log((1.0 + texts) / (1.0 + frequency)), 0.0)
    return found.astype(np.float32)
