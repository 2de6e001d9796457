"""The command line turned into one composed configuration by Hydra."""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automl import registry
from automl.errors import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from hydra.core.config_search_path import ConfigSearchPath

_QUIET = (
    "hydra.run.dir=.",
    "hydra.output_subdir=null",
    "hydra/job_logging=disabled",
    "hydra/hydra_logging=disabled",
)
_SWEEP = "hydra.sweep.dir=${experiments}/sweeps/${now:%Y%m%d-%H%M%S}"
_SPACE_KEY = re.compile(r"^(?:model|training|data)\.[\w.]+\.(?:low|high|log|step|choices|when)=")
_SPACE_VALUE = re.compile(r"^((?:model|training|data)\.[\w.]+)=(\{.*\})$", re.DOTALL)


def run(argv: list[str], job: Callable[[dict[str, Any]], int]) -> int:
    """Compose the configuration that ``argv`` asks for and hand it to ``job`` (once for each of a ``--multirun``).

    Args:
        argv: Hydra's flags and overrides; a path that ends in ``.yaml`` first stands for that configuration.
        job: Takes the configuration as plain values and returns an exit code; tells its errors itself.

    Returns:
        The highest exit code.

    Raises:
        ConfigError: An override, a key or a choice is wrong.
    """
    import hydra
    from hydra.core.plugins import Plugins
    from hydra.errors import HydraException
    from omegaconf import DictConfig, OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    codes: list[int] = []

    def task(config: DictConfig) -> None:
        plain = OmegaConf.to_container(config, resolve=True)
        assert isinstance(plain, dict)
        codes.append(job({str(key): value for key, value in plain.items()}))

    Plugins.instance().register(_search_path_plugin())
    main = hydra.main(config_path=str(registry.core_config_folder()), config_name="config", version_base="1.3")(task)
    words = normalise(argv)
    sweep = [_SWEEP] if {"-m", "--multirun"} & set(argv) else []
    try:
        with _command_line([*words, *_QUIET, *sweep]):
            main()
    except (HydraException, OmegaConfBaseException) as error:
        raise explain(error, words) from error
    return max(codes, default=0)


def _search_path_plugin() -> type[Any]:
    """Adds every plugin package's ``conf`` to Hydra's search path, by folder, so that no package is imported."""
    from hydra.plugins.search_path_plugin import SearchPathPlugin

    class AutomlSearchPath(SearchPathPlugin):
        def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
            for package, folder in registry.config_folders().items():
                search_path.append(provider=package, path=f"file://{folder}")
            own = Path("conf").resolve()
            if own.is_dir() and own != registry.core_config_folder():
                search_path.append(provider="working directory", path=f"file://{own}")

    return AutomlSearchPath


@contextmanager
def _command_line(arguments: list[str]) -> Iterator[None]:
    """Hydra reads ``sys.argv``, and hands on its exceptions only if the environment asks for them."""
    argv, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = [argv[0], *arguments]
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        sys.argv = argv
        if full is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = full


def normalise(argv: list[str]) -> list[str]:
    """The arguments in Hydra's own words.

    - ``model=cnn`` is ``+model=cnn``;
    - ``path/to/best.yaml`` is ``--config-dir path/to --config-name best``;
    - a whole space on the command line replaces what stood there instead of being merged into it;
    - one key of a space, such as ``model.dropout.log=true``, may be new;
    - flags may stand anywhere.

    Example:
        >>> normalise(["model=cnn", "model.filters={low:8,high:64}"])
        ['+model=cnn', '~model.filters', '+model.filters={low:8,high:64}']
    """
    words: list[str] = []
    for index, argument in enumerate(argv):
        if argument.endswith((".yaml", ".yml")) and "=" not in argument and not (index and argv[index - 1][:2] == "--"):
            words += _saved(Path(argument))
        elif argument.startswith("model="):
            words.append(f"+{argument}")
        elif match := _SPACE_VALUE.match(argument):
            words += [f"~{match[1]}", f"+{argument}"]
        elif _SPACE_KEY.match(argument):
            words.append(f"++{argument}")
        else:
            words.append(argument)
    return _flags_first(words)


