"""The supervised training loop that most plugins inherit."""
