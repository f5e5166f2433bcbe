"""An ASGI app on loopback, served as the service is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn
from programs import free_port


@contextmanager
def listening_asgi(app: Any, **options: Any) -> Iterator[int]:
    """Serve an ASGI app as the service is served, in a thread; yields the port."""
    config = uvicorn.Config(app, port=free_port(), log_config=None, lifespan="off", **options)
    server = uvicorn.Server(config)
    thread = Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield config.port
    finally:
        server.should_exit = True
        thread.join()
