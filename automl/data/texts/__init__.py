"""Texts with labels, out of tables or folders."""
