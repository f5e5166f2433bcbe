"""Runs the service under uvicorn until it is told to end."""

from __future__ import annotations

import gc
from collections.abc import Callable

from labelwright.problems import UsageError
from labelwright.service.config.load import Loaded

YOUNG = 20_000  # new objects between two searches for those that nobody can reach


def serve(loaded: Loaded, database_url: str, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises ``UsageError`` if the extra is missing or the port taken."""
    try:
        import uvicorn

        from labelwright.service.app import build
        from labelwright.service.running import at_work, opened
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("labelwright"):
            raise
        raise UsageError("the serve extra is not installed: pip install 'labelwright[serve]'") from None
    config = loaded.config.service
    with opened(loaded, database_url) as service, at_work(service):
        say(f"labelwright serves at {loaded.public_url} ({len(service.projects)} projects)")
        server = uvicorn.Server(
            uvicorn.Config(
                build(service),
                host=config.host,
                port=config.port,
                log_config=None,
                access_log=False,
                proxy_headers=False,  # whom to believe is login.proxies, and not whoever is local
                server_header=False,
                timeout_graceful_shutdown=int(config.drain),
            )
        )
        settle_memory()
        server.run()


def settle_memory() -> None:
    """Look no more through what is there for good: each round of it would hold up requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG)
