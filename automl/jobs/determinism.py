"""Operations that add up in the same order whatever thread is first, where they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def settle(config: Mapping[str, Any]) -> None:
    """Make this process compute alike in every run, if the configuration asks for it.

    To be called before anything runs: it holds for the whole process, and an operation that has no such form raises
    ``UnimplementedError`` from then on.

    Args:
        config: Of the job; ``deterministic`` and ``seed`` are looked at.
    """
    if config.get("deterministic") is not True:
        return
    import keras
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()
    # From here on every random operation needs a seed, also those before training sets the trial's own.
    keras.utils.set_random_seed(config["seed"])
