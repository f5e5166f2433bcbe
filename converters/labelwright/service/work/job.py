"""What a rebuild is told and what it answers: JSON between the service and the process that does the work."""

from __future__ import annotations

from msgspec import Struct

from labelwright.service.config.model import DatasetConfig


class Job(Struct):
    """One rebuild. Paths are absolute; ``gold``, ``references`` and folders of media in ``datasets`` too.

    ``recorded`` is the newest version of each data set that is on record. ``held``: the process has
    inherited the lock of the project's folder.
    """

    build: str
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
    recorded: dict[str, int] = {}
    held: bool = False
    fetch_within: float = 3600.0  # seconds that reading from the tool may take


class Told(Struct):
    """Why a rebuild could not be done: a problem in words, without anything of the data."""

    code: str
    message: str
    remedy: str = ""
    busy: bool = False  # another one works on the same project


class FileMade(Struct):
    """A file of a version."""

    name: str
    size: int
    sha256: str


class VersionMade(Struct):
    """A version of a data set as it lies on disk.

    ``agreement`` is that of the gated control that has the least of it.
    """

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
    gold_target: float | None = None
    gold_missed: dict[str, float] = {}  # pseudonyms below the target, with their accuracy


class Done(Struct):
    """What a rebuild did. What it found of the items, which may be many, lies in the project's folder.

    ``versions`` are those that are not on record, oldest first; ``kept``: the numbers on disk by data set.
    """

    versions: list[VersionMade] = []
    kept: dict[str, list[int]] = {}
    failed: Told | None = None
