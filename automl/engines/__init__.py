"""Search engines: one strategy a file."""
