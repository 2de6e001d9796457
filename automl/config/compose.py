"""The command line turned into composed configurations by Hydra, one a study."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl import registry
from automl.config import families, saved, words
from automl.config.explain import explain
from automl.config.faces import check_choices
from automl.errors import AutomlError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hydra.core.config_search_path import ConfigSearchPath
    from omegaconf import DictConfig

_QUIET = (
    "hydra.run.dir=.",
    "hydra.output_subdir=null",
    # "disabled" would close the logging handlers of whatever program calls this one.
    "hydra/job_logging=none",
    "hydra/hydra_logging=none",
)
_SAVED = "_saved_configuration_"
_HYDRA = threading.Lock()
"""Hydra keeps its state in the process."""


def run(
    argv: list[str], job: Callable[[dict[str, Any]], int], refuse: Callable[[AutomlError], int] | None = None
) -> int:
    """Compose the configuration that ``argv`` asks for and hand it to ``job`` (once for each of a ``--multirun``).

    Args:
        argv: Hydra's flags and overrides; the path of a YAML file stands for that configuration.
        job: Takes the configuration as plain values and returns an exit code; tells its errors itself.
        refuse: Tells what is wrong with one study of several and returns an exit code, so that the next has its turn.

    Returns:
        The highest exit code.

    Raises:
        AutomlError: An override, a key or a choice is wrong.
    """
    line = words.read(argv)
    base = None if line.saved is None else saved.read(line.saved)
    codes: list[int] = []
    for overrides in line.studies():
        try:
            codes += [job(config) for config in _composed(line, overrides, base)]
        except AutomlError as error:
            if refuse is None or not line.sweep:
                raise
            codes.append(refuse(error))
    return max(codes, default=0)


def compose_all(argv: list[str]) -> list[dict[str, Any]]:
    """The configurations that ``argv`` asks for, as plain values.

    Raises:
        AutomlError: An override, a key or a choice is wrong.
    """
    found: list[dict[str, Any]] = []

    def keep(config: dict[str, Any]) -> int:
        found.append(config)
        return 0

    run(argv, keep)
    return found


def _composed(line: words.CommandLine, overrides: list[str], base: DictConfig | None) -> list[dict[str, Any]]:
    """The configuration as plain values; none where a flag asks Hydra to print something instead.

    Raises:
        ConfigError: An override, a key or a choice is wrong.
    """
    if base is None and not any(word.startswith(("+model=", "~model")) for word in overrides):
        overrides = [f"+model={families.AUTO}", *overrides]
    check_choices(overrides)
    if base is not None or f"+model={families.AUTO}" not in overrides:
        return _plain(line, overrides, base)
    plain = _plain(line, families.own(overrides), None)
    return [families.expanded(config, overrides, lambda words: _plain(line, words, None)[0]) for config in plain]


def _plain(line: words.CommandLine, overrides: list[str], base: DictConfig | None) -> list[dict[str, Any]]:
    """What Hydra composes, as plain values."""
    import hydra
    from hydra.core.plugins import Plugins
    from omegaconf import OmegaConf

    taken: list[DictConfig] = []
    Plugins.instance().register(_search_path_plugin())
    name = "config"
    if base is not None:
        base, overrides = saved.choose(base, overrides)
        name = _store(base)
    folder = str(registry.core_config_folder())
    main = hydra.main(config_path=folder, config_name=name, version_base="1.3")(taken.append)
    try:
        with _HYDRA, _command_line([*line.flags, *overrides, *_QUIET]), _own_hydra():
            main()
        plain = [OmegaConf.to_container(config, resolve=True) for config in taken]
    except BrokenPipeError:
        raise
    except Exception as error:  # Hydra raises what its parts do, of a dozen kinds
        raise explain(error, overrides) from error
    return [{str(key): value for key, value in config.items()} for config in plain if isinstance(config, dict)]


def _store(config: DictConfig) -> str:
    """Hand a configuration to Hydra as it was read; the name that it has there."""
    from hydra.core.config_store import ConfigStore

    ConfigStore.instance().store(name=_SAVED, node=config)
    return _SAVED


@cache
def _search_path_plugin() -> type[Any]:
    """Adds every plugin package's ``conf`` to Hydra's search path, by folder, so that no package is imported.

    Made once: Hydra asks every plugin that was ever registered, and searches what each of them adds.
    """
    from hydra.plugins.search_path_plugin import SearchPathPlugin

    class AutomlSearchPath(SearchPathPlugin):
        def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
            for package, folder in registry.searched_folders().items():
                search_path.append(provider=package, path=f"file://{folder}")
            own = Path("conf").resolve()
            if own.is_dir() and own != registry.core_config_folder():
                search_path.append(provider="working directory", path=f"file://{own}")

    return AutomlSearchPath


@contextmanager
def _command_line(arguments: list[str]) -> Iterator[None]:
    """Hydra reads ``sys.argv``, and hands on its exceptions only if the environment asks for them."""
    argv, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = [*(argv[:1] or ["automl"]), *arguments]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        sys.argv = argv
        if full is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = full


@contextmanager
def _own_hydra() -> Iterator[None]:
    """Meanwhile Hydra is as in a new process, whoever calls uses it or not."""
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig

    hydra, config = GlobalHydra.instance(), HydraConfig.instance()
    before = hydra.hydra, config.cfg
    hydra.clear()
    try:
        yield
    finally:
        hydra.hydra, config.cfg = before
