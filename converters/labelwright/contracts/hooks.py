"""What a tool brings so that its webhooks can be received: the capability ``webhook`` names a ``Hooks``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct


class Server(Struct, frozen=True):
    """A tool's server as the service is configured for it. The files hold secrets; they are not read here.

    ``finished_only``: where the tool knows which work is finished, other work does not count.
    """

    url: str
    token_file: str = ""
    username: str = ""
    password_file: str = ""
    organization: str = ""
    finished_only: bool = False


class Heard(Struct, frozen=True):
    """One delivery, understood.

    ``key`` is equal for two deliveries that mean the same, and differs for any two that may not.
    ``project`` is the tool's id of the project it speaks of (empty: it does not say). ``items`` are the
    ids of what has moved, as ``contents`` names them, or ``*`` for what it does not name. ``known``:
    whether the event is one that the tool is known to send. ``kept`` is the payload without secrets and
    e-mails. ``moves``: whether a data set can change by it; a ping cannot.
    """

    event: str
    key: str
    project: str = ""
    items: tuple[str, ...] = ()
    known: bool = True
    moves: bool = True
    kept: Any = None


class Registered(Struct, frozen=True):
    """What ``connect`` found or did: ``state``: created, updated, unchanged; of a check missing or wrong.

    ``differs`` names what is (or was) not as it should be; ``removed`` counts webhooks that were one too
    many. ``address`` is the page of the tool where it can be seen. ``told`` are sentences for a person.
    """

    state: str
    id: str = ""
    differs: tuple[str, ...] = ()
    removed: int = 0
    address: str = ""
    told: tuple[str, ...] = ()


class Hooks(Protocol):
    """What a tool's webhooks look like, and how they are registered."""

    def authentic(self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> bool:
        """Whether a delivery knows one of the secrets. Takes the same time whichever it is.

        ``headers`` have lower-case names. No secret: never.
        """
        ...

    def hear(self, payload: Any) -> Heard:
        """Understand a decoded body. Raises ``ValueError`` (never with the body in it) if it cannot be."""
        ...

    def contents(self, folder: Path) -> Mapping[str, str]:
        """What the last pull into a folder found: the digest of each item by its id.

        The ids are those of ``Heard.items``. They are paths: one that is named stands for
        all below it (``7`` for ``7/12``).
        """
        ...

    def unanswered(self, folder: Path) -> int:
        """How many items the last pull into a folder left out because nobody has answered them yet."""
        ...

    def connect(self, server: Server, project: str, url: str, secret: str, check: bool) -> Registered:
        """Let a project send to ``url`` with the secret; doing it twice changes nothing.

        What sends to ``url`` already is repaired, and if there are several, one is left. Nobody has to
        answer at ``url``. ``check``: only look. Raises ``UsageError`` and ``DataError``.
        """
        ...

    def disconnect(self, server: Server, project: str, url: str) -> int:
        """Remove every webhook of the project that sends to ``url``; how many there were."""
        ...
