"""Processes that are measured."""

from __future__ import annotations

import os
import subprocess
import sys


def run(command: list[str]) -> str:
    """What a process prints; the benchmark ends where it fails, with what that one had to say."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return done.stdout
