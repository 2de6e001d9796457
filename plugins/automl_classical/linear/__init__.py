"""Linear and logistic regression along a path of penalties, over columns, steps of sequences, or n-grams of texts."""
