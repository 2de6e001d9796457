"""Generative models: variational autoencoders, adversarial networks, and what they draw."""
