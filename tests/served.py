"""Served models, asked by real HTTP requests."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Ask = Callable[[Any], tuple[int, Any]]
    """Sends a body as JSON, and returns status and answer."""


@contextmanager
def serving(model: Any) -> Iterator[Ask]:
    """MLflow's own scoring server in a thread, as ``mlflow models serve`` runs it in processes."""
    import uvicorn
    from mlflow.pyfunc.scoring_server import init

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(init(model), log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield asking(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


def asking(port: int) -> Ask:
    """Asks the server at a port of this machine."""

    def ask(body: Any) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("POST", "/invocations", json.dumps(body), {"content-type": "application/json"})
        response = connection.getresponse()
        told = json.loads(response.read())
        connection.close()
        return response.status, told["predictions"] if response.status == 200 else told["message"]

    return ask
