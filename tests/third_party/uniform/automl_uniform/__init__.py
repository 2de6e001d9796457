"""Random search for automl."""
