"""The configuration: composed by Hydra, checked before anything runs, without importing a plugin."""
