"""Mixed precision: 16-bit arithmetic with 32-bit weights (Micikevicius et al. 2018)."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import keras
import tensorflow as tf

if TYPE_CHECKING:
    from collections.abc import Iterator

_HALF, _BRAIN = (7, 0), (8, 0)


def policy(wanted: str) -> str:
    """The Keras dtype policy for ``auto``, ``on`` or ``off`` on the device at hand.

    Brain floats need no loss scaling and are taken where the GPU has them, and on a CPU that was told ``on``.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if wanted == "off" or (wanted == "auto" and not gpus):
        return "float32"
    capability = (
        tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0)) if gpus else _BRAIN
    )
    if capability >= _BRAIN:
        return "mixed_bfloat16"
    return "mixed_float16" if capability >= _HALF or wanted == "on" else "float32"


@contextmanager
def precision(wanted: str) -> Iterator[str]:
    """Build and train under the policy; the one before is restored."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy(wanted))
    try:
        yield policy(wanted)
    finally:
        keras.config.set_dtype_policy(before)
