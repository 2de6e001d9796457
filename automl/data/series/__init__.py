"""Series of numbers, cut into windows."""
