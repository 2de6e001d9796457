"""Temporal convolutional networks for automl."""
