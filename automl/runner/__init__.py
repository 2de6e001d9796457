"""Where trials run: one kind of place a file."""
