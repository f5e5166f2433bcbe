"""A dialect whose data set is a folder: rows in files of their own, and the images they are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, cast

import msgspec

from labelwright.contracts import Template
from labelwright.problems import Place, Problems, ProblemType
from labelwright.registry import dialect_of

IMAGE_ABSENT = ProblemType(
    "media.folder-without-image",
    "A data set folder lacks an image that its annotations are about",
    "there is no file for {name!r}, without which the folder cannot be loaded",
    "Say where the images are with --media, or name a .jsonl file with -o to have the rows alone.",
)


class RowsInFolder(Protocol):
    """What a dialect offers beside ``Dialect`` if its data set is a folder (see ``dialects``)."""

    def folder(
        self, rows: Iterable[dict[str, Any]], side: str, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of the files of one side."""
        ...

    def images_folder(self, side: str) -> str:
        """Where in the folder the images of a side go."""
        ...

    def images_of(self, row: dict[str, Any]) -> Sequence[str]:
        """The file names of the images that a row is about."""
        ...


class RowFolder:
    """Writes checked rows as a ``SidedFormat`` writes items."""

    suffix = ".jsonl"

    def __init__(self, dialect: RowsInFolder) -> None:
        """``media``, the folder with the images' files, is set once the run has one."""
        self._dialect = dialect
        self.media = Path()

    def write_sides(
        self, sides: Mapping[str, Iterable[Any]], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """All files of all sides: annotations, then images."""
        for side, rows in sides.items():
            name = side if len(sides) > 1 else ""
            seen: dict[str, None] = {}
            yield from self._dialect.folder(self._watched(rows, seen), name, problems)
            for image in sorted(seen):
                path = self.media / image
                if path.is_file():
                    yield f"{self._dialect.images_folder(name)}/{image}", path.read_bytes()
                else:
                    problems.add(IMAGE_ABSENT.at(Place(source=side), name=image))

    def _watched(self, rows: Iterable[Any], seen: dict[str, None]) -> Iterator[dict[str, Any]]:
        for row in rows:
            seen.update(dict.fromkeys(PurePosixPath(name).name for name in self._dialect.images_of(row)))
            yield row


def row_folder(target: str, path: Path | None) -> RowFolder | None:
    """The writer of a dialect's folder, where ``path`` is one (it has no ending)."""
    dialect = dialect_of(target)
    if dialect is None or path is None or path.suffix or not hasattr(dialect, "folder"):
        return None
    return RowFolder(cast("RowsInFolder", dialect))


def read_rows(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The rows of work files."""
    for path in paths:
        with path.open("rb") as lines:
            for line in lines:
                yield msgspec.json.decode(line)
