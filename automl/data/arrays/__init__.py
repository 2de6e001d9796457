"""Arrays: read once, cached, split by index, mapped by every worker."""
