"""Tabular models: multilayer perceptrons and the embeddings of numbers and categories that they share."""
