"""One process of the service: takes its parts up in order, and puts them down in reverse."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from labelwright.problems import UsageError
from labelwright.service.clock import Clock
from labelwright.service.config.load import Loaded
from labelwright.service.context import Service
from labelwright.service.store.database import create, open_database
from labelwright.service.work import tending
from labelwright.service.work.poker import Poker
from labelwright.service.work.sharing import sharing
from labelwright.service.work.workflows import Workflows


def node_name() -> str:
    """What this process is called among those that share a database."""
    return f"{socket.gethostname()}-{os.getpid()}"


@contextlib.contextmanager
def opened(loaded: Loaded, database_url: str = "") -> Iterator[Service]:
    """The service without anything running: for commands that look at it or ask something of it."""
    try:
        import sqlalchemy  # noqa: F401
    except ModuleNotFoundError:
        raise UsageError("the serve extra is not installed: pip install 'labelwright[serve]'") from None
    database = open_database(database_url or loaded.config.service.database_url, loaded.data)
    try:
        create(database)
        yield Service(loaded, database)
    finally:
        database.close()


@contextlib.contextmanager
def at_work(service: Service) -> Iterator[Service]:
    """The service with its inbox, its rebuilds and its loops; ends them in reverse order."""
    node = node_name()
    with sharing(service):
        workflows = Workflows(service, node)
        poker = Poker(workflows.ask, service.loaded.config.service.quiet)
        service.poke = poker.poke
        service.extra |= {"workflows": workflows, "node": node}
        clock = Clock(service)
        tending.sign(service, node)
        service.inbox.start()
        try:
            workflows.start()
            poker.start()
            clock.start()
            yield service
        finally:
            clock.stop()
            service.inbox.close()
            poker.stop()
            workflows.stop(service.loaded.config.service.drain)
            with contextlib.suppress(SQLAlchemyError):  # it will be taken for dead
                tending.sign_off(service, node)
