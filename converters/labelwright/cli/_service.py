"""What the commands share that look at the service's database or ask something of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from labelwright.problems import UsageError

if TYPE_CHECKING:
    from labelwright.service.context import Service


@contextlib.contextmanager
def service_of(config: Path, database_url: str) -> Iterator[Service]:
    """The service of a configuration, whether it runs or not. Raises ``UsageError``."""
    from labelwright.service.config.load import load

    try:
        from sqlalchemy.exc import OperationalError

        from labelwright.service.running import opened
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("labelwright"):
            raise
        raise UsageError("the serve extra is not installed: pip install 'labelwright[serve]'") from None
    try:
        with opened(load(config), database_url) as service:
            yield service
    except OperationalError:
        raise UsageError("the database does not answer; see that it runs and who may log in") from None


def when(moment: float | None) -> str:
    """A time for people, in UTC; a dash where there is none."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else "-"
