"""What the Ray runner is made of: the connection, a host on a node, its seat in the driver, folders that travel."""
