"""Messages between two processes over a socket, never waited for on the driver's side."""

from __future__ import annotations

import pickle
import socket
import struct
import threading
from contextlib import suppress
from typing import Any

_LENGTH = struct.Struct("!Q")
_PIECE = 1 << 16


class Channel:
    """One end of a connection that carries Python objects.

    ``receive`` takes what has arrived and keeps the beginning of what has not: a process that is stopped in the
    middle of a message holds nobody up. ``send`` may be called by several threads.

    Args:
        end: A connected stream socket; closed with the channel.
    """

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._buffer = bytearray()
        self._lock = threading.Lock()
        self.open = True

    def fileno(self) -> int:
        """The socket's descriptor, to wait on."""
        return self._socket.fileno()

    def send(self, message: Any) -> None:
        """Send a message; waits while the other side has no room for it.

        Raises:
            OSError: The other side is gone.
        """
        self.send_bytes(pickle.dumps(message))

    def send_bytes(self, data: bytes) -> None:
        """Send a message that is pickled already.

        Raises:
            OSError: The other side is gone.
        """
        with self._lock:
            self._socket.sendall(_LENGTH.pack(len(data)) + data)

    def receive(self) -> list[Any]:
        """The messages that have arrived; ``open`` turns false at the end of the connection."""
        messages: list[Any] = []
        with suppress(BlockingIOError):
            while self.open:
                self._take(self._arrived())
                messages += self._complete()
        return messages

    def wait(self) -> Any:
        """The next message, waited for; for a side that sends nothing but answers.

        Raises:
            EOFError: The other side is gone.
        """
        while True:
            if messages := self._complete():
                (message,) = messages
                return message
            self._take(self._socket.recv(_PIECE))
            if not self.open:
                raise EOFError

    def close(self) -> None:
        """Close this end."""
        self.open = False
        self._socket.close()

    def _arrived(self) -> bytes:
        try:
            return self._socket.recv(_PIECE, socket.MSG_DONTWAIT)
        except ConnectionError:  # the other side died before it had read everything
            return b""

    def _take(self, data: bytes) -> None:
        self._buffer += data
        if not data:
            self.open = False

    def _complete(self) -> list[Any]:
        """What the buffer holds in whole messages."""
        messages = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            end = _LENGTH.size + length
            if len(self._buffer) < end:
                break
            messages.append(pickle.loads(self._buffer[_LENGTH.size : end]))
            del self._buffer[:end]
        return messages


def channels() -> tuple[Channel, socket.socket]:
    """Our end of a new connection, and the socket that another process is to have."""
    ours, theirs = socket.socketpair()
    return Channel(ours), theirs
