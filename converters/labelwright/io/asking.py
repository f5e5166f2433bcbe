"""What every client of a tool's server does alike: it tries reads again, and shows no secret."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self

from labelwright.problems import DataError, ProblemType

ATTEMPTS = 4  # of a read
BACKOFF = 0.5  # seconds before the first retry; doubled each time

_CLOSED = ("aborted", "reset", "RemoteDisconnected", "disconnected")
_KNOWN = {
    "refused": "the connection was refused",
    "resolve": "the host name is unknown",
    "not known": "the host name is unknown",
    "certificate": "its certificate is not trusted",
}


class Passing(Exception):
    """A failure that may pass: a read is tried again."""

    def __init__(self, kind: ProblemType, **what: Any) -> None:
        """Carry the problem that stands if it does not pass."""
        super().__init__(kind.code)
        self.problem = kind.at(**what)


class Asking:
    """A client, closed at the end of its ``with``; what it sends raises ``Passing`` or ``DataError``."""

    def __init__(self, url: str, *secrets: str) -> None:
        """``secrets`` are left out of what is told of the server's answers."""
        self.url = url
        self.backoff = BACKOFF
        self._secrets = [secret for secret in secrets if secret]

    def __repr__(self) -> str:
        """The address alone: no token."""
        return f"Client({self.url!r})"

    def __enter__(self) -> Self:
        """Nothing to do on the way in."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        raise TypeError(f"{type(self).__name__} does not say how it is closed")

    def hide(self, secret: str) -> None:
        """Leave a secret that is sent out of what is told of answers."""
        self._secrets.append(secret)

    def _again(self, act: Callable[[], Any]) -> Any:
        """What ``act`` gives, tried again a few times. Raises ``DataError``."""
        wait = self.backoff
        for _ in range(ATTEMPTS - 1):
            try:
                return act()
            except Passing:
                time.sleep(wait)
                wait *= 2
        return self._at_once(act)

    def _at_once(self, act: Callable[[], Any]) -> Any:
        """What ``act`` gives; sent once, since a repeated request might act twice. Raises ``DataError``."""
        try:
            return act()
        except Passing as failure:
            raise DataError(failure.problem) from None


def reason_of(error: Exception) -> tuple[bool, str]:
    """Whether trying again may help, and why there is no connection, in words."""
    text = str(error)
    if any(word in text for word in _CLOSED):
        return True, "the connection was closed"
    found = (reason for word, reason in _KNOWN.items() if word in text.replace("CERTIFICATE", "certificate"))
    return False, next(found, type(error).__name__)


def date_of(text: str) -> datetime | None:
    """The time that an answer's ``Date`` header says, if it says one."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (TypeError, ValueError):
        return None