def _flags_first(words: list[str]) -> list[str]:
    """Hydra's parser takes overrides only in one row."""
    overrides = [word for word in words if re.match(r"^[+~\w]", word) and ("=" in word or word[0] == "~")]
    return [word for word in words if word not in overrides] + overrides


def _saved(path: Path) -> list[str]:
    if not path.is_file():
        raise ConfigError(f"There is no configuration file '{path}'.")
    return ["--config-dir", str(path.resolve().parent), "--config-name", path.stem]


def explain(error: Exception, words: list[str]) -> ConfigError:
    """Hydra's exception in one sentence, with the nearest right names.

    Args:
        error: What Hydra or OmegaConf raised.
        words: The command line, as ``normalise`` returned it.
    """
    from hydra.errors import MissingConfigException, OverrideParseException

    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, choice = error.missing_cfg_file.rpartition("/")
        return ConfigError(f"{group or 'config'}: there is no '{choice}'. {nearest(choice, registry.choices(group))}")
    if isinstance(error, OverrideParseException):
        return ConfigError(f"Cannot read '{error.override}': expected <key>=<value>, as in search.trials=10.")
    cause = error.__cause__ if error.__cause__ is not None else error
    key = getattr(cause, "full_key", None) or _quoted(str(error))
    if key and "could not" in str(error).lower():
        if key.partition(".")[0] == "model" and not any(word.startswith("+model=") for word in words):
            return no_model()
        return ConfigError(f"{_quoted(str(error)) or key}: there is no such key. {nearest(key, _siblings(key, words))}")
    return ConfigError(" ".join(line.strip() for line in str(error).splitlines() if line.strip()))


def no_model() -> ConfigError:
    """What to say where no model was chosen."""
    available = ", ".join(registry.choices("model"))
    return ConfigError(f"No model was chosen. Add +model=<name>, one of: {available or 'none is installed'}.")


def _quoted(message: str) -> str:
    match = re.search(r"'([\w.@/]+)'", message)
    return match[1] if match else ""


def _of_face(model: str) -> dict[str, str]:
    """The choices of other groups that a model's face makes: ``override /data@_global_.data: cartpole``."""
    from omegaconf import OmegaConf

    path = registry.config_file("model", model)
    face = OmegaConf.to_container(OmegaConf.load(path)) if path else {}
    listed = face.get("defaults", []) if isinstance(face, dict) else []
    made = (next(iter(item.items())) for item in listed if isinstance(item, dict))
    found = ((re.match(r"override\s+/(\w+)", str(key)), choice) for key, choice in made)
    return {match[1]: str(choice) for match, choice in found if match}


def _siblings(key: str, words: list[str]) -> list[str]:
    """Full paths of the keys beside ``key``, as the chosen configuration files write them."""
    from omegaconf import DictConfig, OmegaConf

    root = OmegaConf.load(registry.core_config_folder() / "config.yaml")
    chosen = {str(group): str(choice) for item in root.defaults if item != "_self_" for group, choice in item.items()}
    overrides = (word.lstrip("+").partition("=") for word in words)
    asked = {group: choice for group, _, choice in overrides if choice and "." not in group}
    chosen |= _of_face(asked.get("model", "")) | asked
    section, *parents = key.split(".")[:-1] or [""]
    if not section:
        return sorted({*map(str, root), *chosen, "model"} - {"defaults"})
    path = registry.config_file(section, chosen.get(section, ""))
    node: Any = OmegaConf.load(path) if path else None
    for parent in parents:
        node = node.get(parent) if isinstance(node, DictConfig) else None
    return [".".join([section, *parents, str(name)]) for name in node] if isinstance(node, DictConfig) else []
