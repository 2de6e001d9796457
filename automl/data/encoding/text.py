"""Texts turned into token numbers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from automl.data.encoding.inputs import stacked_inputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from automl.data.spec import DataSpec

_RESERVED = 2


@keras.saving.register_keras_serializable(package="automl")  # type: ignore[untyped-decorator]
def spaced(texts: Any) -> Any:
    """Lower case, with a space on either side of every mark that is no letter, digit or apostrophe."""
    lower = tf.strings.lower(texts, encoding="utf-8")
    return tf.strings.regex_replace(lower, r"([^\pL\pM\pN_\s'])", r" \1 ")


def learn_vocabulary(texts: Iterable[Sequence[str]], most: int, least: int) -> tuple[list[str], list[int]]:
    """The tokens of the texts, the most frequent first, and the length of each text in tokens.

    Args:
        texts: Batches of texts of the train part.
        most: How many tokens at most.
        least: How often a token must occur.
    """
    counts: Counter[str] = Counter()
    lengths: list[int] = []
    for batch in texts:
        for text in spaced(tf.constant(list(batch))).numpy():
            tokens = text.decode().split()
            counts.update(tokens)
            lengths.append(len(tokens))
    ranked = sorted((token for token, count in counts.items() if count >= least), key=lambda one: (-counts[one], one))
    return ranked[: most - _RESERVED], lengths


def make(spec: DataSpec) -> keras.Model:
    """A model from texts, as ``stacking.stacks`` brings them in, to token numbers (batch, length).

    0 pads, 1 is an unknown token.
    """
    inputs = stacked_inputs(spec)
    (texts,) = inputs.values()
    vectorize = keras.layers.TextVectorization(
        vocabulary=spec.statistics["vocabulary"],
        standardize=spaced,
        split="whitespace",
        output_sequence_length=spec.details["length"],
    )
    return keras.Model(inputs, keras.ops.cast(vectorize(texts), "int32"), name="encoder")
