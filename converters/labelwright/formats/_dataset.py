"""What the formats that are read share: templates of what they hold, items of their images."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

import imagesize

from labelwright.contracts import Control, ExampleSpec, Input, Template
from labelwright.formats._pictures import shape_controls, shown_input
from labelwright.io.archive import Archive
from labelwright.problems import READ, DataError, Place, Problem, Problems, ProblemType, UsageError
from labelwright.records import Annotation, Film, Item, ItemKey, Kind, Shape, Track

OBJECTS = "objects"
LABEL_UNKNOWN = ProblemType(
    "dataset.label-unknown",
    "An object has a label that the template does not have",
    "the label {label!r} is none of the template's",
    "Add the label to the template, or leave --template out.",
)
NO_IMAGE_FILE = ProblemType(
    "dataset.image-missing",
    "An image is not there, so that its size is not known; its objects are left out",
    "there is no image for {name!r}, and without its size its {count} objects have no place",
    "Put the images into the data set.",
)
IMAGE_BROKEN = ProblemType(
    "dataset.image-unreadable",
    "An image does not tell its size; its objects are left out",
    "the image {name!r} is damaged or of an unknown kind; {count} objects have no place",
    "Put a readable image there.",
)
SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif", ".avif", ".heic", ".jp2", ".dng", ".mpo")  # fmt: skip  # noqa: E501
HEAD = 1 << 16
MOST = 1 << 28


def image_template(
    name: str,
    title: str,
    labels: Iterable[str],
    *,
    shapes: Iterable[str] = (),
    kind: Kind = Kind.SHAPES,
    asked: Mapping[str, Control] | None = None,
    **also: Any,
) -> Template:
    """The template of a data set of images (of films, where ``kind`` is tracks).

    Args:
        name: the format's.
        title: the format's.
        labels: of the objects.
        shapes: what they are.
        kind: shapes or tracks.
        asked: more controls, after that of the objects.
        also: more fields of the control of the objects.
    """
    type_ = "video" if kind is Kind.TRACKS else "image"
    drawn = Control(kind, labels=list(dict.fromkeys(labels)), input=type_, shapes=list(shapes), **also)
    controls = {OBJECTS: drawn, **(asked or {})}
    return Template(
        name,
        title=title,
        modality=type_,
        inputs={type_: Input(type_)},
        controls=controls,
        example=ExampleSpec(kind="none"),
    )


class Reading:
    """The way from a data set's objects into the items of a template."""

    def __init__(self, template: Template, problems: Problems, source: str) -> None:
        """Find the control that is answered. Raises ``UsageError`` if the template has none, or several."""
        drawn = shape_controls(template)
        if len(drawn) > 1 and OBJECTS in drawn:
            drawn = [OBJECTS]
        if len(drawn) != 1:
            raise UsageError(
                f"template {template.name} has {len(drawn)} controls of shapes; this data set answers one"
            )
        self.control = drawn[0]
        self.input = shown_input(template, self.control)
        self.template, self.problems, self.source = template, problems, source
        self._labels = frozenset(template.controls[self.control].labels)
        self._ledger = problems.ledger(READ)

    def kept(self, label: str, place: Place) -> None:
        """Enter an object that is read; a label that the template lacks is a problem."""
        self._ledger.taken += 1
        self._ledger.given += 1
        if self._labels and label and label not in self._labels:
            self.problems.add(LABEL_UNKNOWN.at(place, label=label))

    def lost(self, problem: Problem, count: int = 1) -> None:
        """Enter objects that cannot be read."""
        if count:
            self._ledger.taken += count
            self.problems.lose(READ, problem, count)

    def place(self, file: str, line: int = 0, path: str = "") -> Place:
        """A place in a file of the source."""
        name = self.source if not file or file == self.source else f"{self.source}/{file}"
        return Place(name, line, path=path)

    def item(
        self,
        name: str,
        image: str,
        size: tuple[int, int] | None,
        objects: Iterable[Shape | Track],
        *,
        answers: Mapping[str, Any] | None = None,
        meta: Mapping[str, Any] | None = None,
        film: Film | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> Item:
        """One image (or film) with one annotation."""
        given = {self.control: tuple(objects), **(answers or {})}
        return Item(
            ItemKey("", "", name),
            {self.input: image, **(inputs or {})},
            [Annotation(name, "", given)],
            meta=dict(meta or {}),
            sizes={} if size is None else {self.input: size},
            films={} if film is None else {self.input: film},
        )


def is_image(name: str) -> bool:
    """Whether a file's name is that of an image."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES


def image_size(archive: Archive, name: str) -> tuple[int, int] | None:
    """Width and height of an image as it is shown (turned as its EXIF data says), if the file tells."""
    try:
        with archive.open(name) as handle:
            data = handle.read(HEAD)
            found = imagesize.get(io.BytesIO(data))
            if min(found) <= 0 and len(data) == HEAD:
                found = imagesize.get(io.BytesIO(data + handle.read(MOST)))
    except DataError:
        return None
    width, height = found
    return (int(width), int(height)) if min(width, height) > 0 else None
