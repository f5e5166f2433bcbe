"""What the formats that are read share: templates of what they hold, and the sizes of their images."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any

import imagesize

from labelwright.contracts import Control, ExampleSpec, Input, Template
from labelwright.io.archive import Archive
from labelwright.problems import DataError, ProblemType
from labelwright.records import Kind

OBJECTS = "objects"
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
