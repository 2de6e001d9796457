"""The conformance suite that every plugin passes by naming itself."""
