"""The conformance suite that every plugin passes by naming itself."""

from automl.testing.models import ModelConformance

__all__ = ["ModelConformance"]
