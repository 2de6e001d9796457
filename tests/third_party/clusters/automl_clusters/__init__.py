"""Clustering for automl, in a distribution of its own."""
