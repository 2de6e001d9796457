"""Reinforcement learning: agents that learn from an environment."""
