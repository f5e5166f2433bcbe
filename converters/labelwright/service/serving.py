"""Runs the service under uvicorn until it is told to end."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from labelwright.problems import DataError, UsageError
from labelwright.service.config.load import Loaded
from labelwright.service.logging import set_up
from labelwright.service.memory import settle
from labelwright.service.redaction import redactor

if TYPE_CHECKING:
    import uvicorn

    from labelwright.service.context import Service
    from labelwright.service.doors import Doors

log = logging.getLogger(__name__)

BUG = 3  # exit code


def serve(loaded: Loaded, database_url: str, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. Raises ``UsageError`` if the extra is missing or the port taken."""
    try:
        import uvicorn  # noqa: F401

        from labelwright.service.doors import doors, listening
        from labelwright.service.login import where_to_log_in
        from labelwright.service.running import at_work, opened
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("labelwright"):
            raise
        raise UsageError("the serve extra is not installed: pip install 'labelwright[serve]'") from None
    config = loaded.config.service
    undo = set_up(loaded.config.service.log_level, redactor(loaded, database_url))
    try:
        with (
            listening(config.host, config.port) as port,
            doors(loaded) as others,
            opened(loaded, database_url) as service,
            _told_to_end(service),
            at_work(service),
        ):
            config.port = port.getsockname()[1]
            service.extra["ports"] = others.ports
            server = _server(service, others)  # what cannot be served is said before anything else
            say(where_to_log_in(service))
            say(f"labelwright serves at {loaded.public_url} ({len(service.projects)} projects)")
            for number, door in others.by_port.items():
                say(f"labelwright answers {door.predictor or door.protocol} at port {number} too")
            settle()
            server.run(sockets=[port, *others.sockets])
            log.info("ending: no new deliveries are taken")
        log.info("ended")
    except (UsageError, DataError):
        raise
    except Exception:  # what it says may hold a secret, which the log knows how to leave out
        log.exception("the service ended by a fault of its own")
        raise SystemExit(BUG) from None
    finally:
        undo()


@contextlib.contextmanager
def _told_to_end(service: Service) -> Iterator[None]:
    """A request to end ends the program in order and with 0, whenever it comes.

    The server has its own way while it runs, and raises again what it was told; by then there is nothing
    left to interrupt.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: service.closing.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _server(service: Service, others: Doors) -> uvicorn.Server:
    """The server, which hears a request to end at once."""
    import uvicorn

    from labelwright.service.app import build
    from labelwright.service.outer import outer
    from labelwright.service.wire import GuardedProtocol

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            service.closing.set()
            super().handle_exit(sig, frame)

        async def on_tick(self, counter: int) -> bool:
            if service.closing.is_set():  # it was told before the server listened to signals
                self.should_exit = True
            return await super().on_tick(counter)

    config = service.loaded.config.service
    return Server(
        uvicorn.Config(
            outer(service, others.before(service, build(service))),
            http=GuardedProtocol,
            host=config.host,
            port=config.port,
            log_config=None,
            access_log=False,
            proxy_headers=False,  # whom to believe is login.proxies, and not whoever is local
            server_header=False,
            timeout_graceful_shutdown=max(1, int(config.drain / 5)),
        )
    )
