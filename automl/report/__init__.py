"""What a study shows: the terminal and the figures."""
