"""Gradient-boosted trees for automl."""
