"""Which of the command's faces is asked for."""

from __future__ import annotations

from automl.errors import ConfigError, nearest


def main(argv: list[str]) -> int:
    """List what is installed, show one plugin, or check some.

    Args:
        argv: Nothing, ``--check``, ``show <name>``, or ``check [<name or distribution>] [<field>=<value> ...]``.

    Returns:
        1 where anything that was looked at is broken, else 0.

    Raises:
        ConfigError: An argument is unknown.
        PluginError: Nothing of that name is installed.
    """
    match argv:
        case [] | ["--check"]:
            from automl.commands.plugins.table import table

            return table(is_loaded=bool(argv))
        case ["show", str(name)]:
            from automl.commands.plugins.show import show

            return show(name)
        case ["check", *words]:
            from automl.commands.plugins.check import check

            return check([one for one in words if "=" not in one], [one for one in words if "=" in one])
        case ["show", *others]:
            received = ", ".join(others) or "none"
            raise ConfigError(f"plugins show: one plugin is expected, by its name. Received: {received}.")
    raise ConfigError(f"plugins: unknown argument '{argv[0]}'. {nearest(argv[0], ['show', 'check', '--check'])}")
