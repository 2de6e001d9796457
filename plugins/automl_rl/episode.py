"""A recorded episode."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MOST_FRAMES = 250
_WIDTH = 300
_MILLISECONDS = 40


def record(part: Any, act: Callable[[np.ndarray], np.ndarray], path: Path) -> None:
    """Play an episode and write what it looks like, every other frame, as a GIF.

    Where the environment cannot be drawn, or what draws it is not installed, nothing is written and a warning tells.

    Args:
        part: An environment part.
        act: From observations (n, ...) to actions (n,).
        path: The GIF.
    """
    frames = []
    try:
        with contextlib.closing(part.make(render_mode="rgb_array")) as env:
            observation, _ = env.reset(seed=part.seed)
            for step in range(2 * _MOST_FRAMES):
                if step % 2 == 0:
                    frames.append(_small(env.render()))
                observation, _, ended, cut, _ = env.step(int(act(np.asarray(observation)[np.newaxis])[0]))
                if ended or cut:
                    break
    except Exception as error:  # noqa: BLE001 - whatever a renderer raises, the evaluation goes on
        warnings.warn(f"The episode was not recorded: {error}", stacklevel=2)
        return
    first, *rest = frames
    first.save(path, save_all=True, append_images=rest, duration=_MILLISECONDS, loop=0, optimize=True)


def _small(frame: np.ndarray) -> Image.Image:
    image = Image.fromarray(frame)
    return image.resize((_WIDTH, round(image.height * _WIDTH / image.width))).quantize(32)
