"""The metadata of a Hugging Face image folder: ``metadata.jsonl`` with one object per image.

``file_name`` is the path of the image from the folder that holds the metadata: images must be put there.
``objects`` holds lists of one length: ``bbox`` (left, top, width, height in pixels), ``categories`` (numbers
of the classes, in the template's order) and ``labels`` (their names). Every other answer, and every input
that is no image, has a column of its name. All rows have all keys. A split has a folder per side.

When it is read, each column is an answer, or an input or nothing but a remark where the template says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from labelwright.contracts import Source, Template
from labelwright.formats._boxed import Boxes
from labelwright.formats._image_names import ImageNames
from labelwright.formats._imagefolder_read import FILE, checked, files_of, items, names_images, template_of
from labelwright.formats._imagefolder_rows import Found, read_rows
from labelwright.formats._losses import Held
from labelwright.formats._pictures import (
    NO_IMAGE,
    Accounts,
    Picture,
    asked_of_all,
    file_name,
    labels_of,
    pictures,
    shape_controls,
)
from labelwright.io.archive import Archive
from labelwright.problems import DataError, Place, Problem, Problems
from labelwright.records import Item, Kind, Resolved


class ImageFolder:
    """One row per image."""

    name = "imagefolder"
    title = "Hugging Face image folder (metadata.jsonl)"
    reference = "https://huggingface.co/docs/datasets/image_dataset#imagefolder"
    suffix = ".jsonl"
    kinds = frozenset(
        {
            Kind.SHAPES,
            Kind.CHOICE,
            Kind.CHOICES,
            Kind.TAXONOMY,
            Kind.RATING,
            Kind.NUMBER,
            Kind.TEXT,
            Kind.DATE,
        }
    )
    inputs = frozenset({"image"})

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """One row per image."""
        writer = _Writer(self.title, template, problems)
        yield from writer.rows(items)
        writer.accounts.close()

    def write_files(
        self, items: Iterable[Resolved], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """The metadata alone."""
        yield FILE, b"".join(self.write(items, template, problems))

    def write_sides(
        self, sides: Mapping[str, Iterable[Resolved]], template: Template, problems: Problems
    ) -> Iterator[tuple[str, bytes]]:
        """The metadata of each side in a folder of its own, if there are several."""
        writer = _Writer(self.title, template, problems)
        for side, held in sides.items():
            yield (f"{side}/{FILE}" if len(sides) > 1 else FILE), b"".join(writer.rows(held))
        writer.accounts.close()

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Names, keys and objects of every row."""
        for found in read_rows(data, source):
            if isinstance(found, Found):
                yield found.problem

    def check_folder(self, source: Source, problems: Problems) -> None:
        """See ``FolderChecked``: every row of all sides, and whether its image is there."""
        with Archive(source.path, source.name) as archive:
            checked(archive, source, problems)

    def recognise(self, source: Source, head: bytes) -> str:
        """See ``Dataset.recognise``."""
        try:
            with Archive(source.path, source.name) as archive:
                if archive.only:
                    return "metadata" if names_images(head) else ""
                first = next(iter(files_of(archive)), "")
                if not first:
                    return ""
                with archive.open(first) as handle:
                    return "metadata" if names_images(handle.read(1 << 16)) else ""
        except DataError:
            return ""

    def infer(self, source: Source, problems: Problems) -> Template:
        """See ``Dataset.infer``."""
        del problems
        with Archive(source.path, source.name) as archive:
            return template_of(self.name, self.title, archive, source.name)

    def read(self, source: Source, template: Template, problems: Problems) -> Iterator[Item]:
        """See ``Dataset.read``."""
        with Archive(source.path, source.name) as archive:
            yield from items(archive, source, template, problems)


class _Writer:
    """Makes the rows of images."""

    def __init__(self, target: str, template: Template, problems: Problems) -> None:
        labels = labels_of(template)
        self._numbers = {label: number for number, label in enumerate(labels)}
        self.accounts = Accounts(problems)
        self._boxes = Boxes(target, labels, self.accounts, Held(), clip=False)
        self._drawn = shape_controls(template)
        self._asked = asked_of_all(template)
        self._shown = [n for n, g in template.inputs.items() if g.type != "image" and n not in self._asked]
        self._template, self._problems = template, problems

    def rows(self, items: Iterable[Resolved]) -> Iterator[bytes]:
        """The rows of one side."""
        names = ImageNames(suffix=True)
        for picture in self._pictures(items):
            row: dict[str, Any] = {"file_name": names.take(picture.name, picture.place, self._problems)}
            if self._drawn:
                row["objects"] = self._objects(picture)
            row |= {name: picture.item.inputs.get(name) for name in self._shown}
            row |= {name: _plain(picture.answers.get(name)) for name in self._asked}
            yield msgspec.json.encode(row) + b"\n"

    def _pictures(self, items: Iterable[Resolved]) -> Iterator[Picture]:
        """The images of the items; where nothing is drawn, those of the inputs."""
        if self._drawn:
            yield from pictures(items, self._template, self._problems)
            return
        images = [n for n, given in self._template.inputs.items() if given.type == "image"]
        for resolved in items:
            item, place = resolved.item, Place(item=str(resolved.item.key))
            for name in images:
                value = item.inputs.get(name)
                for uri in value if isinstance(value, list) else [value]:
                    if isinstance(uri, str) and uri.strip():
                        yield Picture(file_name(uri), None, item, place, [], resolved.answers, name)
                    else:
                        self._problems.add(NO_IMAGE.at(place, name=name))

    def _objects(self, picture: Picture) -> dict[str, list[Any]]:
        boxes: list[list[float]] = []
        labels: list[str] = []
        for drawn in picture.drawn:
            box = self._boxes.box(picture, drawn)
            if box is not None:
                boxes.append([box.x, box.y, box.width, box.height])
                labels.append(drawn.shape.label)
        numbers = [self._numbers.setdefault(label, len(self._numbers)) for label in labels]
        return {"bbox": boxes, "categories": numbers, "labels": labels}


def _plain(value: Any) -> Any:
    """An answer as JSON."""
    return list(value) if isinstance(value, tuple) else value


plugin = ImageFolder()
