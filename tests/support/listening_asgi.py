"""An ASGI app on loopback, served as the service is."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn


@contextmanager
def listening_asgi(app: Any, **options: Any) -> Iterator[int]:
    """Serve an ASGI app as the service is served, in a thread; yields the port."""
    bound = socket.socket()  # at once, so that nobody else takes the port
    bound.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_config=None, lifespan="off", **options)
    server = uvicorn.Server(config)
    thread = Thread(target=lambda: asyncio.run(server.serve(sockets=[bound])))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield int(bound.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
        bound.close()
