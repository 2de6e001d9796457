"""Generative models: variational autoencoders and what they draw."""
