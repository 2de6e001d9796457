"""``python -m automl``: a subcommand, or else a study."""

from __future__ import annotations

import sys

COMMANDS = ("help", "plugins", "ui")


def main(argv: list[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code."""
    words = sys.argv[1:] if argv is None else argv
    if not words or {"-h", "--help"} & set(words):
        words = ["help", *(word for word in words if word in COMMANDS)]
    from automl.app import main as study
    from automl.app import report_error
    from automl.errors import AutomlError

    try:
        if words[0] in COMMANDS:
            from importlib import import_module

            code: int = import_module(f"automl.commands.{words[0]}").main(words[1:])
            return code
        return study(words)
    except AutomlError as error:
        return report_error(error)


if __name__ == "__main__":
    sys.exit(main())
