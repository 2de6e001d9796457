"""Distributions for authors to begin with: written whole, installable, and passing their conformance suite."""

from automl.scaffold.kinds import DATA, MODELS, Kind
from automl.scaffold.names import Names, make_names
from automl.scaffold.write import write

__all__ = ["DATA", "MODELS", "Kind", "Names", "make_names", "write"]
