"""COCO: instances, keypoints and masks in one JSON file, with an entry for every image.

Boxes are written as they are (``bbox``: x, y, width, height in pixels), polygons as polygons, masks and
polygons with holes as compressed run lengths with ``iscrowd`` 0, figures as keypoints with their
visibility (0, 1, 2). What COCO has no field for goes where its readers ignore it, so that it comes back
when labelwright reads the file: of an annotation under ``attributes`` (``occluded``, ``track_id`` and
``keyframe`` as CVAT writes them, ``group_id``, ``z_order``, every answer about the shape), of an image
under ``attributes`` too. A turned box has its true extent as ``bbox``, its four corners as polygon and
``rotation`` and ``box`` among its attributes; an ellipse is a polygon with ``ellipse`` among them. Polylines,
points and cuboids are not held.

A plain box has no outline (``segmentation`` []), as in CVAT's files. Every reader that we know opens that;
where a box has an outline, several take it for a polygon. There are no pixels to such an object, so that
pycocotools makes no mask of it: leave boxes out of an evaluation of masks. Of a film each frame on which
something is seen is an image.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from math import isfinite
from typing import IO, Any

import msgspec

from labelwright.contracts import Source, Template
from labelwright.formats import _losses as losses
from labelwright.formats._attributes import attributes_of, is_plain
from labelwright.formats._categories import Categories
from labelwright.formats._coco_check import check
from labelwright.formats._coco_read import NO_FILE, infer, looks_like, parts_of, read
from labelwright.formats._coco_rows import Row, body
from labelwright.formats._losses import Refused
from labelwright.formats._pictures import Accounts, Drawn, Picture, answered, pictures
from labelwright.formats._tags import Tags, plain_tags
from labelwright.geometry.shapes import Box
from labelwright.io.archive import Archive
from labelwright.io.idset import IdSet
from labelwright.problems import DataError, Place, Problem, Problems, ProblemType, Severity
from labelwright.records import Item, Kind, Resolved

SIZE_UNKNOWN = ProblemType(
    "coco.size-unknown",
    "An image is written without its width and height",
    "nothing tells the width and height of the image",
    "Pull the project again with its data, so that the sizes are known.",
)
NAME_REPEATED = ProblemType(
    "coco.file-repeated",
    "Two images are in files of one name",
    "another image is in a file named {name!r} too",
    "None needed if it is the same file; else give the files names or folders of their own.",
    Severity.WARNING,
)
TITLE = "COCO (instances, keypoints, masks)"
SPOOLED = 8 << 20  # bytes of images kept in memory before they go to disk
LOT = 512  # annotations that are written at once
_INFO = b'{"info":{"description":"","version":"1.0"},"licenses":[],"annotations":['


class Coco:
    """Instances, keypoints and masks."""

    name = "coco"
    title = TITLE
    reference = "https://cocodataset.org/#format-data"
    suffix = ".json"
    kinds = frozenset({Kind.SHAPES, Kind.TRACKS})
    inputs = frozenset({"image", "video"})

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """Annotations as they come, then images and categories."""
        categories, accounts = Categories(template), Accounts(problems)
        writer = _Writer(categories, accounts)
        encode = msgspec.json.Encoder().encode
        with tempfile.SpooledTemporaryFile(SPOOLED) as spool:
            images = _Images(template, problems, spool)
            lot: list[bytes] = []
            start = _INFO
            for picture in pictures(items, template, problems):
                image = images.add(picture)
                for drawn in picture.drawn:
                    row = writer.row(picture, drawn, image)
                    if row is not None:
                        lot.append(encode(row))
                if len(lot) >= LOT:
                    yield start + b",\n".join(lot)
                    start = b",\n"
                    lot.clear()
            accounts.close()
            yield start + b",\n".join(lot) if lot or start == _INFO else b""
            yield b'],\n"images":['
            spool.seek(0)
            while chunk := spool.read(1 << 20):
                yield chunk
            yield b'],\n"categories":' + encode(_entries(categories)) + b"}\n"

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Ids, sizes, boxes, outlines, masks and keypoints; the whole file is held in memory."""
        return check(b"".join(data), source)

    def check_folder(self, source: Source, problems: Problems) -> None:
        """See ``FolderChecked``: every file of the format."""
        with Archive(source.path, source.name) as archive:
            parts = parts_of(archive, problems)
            if not parts:
                raise DataError(NO_FILE.at(Place(source.name)))
            for name in (n for part in parts for n in part.names):
                problems.extend(check(archive.read(name), f"{source.name}/{name}"))

    def recognise(self, source: Source, head: bytes) -> str:
        """See ``Dataset.recognise``: a file by its first bytes, a folder or archive by a file in it."""
        if head and not head.startswith(b"PK"):
            return "COCO" if looks_like(head) else ""
        with Archive(source.path, source.name) as archive:
            return "COCO data set" if parts_of(archive, Problems()) else ""

    def infer(self, source: Source, problems: Problems) -> Template:
        """See ``Dataset.infer``."""
        del problems  # what is wrong is said when the data is read
        return infer(source, self.name, self.title)

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """See ``Dataset.read``."""
        return read(source, template, problems)


