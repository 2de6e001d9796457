"""Forecasts that repeat the season and follow the level: what every network has to beat."""
