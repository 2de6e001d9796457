"""Subcommands of `python -m automl`."""
