"""Boosted trees: the bins of columns, the trees as plain arrays, what grows them, and a layer that they predict by."""
