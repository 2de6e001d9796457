"""Models that behave well or badly by script, so that tests reach every state of a trial within milliseconds."""
