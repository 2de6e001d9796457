"""``python -m automl plugins``: what is installed and from where, one plugin in full, and its conformance suite."""

from automl.commands.plugins.main import main

__all__ = ["main"]
