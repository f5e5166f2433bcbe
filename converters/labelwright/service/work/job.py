"""What a rebuild is told and what it answers: JSON between the service and the process that does the work."""

from __future__ import annotations

from msgspec import Struct

from labelwright.service.config.model import DatasetConfig


class Job(Struct):
    """One rebuild. Paths are absolute; ``gold``, ``references`` and folders of media in ``datasets`` too."""

    project: str
    tool: str
    what: str  # the project in the tool, by title or id
    url: str
    template: str
    folder: str
    state: str
    annotators: int
    keep: int
    datasets: dict[str, DatasetConfig]


class Told(Struct):
    """Why a rebuild could not be done: a problem in words, without anything of the data."""

    code: str
    message: str
    remedy: str = ""
    busy: bool = False  # another one works on the same project


class VersionMade(Struct):
    """The newest version of a data set, whether this rebuild made it or found it so."""

    dataset: str
    number: int
    published: bool
    gate: str
    measure: str
    agreement: float | None
    threshold: float | None
    counts: dict[str, int]
    problems: dict[str, int]
    files: list[FileMade]
    gold_missed: list[str] = []


class FileMade(Struct):
    """A file of a version."""

    name: str
    size: int
    sha256: str


class Done(Struct):
    """What a rebuild found. ``contents``: digests of items by id; ``complete``: those answered enough."""

    contents: dict[str, str] = {}
    items: int = 0
    complete: list[str] = []
    versions: list[VersionMade] = []
    failed: Told | None = None
