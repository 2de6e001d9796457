"""Sequence models: recurrent networks, transformers, linear forecasters and the layers they share."""
