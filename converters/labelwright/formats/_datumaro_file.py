"""A Datumaro file in memory, and what must hold of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.contracts import SkeletonSpec
from labelwright.formats._datumaro_shapes import Mark, Said, shape_of
from labelwright.formats._losses import Refused
from labelwright.io.archive import Archive
from labelwright.problems import DataError, Place, Problem, ProblemType

NOT_JSON = ProblemType(
    "datumaro.not-json",
    "A file is not the JSON of a Datumaro file",
    "{reason}",
    "Export again: a Datumaro file is one JSON object with categories and items.",
)
NO_FILE = ProblemType(
    "datumaro.no-file",
    "A folder or archive holds no Datumaro file",
    "there is no Datumaro file in it",
    "Pass the folder or archive that holds annotations/*.json.",
)
ENTRY = ProblemType(
    "datumaro.entry-malformed",
    "An entry of a Datumaro file has a value of the wrong type",
    "{reason}",
    "Correct the entry, or export again.",
)
LABEL = ProblemType(
    "datumaro.label-unknown",
    "An annotation has a label that the file does not have",
    "there is no label with the number {label}",
    "Add the label to the categories, or correct the annotation.",
)
ITEM_REPEATED = ProblemType(
    "datumaro.id-repeated",
    "Two items of a file have one id",
    "the id {id!r} is that of another item too",
    "Give every item an id of its own.",
)
SIZE_MISSING = ProblemType(
    "datumaro.size-missing",
    "An image has no size",
    "'size' of the image is {found!r}; it must be height and width in pixels",
    "Write the height and width of the image.",
)
VERSION = ProblemType(
    "datumaro.version-unknown",
    "A file is of a version of Datumaro's format that is not known",
    "'dm_format_version' is {found!r}; known are 1.0 and legacy",
    "Export again as version 1.0.",
)
HEAD = 1 << 16
TAGS = "tags"  # the control that a label annotation answers unless it names another


def looks_like(head: bytes) -> bool:
    """Whether a file begins as one of Datumaro does."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"{") and (
        b'"dm_format_version"' in text[:200] or (b'"items"' in text and b'"label_id"' in text)
    )


def parts_of(archive: Archive) -> list[tuple[str, str]]:
    """Subset and name of each file of the format."""
    found = []
    for name in archive.names():
        if name.lower().endswith(".json") or archive.only:
            with archive.open(name) as handle:
                if looks_like(handle.read(HEAD)):
                    found.append(("" if archive.only else PurePosixPath(name).stem, name))
    return found


class Entry(Struct):
    """An item; annotations are converted one by one, so that a bad one costs itself alone."""

    id: str = ""
    annotations: list[Any] = []
    attr: dict[str, Any] = {}
    image: dict[str, Any] = {}
    media: dict[str, Any] = {}

    @property
    def path(self) -> str:
        """The image's file, or the item's id."""
        found = self.image.get("path") or self.media.get("path")
        return found if isinstance(found, str) else self.id

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height."""
        found = self.image.get("size")
        sound = isinstance(found, list) and len(found) == 2 and all(type(n) is int and n > 0 for n in found)
        return (found[1], found[0]) if sound and found is not None else None


class File:
    """One file: its labels, figures and items."""

    def __init__(self, data: bytes, name: str) -> None:
        """Decode it. Raises ``DataError`` if it is no JSON object."""
        self.name = name
        self.problems: list[Problem] = []
        try:
            whole = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise DataError(NOT_JSON.at(Place(name), reason=str(error))) from None
        if not isinstance(whole, dict) or not isinstance(whole.get("items"), list):
            raise DataError(NOT_JSON.at(Place(name), reason="the file has no list of items"))
        if whole.get("dm_format_version", "1.0") not in ("1.0", "legacy"):
            self.problems.append(VERSION.at(Place(name), found=whole["dm_format_version"]))
        self.labels: list[str] = []
        self.parents: list[str] = []
        self.figures: dict[int, SkeletonSpec] = {}
        try:
            self._categories(whole.get("categories") or {})
        except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
            reason = f"the categories cannot be read: {error!r}"
            self.problems.append(ENTRY.at(Place(name, path="categories"), reason=reason))
        self.items = whole["items"]

    def _categories(self, given: dict[str, Any]) -> None:
        for label in (given.get("label") or {}).get("labels", []):
            self.labels.append(str(label["name"]))
            self.parents.append(str(label.get("parent") or ""))
        for figure in (given.get("points") or {}).get("items", []):
            names = [str(name) for name in figure["labels"]]
            pairs = [[names[a - 1], names[b - 1]] for a, b in figure.get("joints", []) if min(a, b) > 0]
            self.figures[int(figure["label_id"])] = SkeletonSpec(names, pairs)

    def drawable(self) -> Iterator[tuple[int, str]]:
        """The labels, without the joints of figures."""
        joints = {self.labels[n]: set(f.joints) for n, f in self.figures.items() if n < len(self.labels)}
        for number, (label, parent) in enumerate(zip(self.labels, self.parents, strict=True)):
            if label not in joints.get(parent, ()):
                yield number, label

    def entries(self, problems: list[Problem]) -> Iterator[tuple[int, Entry]]:
        """The items that can be read."""
        for number, given in enumerate(self.items):
            try:
                yield number, msgspec.convert(given, Entry)
            except msgspec.ValidationError as error:
                place = Place(self.name, path=f"items[{number}]")
                problems.append(ENTRY.at(place, reason=str(error)))

    def label(self, mark: Mark) -> str:
        """The name of an annotation's label, empty if it has none. Raises ``Refused``."""
        number = mark.label_id
        if number is None:
            return ""
        if not 0 <= number < len(self.labels):
            raise Refused(LABEL, label=number)
        return self.labels[number]

    def mark(self, given: Any) -> tuple[Mark, str]:
        """An annotation and its label. Raises ``Refused``."""
        try:
            mark = msgspec.convert(given, Mark)
        except msgspec.ValidationError as error:
            raise Refused(ENTRY, reason=str(error)) from None
        return mark, self.label(mark)

    def shape(self, mark: Mark) -> Said:
        """The shape of an annotation. Raises ``Refused``."""
        figure = self.figures.get(-1 if mark.label_id is None else mark.label_id)
        return shape_of(mark, figure.joints if figure is not None else [])


def check(data: bytes, source: str) -> Iterator[Problem]:
    """Every rule that a file breaks."""
    try:
        file = File(data, source)
    except DataError as error:
        yield error.problem
        return
    problems = file.problems
    ids: set[str] = set()
    for number, entry in file.entries(problems):
        place = Place(source, path=f"items[{number}]")
        if entry.id in ids:
            yield ITEM_REPEATED.at(place, id=entry.id)
        ids.add(entry.id)
        if entry.size is None:
            yield SIZE_MISSING.at(place, found=entry.image.get("size"))
        for at, given in enumerate(entry.annotations):
            try:
                mark, _ = file.mark(given)
                if mark.type not in ("label", "caption"):
                    file.shape(mark)
            except Refused as why:
                yield why.kind.at(Place(source, path=f"items[{number}].annotations[{at}]"), **why.what)
    yield from problems
