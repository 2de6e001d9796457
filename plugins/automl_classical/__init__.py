"""Models that are no networks: boosted trees, linear models, and the forecasts that repeat what was."""
