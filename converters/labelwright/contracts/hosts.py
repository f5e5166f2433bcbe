"""How a tool's own protocol asks for the answers of predictors, and how a tool is told to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from labelwright.contracts.hooks import Registered, Server
from labelwright.contracts.predictors import Files, Served
from labelwright.contracts.templates import Template


class HostRequest(Struct, frozen=True):
    """A request to a host. ``path`` is what follows its prefix; ``headers`` have lower-case names.

    ``ports`` are those that the protocol has of its own: by predictor, under ``""`` that of all;
    ``predictor`` is the one at whose port this came in.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = {}
    ports: Mapping[str, int] = {}
    predictor: str = ""


class ToLearn(Struct, frozen=True):
    """Somebody answered in a project, or (``now``) asks that a predictor learns of its answers.

    ``projects`` are names by which the tool knows the project: its id, its title.
    """

    projects: tuple[str, ...]
    now: bool = False


class HostAnswer(Struct, frozen=True):
    """What a host answers: JSON unless ``type`` says otherwise.

    ``codes`` counts the problems on the way by their codes, ``items`` those that were asked about;
    ``learn`` is what the answers of people call for. ``predictor`` is the one that was asked, where the
    path does not begin with its name.
    """

    status: int
    body: bytes
    type: str = "application/json"
    headers: Mapping[str, str] = {}
    codes: Mapping[str, int] = {}
    items: int = 0
    learn: ToLearn | None = None
    predictor: str = ""


class Host(Protocol):
    """A tool's own protocol for asking models: the capability ``predictor-host`` names one.

    ``prefix`` is the first part of the path that it is served under. ``answer`` may take its time: it runs
    in a thread; ``at_once`` answers what must not wait for a model (health, setup), or gives None.
    Optional is ``nameless``: True where requests do not say which item they are about, so that no lot can
    be drawn for it (``Item.lot`` is None) and a predictor with a blind share refuses to suggest.
    """

    prefix: str

    def at_once(self, request: HostRequest, served: Mapping[str, Served]) -> HostAnswer | None:
        """An answer that takes no longer than a few milliseconds; None: ask ``answer``."""
        ...

    def answer(
        self, request: HostRequest, served: Mapping[str, Served], files: Mapping[str, Files]
    ) -> HostAnswer:
        """The answer to one request. ``files`` read the media of each served predictor's items."""
        ...


class Wanted(Struct, frozen=True):
    """How a tool is to ask a predictor: at ``url``, as ``user`` with ``key``, under a ``title``.

    ``interactive``: while somebody draws, too. ``learns``: it wants to hear that people answered.
    ``template`` says what it reads and answers: its controls alone.
    """

    url: str
    title: str
    user: str
    key: str
    interactive: bool = False
    learns: bool = False
    template: Template | None = None


class Asks(Protocol):
    """How a tool is told to ask a predictor: the capability ``predictor-connect`` names one."""

    def connect(self, server: Server, project: str, wanted: Wanted, check: bool) -> Registered:
        """Let a project ask a predictor; doing it twice changes nothing.

        What asks at the address already is repaired, and of several one is left. ``check``: only look.
        Raises ``UsageError`` and ``DataError``.
        """
        ...

    def disconnect(self, server: Server, project: str, url: str) -> int:
        """Let a project ask no longer; how many times it had been told to."""
        ...
