"""What a generator makes of chosen latent vectors: ways between two, one for each class, one code at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from automl.tasks.grids import image_grid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from automl_generative.latent import Latents

_SHOWN = 10
_CLASSES = 20


def draw_walks(generator: Any, latents: Latents, classes: Sequence[str], folder: Path) -> None:
    """Write ``interpolation.png``, and ``classes.png`` and ``codes.png`` where there are some.

    Args:
        generator: From latent vectors, and numbers of classes where there are some, to images in [-1, 1].
        latents: What the vectors are made of.
        classes: Those that the generator is conditioned on.
        folder: Where the figures go.
    """
    random = np.random.default_rng(0)
    vectors = np.asarray(latents.shape(random.standard_normal((_SHOWN, latents.normals)).astype(np.float32)))
    numbers = np.arange(_SHOWN) % max(1, len(classes))

    def draw(vectors: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        given = [vectors.astype(np.float32), numbers.astype(np.int32)] if classes else vectors.astype(np.float32)
        return 0.5 + 0.5 * np.asarray(generator(given, training=False))

    rows = _SHOWN // 2
    ways = np.concatenate([_way(vectors[row], vectors[row + rows], latents.noise) for row in range(rows)])
    title = "Between pairs of latent vectors" + (", of one class each" if classes else "")
    image_grid(draw(ways, np.repeat(numbers[:rows], _SHOWN)), _SHOWN, title, folder / "interpolation.png")
    if classes:
        shown = classes[:_CLASSES]
        images = draw(np.tile(vectors, (len(shown), 1)), np.repeat(np.arange(len(shown)), _SHOWN))
        title = "Each class by the label that was asked for; one latent vector a column"
        image_grid(images, _SHOWN, title, folder / "classes.png", rows=shown)
    if latents.codes + latents.categories:
        swept, names = _swept(vectors[0], latents)
        image_grid(
            draw(swept, np.repeat(numbers[:1], len(swept))), _SHOWN, "One code a row", folder / "codes.png", names
        )


def _way(first: np.ndarray, last: np.ndarray, noise: int) -> np.ndarray:
    """Vectors between two, along the arc between their noises, which all have a likely length (White 2016)."""
    share = np.linspace(0.0, 1.0, _SHOWN)[:, np.newaxis]
    one, other = first[:noise], last[:noise]
    cosine = one @ other / max(1e-9, float(np.linalg.norm(one) * np.linalg.norm(other)))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    if angle < 1e-3:
        arc = one + share * (other - one)
    else:
        arc = (np.sin((1.0 - share) * angle) * one + np.sin(share * angle) * other) / np.sin(angle)
    rest = first[noise:] + share * (last[noise:] - first[noise:])
    return np.concatenate([arc, rest], axis=1)


def _swept(vector: np.ndarray, latents: Latents) -> tuple[np.ndarray, list[str]]:
    """The same vector with one continuous code a row moved from -1 to 1; in the last row the category changes."""
    rows, names = [], []
    for code in range(latents.codes):
        moved = np.repeat(vector[np.newaxis], _SHOWN, axis=0)
        moved[:, latents.noise + code] = np.linspace(-1.0, 1.0, _SHOWN)
        rows.append(moved)
        names.append(f"code {code}")
    if latents.categories:
        moved = np.repeat(vector[np.newaxis], _SHOWN, axis=0)
        moved[:, latents.noise + latents.codes :] = np.eye(latents.categories)[np.arange(_SHOWN) % latents.categories]
        rows.append(moved)
        names.append("category")
    return np.concatenate(rows), names
