"""One process of the service: takes its parts up in order, and puts them down in reverse."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from labelwright.problems import UsageError
from labelwright.service.clock import Clock
from labelwright.service.config.load import Loaded
from labelwright.service.context import Service
from labelwright.service.store.database import open_database
from labelwright.service.store.keys import keep_names
from labelwright.service.store.migrate import answering, migrate, undamaged
from labelwright.service.store.places import usable
from labelwright.service.tidy import tidy
from labelwright.service.work import tending
from labelwright.service.work.adopt import adopt
from labelwright.service.work.poker import Poker
from labelwright.service.work.sharing import sharing
from labelwright.service.work.workflows import Workflows


@contextlib.contextmanager
def opened(loaded: Loaded, database_url: str = "") -> Iterator[Service]:
    """The service without anything running: for commands that look at it or ask something of it.

    Raises ``UsageError``, and ``DataError`` for a database that does not answer or is damaged.
    """
    try:
        import sqlalchemy  # noqa: F401
    except ModuleNotFoundError:
        raise UsageError("the serve extra is not installed: pip install 'labelwright[serve]'") from None
    usable(loaded.data, loaded.config.projects)
    database = open_database(database_url or loaded.config.service.database_url, loaded.data)
    try:
        with undamaged():
            migrate(database)
            adopt(database, loaded.data, loaded.config.projects)
            yield Service(loaded, database)
    finally:
        database.close()


@contextlib.contextmanager
def at_work(service: Service) -> Iterator[Service]:
    """The service with its inbox, its rebuilds and its loops; ends them in order, within ``drain``."""
    workflows = Workflows(service, service.node)
    poker = Poker(workflows.ask, service.loaded.config.service.quiet)
    with sharing(service):
        keep_names(service.loaded.data)
        service.poke = poker.poke
        service.extra["workflows"] = workflows
        clock = Clock(service)
        tidy(service.loaded.data)
        tending.sign(service, service.node)
        service.telemetry.start()
        service.inbox.start()
        try:
            with answering(service.database):
                workflows.start()
            poker.start()
            clock.start()
            yield service
        finally:
            _end(service, clock, poker, workflows)


def _end(service: Service, clock: Clock, poker: Poker, workflows: Workflows) -> None:
    service.closing.set()
    share = service.loaded.config.service.drain / 5
    service.inbox.close()  # first: whoever waits for an answer gets it
    clock.stop(share)
    for end in reversed(service.ends):
        end()
    poker.stop()
    workflows.stop(share)
    with contextlib.suppress(SQLAlchemyError):  # it will be taken for dead
        tending.sign_off(service, service.node)
    service.telemetry.stop()
