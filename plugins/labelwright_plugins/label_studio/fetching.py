"""Gives the files that items show, out of the server that holds them."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from labelwright.media.names import climbs
from labelwright.media.problems import NOT_FETCHED, TOO_MANY_BYTES
from labelwright.media.sources import MOST_BYTES, Fault, Fetcher
from labelwright.problems import DataError, Place
from labelwright_plugins.label_studio import errors
from labelwright_plugins.label_studio.client import Client, connect_with
from labelwright_plugins.label_studio.settings import settings

SERVED = "/data/"  # uploads, and files of a local storage
# What is wrong with one file; anything else is wrong with the server, and ends the run.
_OF_A_FILE = {e.code for e in (errors.FORBIDDEN, errors.NOT_AN_ANSWER, errors.REFUSED, errors.SERVER_ERROR)}


def open_fetcher(url: str | None = None) -> Fetcher:
    """A function that gives a file's bytes by its address on the server.

    The server's address is ``url`` or the environment's, the token that of the environment. Raises
    ``UsageError`` without them, or without the SDK.
    """
    return Fetching(connect_with(settings(url)))


class Fetching:
    """Asks the configured server alone: the token goes nowhere else, nor after a redirect."""

    def __init__(self, client: Client, most: int = MOST_BYTES) -> None:
        """Files of more than ``most`` bytes are refused."""
        self._client, self._most = client, most

    def __repr__(self) -> str:
        """The server's address alone."""
        return f"Fetching({self._client.url!r})"

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def __call__(self, uri: str, place: Place) -> bytes | None:
        """The bytes of an address; None for another server's, or one that this has not.

        Raises ``Fault`` if the server will not give the file, ``DataError`` if it is not to be used.
        """
        del place
        path = self._path(uri)
        if path is None:
            return None
        try:
            found = self._client.content(path, self._most)
        except DataError as error:
            if error.problem.code == errors.NOT_FOUND.code:
                return None
            if error.problem.code in _OF_A_FILE:
                raise Fault(NOT_FETCHED, reason=error.problem.message) from None
            raise
        if found is None:
            raise Fault(TOO_MANY_BYTES, size=f"more than {self._most}", limit=self._most)
        return found

    def _path(self, uri: str) -> str | None:
        """The path below the server's root that an address means; None if it is not of this server."""
        own = uri.removeprefix(self._client.url) if uri.startswith(f"{self._client.url}/") else uri
        if not own.startswith(SERVED):
            # A server below a path of its host says that path, too.
            root = urlsplit(self._client.url).path
            if not (root and own.startswith(f"{root}{SERVED}")):
                return None
            own = own.removeprefix(root)
        path, _, query = own.partition("?")
        if climbs(path):
            return None
        asked = f"?{quote(query, safe=_SAFE)}" if query else ""
        return quote(path, safe=_SAFE) + asked


_SAFE = "/%:@!$&'()*+,;=~-._"
