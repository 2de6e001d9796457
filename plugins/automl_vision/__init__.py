"""Image models: convolutional networks, residual networks and the layers they share."""
