"""Runs the service under uvicorn until it is told to end."""

from __future__ import annotations

from collections.abc import Callable

from labelwright.problems import UsageError
from labelwright.service.config.load import Loaded


def serve(loaded: Loaded, database_url: str, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises ``UsageError`` if the extra is missing or the port taken."""
    try:
        import uvicorn

        from labelwright.service.app import build
        from labelwright.service.memory import settle
        from labelwright.service.running import at_work, opened
        from labelwright.service.wire import GuardedProtocol
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
                http=GuardedProtocol,
                host=config.host,
                port=config.port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=int(config.drain),
            )
        )
        settle()
        server.run()
