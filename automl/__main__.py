"""``python -m automl``: a subcommand, or else a study."""

from __future__ import annotations

import sys

from automl.interrupts import EXIT_INTERRUPTED, default_interrupts, leave_at_once, say

if __name__ == "__main__":
    leave_at_once()  # before anything that takes time to import
COMMANDS = ("help", "leaderboard", "plugins", "predict", "report", "studies", "sync", "ui")
_HELP = {"-h", "--help", "-help", "-?"}
_VERSION = {"--version", "-V"}


def main(argv: list[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code."""
    words = sys.argv[1:] if argv is None else argv
    if not words or _HELP & set(words):
        words = ["help"]
    from automl.errors import AutomlError
    from automl.outcome import report_error, report_fault

    try:
        return _dispatch(words)
    except AutomlError as error:
        return report_error(error)
    except KeyboardInterrupt:
        say("interrupted.")
        return EXIT_INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last to see it
        return report_fault(error)


def _dispatch(words: list[str]) -> int:
    from importlib import import_module

    if any(word.startswith("resume=") for word in words):
        from automl.commands.resume import main as resume

        return resume(words)
    if words[0] not in COMMANDS:
        if _VERSION & set(words):
            return _version()
        _check_command(words[0])
        from automl.commands.study import main as study

        return study(words)
    default_interrupts()
    code: int = import_module(f"automl.commands.{words[0]}").main(words[1:])
    return code


def _version() -> int:
    from automl import __version__

    print(f"automl {__version__}")  # noqa: T201
    return 0


def _check_command(word: str) -> None:
    """Refuse a word that is nearly a subcommand.

    Raises:
        ConfigError: The nearest subcommand is named.
    """
    import difflib

    from automl.errors import ConfigError, nearest

    if word == "resume":
        raise ConfigError("A study goes on by its name: python -m automl resume=<study>, or resume=last.")
    if word.isidentifier() and difflib.get_close_matches(word, COMMANDS):
        raise ConfigError(f"There is no command '{word}'. {nearest(word, COMMANDS)}")


if __name__ == "__main__":
    from automl.streams import forgive

    forgive()
    sys.exit(main())
