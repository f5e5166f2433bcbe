"""Gives the files that examples show, out of the server that holds them."""

from __future__ import annotations

from urllib.parse import urlsplit

from labelwright.media.names import climbs
from labelwright.media.problems import TOO_MANY_BYTES
from labelwright.media.serverfiles import ServerFiles
from labelwright.media.sources import MOST_BYTES, Fault, Fetcher
from labelwright.problems import DataError, Place
from labelwright_plugins.doccano import errors
from labelwright_plugins.doccano.client import Client, opened
from labelwright_plugins.doccano.settings import settings
from labelwright_plugins.doccano.shown import SERVED


def open_fetcher(url: str | None = None) -> Fetcher:
    """A function that gives a file's bytes by its address on the server.

    The server's address is ``url`` or the environment's, the log-in that of the environment. Nothing is
    asked yet. Raises ``UsageError`` without them.
    """
    return Fetching(opened(settings(url or "")))


class Fetching(ServerFiles[Client]):
    """Asks the configured server alone, and what it serves as media alone.

    doccano itself gives its media to everybody. It is logged in only where it does not: while doccano waits
    for a predictor, one of its few workers is taken, and each request to it needs another.
    """

    missing = errors.NOT_FOUND
    faults = (errors.FORBIDDEN, errors.NOT_AN_ANSWER, errors.REFUSED, errors.SERVER_ERROR)

    def __init__(self, client: Client, most: int = MOST_BYTES) -> None:
        """Files of more than ``most`` bytes are refused."""
        super().__init__(client, most)
        self._known = False

    def __call__(self, uri: str, place: Place) -> bytes | None:
        """The bytes of an address; None for another server's, or one that this has not.

        Raises ``Fault`` if the server will not give the file, ``DataError`` if it is not to be used.
        """
        del place
        own = uri.removeprefix(self._client.url) if uri.startswith(f"{self._client.url}/") else uri
        own = own if "://" in own else f"/{own.lstrip('/')}"
        path = urlsplit(own).path
        if not own.startswith(SERVED) or climbs(path):
            return None
        try:
            found = self._content(path)
        except DataError as error:
            self._absent(error)
            return None
        if len(found) > self._most:
            raise Fault(TOO_MANY_BYTES, size=len(found), limit=self._most)
        return found

    def _content(self, path: str) -> bytes:
        try:
            return self._client.content(path)
        except DataError as error:
            if self._known or error.problem.code != errors.FORBIDDEN.code:
                raise
        self._client.login()
        self._known = True
        return self._client.content(path)
