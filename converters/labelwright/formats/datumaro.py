"""Datumaro's own JSON, version 1.0, as CVAT writes and reads it: every kind of shape that people draw.

Boxes and ellipses are written before they are turned, with ``rotation`` among their attributes; masks as
compressed run lengths; figures as triples of x, y and visibility (0, 1, 2) in the order of their label's
joints. Polygons of several rings become masks, with the rings themselves under the attribute ``polygon``.
A closed line has the attribute ``closed``. Cuboids are ``cuboid_2d``, their eight corners in CVAT's order;
CVAT itself does not read them, and Datumaro as it is on PyPI does not read figures. Answers about a whole
image are annotations of the type ``label`` where they choose among labels, and else stand in the item's
``attr``, beside ``frame``, the number of the frame in its film. As a folder there is one file for each
subset, ``annotations/train.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any

import msgspec

from labelwright.contracts import Source, Template
from labelwright.formats import _losses as losses
from labelwright.formats._attributes import DATUMARO, attributes_of, number_of
from labelwright.formats._categories import Categories
from labelwright.formats._datumaro_file import NO_FILE, TAGS, check, looks_like, parts_of
from labelwright.formats._datumaro_read import infer, read
from labelwright.formats._datumaro_rows import Row, body
from labelwright.formats._losses import Refused
from labelwright.formats._pictures import Accounts, Drawn, Picture, answered, pictures
from labelwright.formats._tags import Tags, plain_tags
from labelwright.io.archive import Archive
from labelwright.problems import DataError, Place, Problem, Problems, ProblemType, Severity
from labelwright.records import Item, Kind, Resolved

NAME_REPEATED = ProblemType(
    "datumaro.item-repeated",
    "Two images have one name; Datumaro tells items apart by theirs",
    "another image is named {name!r} too; this one is written as {written!r}",
    "None needed. Give the files names or folders of their own to silence this.",
    Severity.WARNING,
)
TITLE = "Datumaro"
_HEAD = b'{"dm_format_version":"1.0","media_type":2,"infos":{},"items":['
LOT = 64  # items that are written at once


class Datumaro:
    """Every kind of shape, in Datumaro's own JSON."""

    name = "datumaro"
    title = TITLE
    reference = "https://open-edge-platform.github.io/datumaro/latest/docs/data-formats/formats/datumaro.html"
    suffix = ".json"
    kinds = frozenset({Kind.SHAPES, Kind.TRACKS})
    inputs = frozenset({"image", "video"})

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """Items as they come, then the categories."""
        writer = _Writer(template, problems)
        encode = msgspec.json.Encoder().encode
        lot: list[bytes] = []
        start = _HEAD
        for picture in pictures(items, template, problems):
            lot.append(encode(writer.item(picture)))
            if len(lot) >= LOT:
                yield start + b",\n".join(lot)
                start = b",\n"
                lot.clear()
        writer.accounts.close()
        yield start + b",\n".join(lot) if lot or start == _HEAD else b""
        yield b'],\n"categories":' + encode(writer.categories()) + b"}\n"

    def write_files(
        self, items: Iterable[Resolved], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """One file for each subset that the items tell of in ``meta``, ``default`` where they tell none."""
        writer = _Writer(template, problems)
        encode = msgspec.json.Encoder().encode
        found: dict[str, list[bytes]] = {}
        for picture in pictures(items, template, problems):
            subset = str(picture.item.meta.get("subset") or "default")
            name = PurePosixPath(subset).name or "default"
            found.setdefault(name, []).append(encode(writer.item(picture)))
        writer.accounts.close()
        tail = b'],\n"categories":' + encode(writer.categories()) + b"}\n"
        for subset, parts in sorted(found.items()):
            yield f"annotations/{subset}.json", _HEAD + b",\n".join(parts) + tail

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Ids, sizes, labels and shapes; the whole file is held in memory."""
        return check(b"".join(data), source)

    def check_folder(self, source: Source, problems: Problems) -> None:
        """See ``FolderChecked``: every file of the format."""
        with Archive(source.path, source.name) as archive:
            parts = parts_of(archive)
            if not parts:
                raise DataError(NO_FILE.at(Place(source.name)))
            for _, name in parts:
                problems.extend(check(archive.read(name), f"{source.name}/{name}"))

    def recognise(self, source: Source, head: bytes) -> str:
        """See ``Dataset.recognise``: a file by its first bytes, a folder or archive by a file in it."""
        if head and not head.startswith(b"PK"):
            return "Datumaro" if looks_like(head) else ""
        with Archive(source.path, source.name) as archive:
            return "Datumaro data set" if parts_of(archive) else ""

    def infer(self, source: Source, problems: Problems) -> Template:
        """See ``Dataset.infer``."""
        del problems  # what is wrong is said when the data is read
        return infer(source, self.name, self.title)

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """See ``Dataset.read``."""
        return read(source, template, problems)


class _Writer:
    """Makes items and keeps account of the shapes."""

    def __init__(self, template: Template, problems: Problems) -> None:
        self.accounts = Accounts(problems)
        self._problems = problems
        self._labels = Categories(template)
        self._plain = plain_tags(template)
        self._untold = Tags(template, TITLE, problems, self._plain)
        asked = template.controls
        self._marks = {n for n in self._plain if asked[n].kind in (Kind.CHOICE, Kind.CHOICES)}
        for name in self._plain:
            if name in self._marks:
                for label in asked[name].labels:
                    self._labels.of(label)
        self._ids: set[str] = set()
        self._count = 0

    def categories(self) -> dict[str, Any]:
        """The categories as they are written; figures also list their joints as labels below them."""
        labels = [{"name": label, "parent": "", "attributes": []} for label, _ in self._labels]
        figures = []
        for label, number in self._labels:
            figure = self._labels.figure(label)
            if figure is not None:
                joints, edges = figure
                entry = {"label_id": number - 1, "labels": joints, "joints": edges, "positions": []}
                figures.append(entry)
                labels += [{"name": joint, "parent": label, "attributes": []} for joint in joints]
        found: dict[str, Any] = {"label": {"labels": labels, "label_groups": [], "attributes": []}}
        if figures:
            found["points"] = {"items": figures}
        return found

    def item(self, picture: Picture) -> dict[str, Any]:
        """One image."""
        groups = _Groups(picture)
        made = self._tags(picture)
        for drawn in picture.drawn:
            row = self._row(picture, drawn, groups)
            if row is not None:
                made.append(row)
        attr: dict[str, Any] = {}
        frame = picture.frame if picture.frame is not None else picture.item.meta.get("frame")
        if isinstance(frame, int):
            attr["frame"] = frame
        taken = {*attr}
        plain = answered([n for n in self._plain if n not in self._marks], picture.answers)
        attr.update({n: value for n, value in plain.items() if n not in attr})
        self._untold.tell(picture, plain.keys() & taken)
        image: dict[str, Any] = {"path": picture.name}
        if picture.size is not None:
            image["size"] = [picture.size[1], picture.size[0]]
        return {"id": self._id(picture), "annotations": made, "attr": attr, "image": image}

    def _id(self, picture: Picture) -> str:
        """The name without its ending; with it, or numbered, where that is taken."""
        path = PurePosixPath(picture.name)
        short = picture.name.removesuffix(path.suffix) or picture.name
        name = short if short not in self._ids else picture.name
        number = 2
        while name in self._ids:
            name, number = f"{picture.name}#{number}", number + 1
        if name != short:
            self._problems.add(NAME_REPEATED.at(picture.place, name=short, written=name))
        self._ids.add(name)
        return name

    def _tags(self, picture: Picture) -> list[Row]:
        """Answers that choose among labels, as annotations of the whole image."""
        made = []
        for name, value in answered(sorted(self._marks), picture.answers).items():
            for label in value if isinstance(value, tuple | list) else (value,):
                self._count += 1
                attributes = {} if name == TAGS else {"control": name}
                made.append(Row(self._count, "label", attributes, 0, self._labels.of(str(label)) - 1))
        return made

    def _row(self, picture: Picture, drawn: Drawn, groups: _Groups) -> Row | None:
        shape = drawn.shape
        try:
            made = body(shape.geometry, picture.size, self._labels.joints(shape))
        except Refused as why:
            self.accounts.lose(picture, drawn, why.kind.at(drawn.place, **{"target": TITLE, **why.what}))
            return None
        for kind, what in made.said:
            self.accounts.said(picture, drawn, kind.at(drawn.place, **{"target": TITLE, **what}))
        group = groups.of(shape.group)
        exact = dict(made.exact)
        if shape.box is not None and made.type == "skeleton":
            exact["box"] = (shape.box.x, shape.box.y, shape.box.width, shape.box.height)
            if shape.box.rotation:
                exact["rotation"] = shape.box.rotation
        if shape.group and str(group) != shape.group:
            exact["group_id"] = shape.group
        if shape.score is not None:
            exact["score"] = shape.score
        attributes, refused = attributes_of(drawn, exact, False, False, DATUMARO)
        if refused:
            names = ", ".join(refused)
            self.accounts.said(picture, drawn, losses.ATTRIBUTE.at(drawn.place, target=TITLE, names=names))
        if drawn.track:
            self.accounts.said(picture, drawn, losses.TRACK_FRAMES.at(drawn.place, target=TITLE))
        if shape.parent:
            self.accounts.said(picture, drawn, losses.PARENT.at(drawn.place, target=TITLE))
        self.accounts.gave(picture, drawn)
        self._count += 1
        label = self._labels.of(shape.label) - 1 if shape.label else None
        return Row(self._count, made.type, attributes, group, label, z_order=shape.z, **made.fields)


class _Groups:
    """Numbers the groups of one image; a group whose name is a number keeps it."""

    def __init__(self, picture: Picture) -> None:
        self._taken = {number_of(drawn.shape.group) for drawn in picture.drawn if drawn.shape.group}
        self._numbers: dict[str, int] = {}

    def of(self, group: str) -> int:
        """The number of a group, 0 for none."""
        number = number_of(group) if group else 0
        if isinstance(number, int):
            return number
        if group not in self._numbers:
            found = 1
            while found in self._taken:
                found += 1
            self._taken.add(found)
            self._numbers[group] = found
        return self._numbers[group]


plugin = Datumaro()
