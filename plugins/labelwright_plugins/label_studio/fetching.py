"""Gives the files that items show, out of the server that holds them."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from labelwright.media.names import climbs
from labelwright.media.problems import TOO_MANY_BYTES
from labelwright.media.serverfiles import ServerFiles
from labelwright.media.sources import Fault, Fetcher
from labelwright.problems import DataError, Place
from labelwright_plugins.label_studio import errors
from labelwright_plugins.label_studio.client import Client, connect_with
from labelwright_plugins.label_studio.settings import settings

SERVED = "/data/"  # uploads, and files of a local storage


def open_fetcher(url: str | None = None) -> Fetcher:
    """A function that gives a file's bytes by its address on the server.

    The server's address is ``url`` or the environment's, the token that of the environment. Raises
    ``UsageError`` without them, or without the SDK.
    """
    return Fetching(connect_with(settings(url)))


class Fetching(ServerFiles[Client]):
    """Asks the configured server alone: the token goes nowhere else, nor after a redirect."""

    missing = errors.NOT_FOUND
    faults = (errors.FORBIDDEN, errors.NOT_AN_ANSWER, errors.REFUSED, errors.SERVER_ERROR)

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
            self._absent(error)
            return None
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
