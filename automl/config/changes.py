"""What differs between two configurations, key by key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from automl.config.compose import compose_all
from automl.config.saved import completed
from automl.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


def composed_of(path: Path, config: Mapping[str, Any], words: Sequence[str]) -> dict[str, Any] | None:
    """The configuration of a file and the overrides on it; None where a flag asks for it to be printed instead.

    Args:
        path: The file; where it is gone it is written anew.
        config: What it holds.
        words: The overrides.

    Raises:
        AutomlError: The file or an override is wrong.
    """
    from omegaconf import OmegaConf

    if not path.is_file():
        write_whole(path, OmegaConf.to_yaml(OmegaConf.create(dict(config))))
    found = compose_all([str(path), *words])
    return found[0] if found else None


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """The paths of values that differ, with both; None stands for one that is not there."""
    first, second = dict(_leaves(completed(dict(before)))), dict(_leaves(completed(dict(after))))
    paths = [*first, *(path for path in second if path not in first)]
    return [(path, first.get(path), second.get(path)) for path in paths if first.get(path) != second.get(path)]


def _leaves(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list | tuple):
        yield path, list(node)
    else:
        yield path, node
