"""What the fetchers of tools have in common: what a server holds, given file by file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from labelwright.media.problems import NOT_FETCHED
from labelwright.media.sources import MOST_BYTES, Fault
from labelwright.problems import DataError, ProblemType


class Client(Protocol):
    """A connection to a tool's server."""

    @property
    def url(self) -> str:
        """Its address."""

    def close(self) -> None:
        """Let go of it."""


C = TypeVar("C", bound=Client)


class ServerFiles(Generic[C]):
    """Asks the configured server alone. To be called as a ``Fetcher``.

    ``missing`` is what the client raises where there is no such file, ``faults`` what is wrong with one file
    alone; anything else is wrong with the server, and ends the run.
    """

    missing: ProblemType
    faults: Iterable[ProblemType] = ()

    def __init__(self, client: C, most: int = MOST_BYTES) -> None:
        """Files of more than ``most`` bytes are refused."""
        self._client, self._most = client, most

    def __repr__(self) -> str:
        """The server's address alone."""
        return f"{type(self).__name__}({self._client.url!r})"

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _absent(self, error: DataError) -> None:
        """Return where the server has no such file; else raise ``Fault`` for this file, or the error."""
        code = error.problem.code
        if code == self.missing.code:
            return
        if code in {one.code for one in self.faults}:
            raise Fault(NOT_FETCHED, reason=error.problem.message) from None
        raise error
