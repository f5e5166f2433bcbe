"""What dialects and formats promise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from labelwright.contracts.templates import Template
from labelwright.contracts.tools import Source
from labelwright.examples import Example
from labelwright.problems import Problem, Problems
from labelwright.records import Item, Kind, Resolved


class Broken(Struct, frozen=True):
    """A rule that a row breaks: the rule's code, the path inside the row, and what is wrong."""

    code: str
    path: str
    message: str


class FileRules(Struct, frozen=True):
    """What a dialect asks of the file as a whole."""

    byte_order_mark: bool = False
    min_rows: int = 1
    max_rows: int = 0
    max_bytes: int = 0


class Dialect(Protocol):
    """The shape of a JSONL training file for one trainer."""

    name: str
    title: str
    reference: str  # address of the public specification
    kinds: frozenset[str]  # example kinds it takes
    file_rules: FileRules

    def schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) of one row."""
        ...

    def row(self, example: Example) -> dict[str, Any]:
        """One example as one row."""
        ...

    def check(self, row: Any) -> Iterator[Broken]:
        """Every rule beyond the schema that a row breaks."""
        ...

    def companions(self, files: Sequence[Path]) -> Mapping[str, bytes]:
        """Files that go beside the training files (name to content), such as dataset_info.json."""
        ...


class Format(Protocol):
    """An annotation file format, written from resolved items and checked as a whole file.

    One that needs inputs of certain types names them in an attribute ``inputs``. One that takes answers as
    a model's too (see ``Resolved.predicted``) has ``predictions = True``. One that can be read
    back is a ``Dataset`` too.
    """

    name: str
    title: str
    reference: str
    suffix: str
    kinds: frozenset[Kind]  # value kinds, one of which the template must ask

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """Yield the file's bytes; what it cannot hold is a loss in ``problems``."""
        ...

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Every rule that a file of this format breaks, with line and path."""
        ...


class FolderFormat(Format, Protocol):
    """A format of several files. ``write`` gives the first alone; what other files would hold is a loss.

    ``write_files`` may name folders (``labels/train/a.txt``), never upwards.
    """

    def write_files(
        self, items: Iterable[Resolved], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of one file after the other; names differ."""
        ...


@runtime_checkable
class SidedFormat(Protocol):
    """What a ``FolderFormat`` offers beside if one folder of it holds all sides of a split."""

    def write_sides(
        self, sides: Mapping[str, Iterable[Resolved]], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of one file after the other, as ``write_files`` gives them.

        ``sides`` holds the items of each side by name: train, and perhaps validation and test. Each can
        be gone through once.
        """
        ...


@runtime_checkable
class FolderChecked(Protocol):
    """What a format offers beside ``Format`` if a folder or zip archive of it can be checked as a whole."""

    def check_folder(self, source: Source, problems: Problems) -> None:
        """Add every rule that any file breaks, and what does not fit together.

        Raises ``DataError`` if the source holds no file of this format.
        """
        ...


@runtime_checkable
class Dataset(Protocol):
    """What a format offers beside ``Format`` if its files can be read into items.

    ``source.path`` is a file, a folder or a zip archive. Shapes in it answer the control ``objects`` of
    the template that ``infer`` makes; a template of the user's own with a single control of shapes is
    answered just the same.
    """

    name: str
    title: str

    def recognise(self, source: Source, head: bytes) -> str:
        """Name the form of a source, from its path and first bytes; empty if it is not of this format."""
        ...

    def infer(self, source: Source, problems: Problems) -> Template:
        """See ``Infers``."""
        ...

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """Yield each image or film once, in the source's order, with one annotation."""
        ...
