"""The worker's heartbeat: a thread of its own tells the driver that the process lives and gets somewhere."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from automl.alive import beats

if TYPE_CHECKING:
    from automl.runner.channel import Channel

_PACE = 1.0


def start(channel: Channel) -> None:
    """Send ``("alive", (beats, seconds computed))`` about once a second; end the process once the driver is gone."""
    threading.Thread(target=_beat, args=(channel,), name="heartbeat", daemon=True).start()


def _beat(channel: Channel) -> None:
    while True:
        time.sleep(_PACE)
        try:
            channel.send(("alive", (beats(), time.process_time())))
        except (OSError, ValueError):
            os._exit(1)  # nobody waits for this job, which may be in the middle of a long epoch