def _entries(categories: Categories) -> list[dict[str, Any]]:
    """The categories as they are written; lines between keypoints count these from 1."""
    found: list[dict[str, Any]] = []
    for label, number in categories:
        entry: dict[str, Any] = {"id": number, "name": label, "supercategory": ""}
        figure = categories.figure(label)
        if figure is not None:
            entry["keypoints"], entry["skeleton"] = figure
        found.append(entry)
    return found


class _Writer:
    """Makes annotations and keeps account of them."""

    def __init__(self, categories: Categories, accounts: Accounts) -> None:
        self._categories, self._accounts = categories, accounts
        self._count = 0

    def row(self, picture: Picture, drawn: Drawn, image: int) -> Row | None:
        """One shape; None if it cannot be written."""
        shape = drawn.shape
        geometry = shape.geometry
        if type(geometry) is Box and not geometry.rotation and shape.label and is_plain(drawn):
            x, y, width, height = geometry.x, geometry.y, geometry.width, geometry.height
            if width > 0 and height > 0 and isfinite(x + y + width * height):
                self._count += 1
                self._accounts.gave(picture, drawn)
                label, numbers = self._categories.of(shape.label), (x, y, width, height)
                return Row(self._count, image, label, numbers, width * height, (), 0, score=shape.score)
        if not shape.label:
            self._accounts.lose(picture, drawn, losses.LABEL_MISSING.at(drawn.place, target=TITLE))
            return None
        try:
            made = body(geometry, picture.size, self._categories.joints(shape), shape.box)
        except Refused as why:
            self._accounts.lose(picture, drawn, why.kind.at(drawn.place, **self._what(drawn, why.what)))
            return None
        for kind, what in made.said:
            self._accounts.said(picture, drawn, kind.at(drawn.place, **self._what(drawn, what)))
        if drawn.track:
            self._accounts.said(picture, drawn, losses.TRACK_FRAMES.at(drawn.place, target=TITLE))
        attributes = None
        if made.exact or not is_plain(drawn):
            attributes = self._attributes(picture, drawn, made.exact)
        self._count += 1
        self._accounts.gave(picture, drawn)
        return Row(
            self._count, image, self._categories.of(shape.label), made.bbox, made.area,
            made.segmentation, 0, made.num_keypoints, made.keypoints, shape.score, attributes,
        )  # fmt: skip

    def _attributes(self, picture: Picture, drawn: Drawn, exact: dict[str, Any]) -> dict[str, Any] | None:
        found, refused = attributes_of(drawn, exact)
        if refused:
            problem = losses.ATTRIBUTE.at(drawn.place, target=TITLE, names=", ".join(refused))
            self._accounts.said(picture, drawn, problem)
        if drawn.shape.parent:
            self._accounts.said(picture, drawn, losses.PARENT.at(drawn.place, target=TITLE))
        return found or None

    @staticmethod
    def _what(drawn: Drawn, what: dict[str, Any]) -> dict[str, Any]:
        return {"target": TITLE, **what}


class _Images:
    """Numbers images from 1 and keeps their entries for the end of the file."""

    def __init__(self, template: Template, problems: Problems, spool: IO[bytes]) -> None:
        self._problems, self._spool = problems, spool
        self._plain = plain_tags(template)
        self._tags = Tags(template, TITLE, problems, self._plain)
        self._names = IdSet()
        self._count = 0
        self._encode = msgspec.json.Encoder().encode

    def add(self, picture: Picture) -> int:
        """Enter an image; its number."""
        self._count += 1
        entry: dict[str, Any] = {"id": self._count, "file_name": picture.name}
        if picture.size is None:
            self._problems.add(SIZE_UNKNOWN.at(picture.place))
        else:
            entry["width"], entry["height"] = picture.size
        tags = answered(self._plain, picture.answers)
        if tags:
            entry["attributes"] = tags
        self._tags.tell(picture)
        if not self._names.add(picture.name):
            self._problems.add(NAME_REPEATED.at(Place(item=picture.place.item), name=picture.name))
        self._spool.write((b",\n" if self._count > 1 else b"") + self._encode(entry))
        return self._count


plugin = Coco()
