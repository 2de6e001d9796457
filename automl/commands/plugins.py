"""``python -m automl plugins``: every entry point, where it comes from, and what is wrong with it, if anything."""

from __future__ import annotations

import sys

from automl import registry
from automl.commands.help import column_width
from automl.errors import ConfigError, PluginError, nearest
from automl.registry import Group


def main(argv: list[str]) -> int:
    """Print the entry points; with ``--check``, import each and say why one cannot be.

    Returns:
        1 where ``--check`` or a name that is offered twice shows a fault, else 0.

    Raises:
        ConfigError: An argument is unknown.
    """
    for word in argv:
        if word != "--check":
            raise ConfigError(f"plugins: unknown argument '{word}'. {nearest(word, ['--check'])}")
    return max(_group(group, check=bool(argv)) for group in Group)


def _group(group: Group, *, check: bool) -> int:
    code = 0
    names = registry.names(group)
    width = column_width(names)
    first, space, rest = group.noun.partition(" of ")
    sys.stdout.write(f"{first}s{space}{rest} ({group.value})\n")
    for name in names:
        try:
            entry = registry.entry(group, name)
            sys.stdout.write(f"  {name:<{width}}{entry.distribution} {entry.version:<10}{entry.target}\n")
            if check:
                entry.load()
        except PluginError as error:
            code = 1
            sys.stdout.write(f"  {name:<{width}}{error}\n")
    sys.stdout.write("\n")
    return code
