"""Pascal VOC data sets as items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from labelwright.contracts import Control, Source, Template
from labelwright.formats._collected import Collector
from labelwright.formats._dataset import OBJECTS, image_size, image_template, is_image
from labelwright.formats._image_names import stem_of
from labelwright.formats._said import from_text
from labelwright.formats._voc_rules import Annotated, Object, annotated
from labelwright.formats._yolo_yaml import lines_of
from labelwright.geometry.boxes import normal_angle
from labelwright.geometry.shapes import Box
from labelwright.io.archive import Archive
from labelwright.problems import DataError, Place, Problems, ProblemType, Severity
from labelwright.records import Item, Kind, Shape

NOT_VOC = ProblemType(
    "voc.not-a-data-set",
    "A source is no Pascal VOC data set",
    "there is no file in Annotations whose root is <annotation>",
    "Pass the folder or archive that holds Annotations.",
)
MASKS = ProblemType(
    "voc.masks-unread",
    "The masks of a data set are not read",
    "{count} images in SegmentationObject are not read; outlines and masks that they hold are left out",
    "Export masks as COCO, which holds them by object.",
    Severity.WARNING,
)
LISTED = ProblemType(
    "voc.annotation-missing",
    "A list names an image without an annotation file",
    "the list {side} names {name!r}, of which Annotations has no file",
    "Add the file, or take the name off the list.",
)
NO_IMAGE = ProblemType(
    "voc.image-missing",
    "A data set has no image for an annotation file",
    "there is no image named {name!r}",
    "Put the images into JPEGImages.",
    Severity.WARNING,
)
PARTS = ("ImageSets", "Main")
FLAGS = {"<truncated>": "truncated", "<difficult>": "difficult", "<pose>": "pose"}
YES, NO = "true", "false"
ROOT = b"<annotation>"


class Files(Archive):
    """A data set's files, with what they are for."""

    def __init__(self, source: Source) -> None:
        """Look through the names. Raises ``DataError`` if the source cannot be read."""
        super().__init__(source.path, source.name)
        self.held = self.names()
        self.annotations = {_stem(n): n for n in self.held if n.lower().endswith(".xml") and self._ours(n)}
        self.images = {_stem(n): n for n in reversed(self.held) if is_image(n) and "Segmentation" not in n}
        self.sides = self._sides()

    def __enter__(self) -> Files:
        """Nothing to do on the way in."""
        return self

    def _ours(self, name: str) -> bool:
        if self.only or "Annotations" in PurePosixPath(name).parts:
            return True
        return not any("Annotations/" in other for other in self.held)

    def _sides(self) -> dict[str, str]:
        """The side of each image that a list of ImageSets/Main names."""
        lists = {PurePosixPath(n).stem: n for n in self.held if PurePosixPath(n).parts[-3:-1] == PARTS}
        found: dict[str, str] = {}
        for side in sorted(lists, key=lambda s: (s == "trainval", s)):
            head, _, last = side.rpartition("_")
            if head and last in lists:
                continue  # of one class
            for line in lines_of(self.read(lists[side])):
                found.setdefault(line, side)
        return found

    def stems(self) -> list[str]:
        """All images by their path without suffix, sorted."""
        return sorted({*self.annotations, *self.sides})


def _stem(name: str) -> str:
    """A file's path inside its folder of annotations or images, without suffix."""
    parts = PurePosixPath(stem_of(name)).parts
    for folder in ("Annotations", "JPEGImages"):
        if folder in parts[:-1]:
            return "/".join(parts[parts.index(folder) + 1 :])
    return "/".join(parts)


def is_voc(source: Source, head: bytes) -> bool:
    """Whether a source holds VOC's annotations; looks into its first file of XML."""
    if head.lstrip().startswith(b"<") and not source.path.lower().endswith(".zip"):
        return ROOT in head
    with Files(source) as files:
        name = next((files.annotations[s] for s in sorted(files.annotations)), "")
        if not name or files.only:
            return False
        with files.open(name) as handle:
            return ROOT in handle.read(4096)


def template_of(name: str, title: str, source: Source) -> Template:
    """The labels of labelmap.txt, then those of the files, and their attributes. Raises ``DataError``."""
    labels: dict[str, None] = {}
    said: dict[str, dict[str, None]] = {}
    rotated = False
    with Files(source) as files:
        if not files.annotations:
            raise DataError(NOT_VOC.at(Place(source=source.name)))
        listed = next((n for n in files.held if PurePosixPath(n).name == "labelmap.txt"), "")
        for line in lines_of(files.read(listed)) if listed else ():
            if not line.startswith("#") and not line.startswith("background:"):
                labels[line.rsplit(":", 3)[0]] = None
        for stem in files.stems():
            if stem not in files.annotations:
                continue
            for one in annotated(files.read(files.annotations[stem]), Place())[0].objects:
                labels[one.label] = None
                for attribute in one.said:
                    said.setdefault(FLAGS.get(attribute, attribute), {})[one.label] = None
                rotated = rotated or bool(_rotation(one))
    asked = {n: Control(Kind.CHOICE, on=OBJECTS, only=list(o)) for n, o in said.items() if n != "rotation"}
    for flag in ("truncated", "difficult"):
        if flag in asked:
            asked[flag] = Control(Kind.CHOICE, labels=[YES, NO], on=OBJECTS, default=NO)
    asked.pop("<occluded>", None)
    return image_template(name, title, labels, shapes=["box"], asked=asked, rotated=rotated)


def checked(source: Source, problems: Problems) -> None:
    """Check every file of a data set. Raises ``DataError`` if it is none."""
    with Files(source) as files:
        if not files.annotations:
            raise DataError(NOT_VOC.at(Place(source=source.name)))
        for stem in files.stems():
            file = files.annotations.get(stem, "")
            place = Place(f"{source.name}/{file}" if file else source.name)
            if not file:
                problems.add(LISTED.at(place, name=stem, side=files.sides[stem]))
                continue
            problems.extend(found.problem for found in annotated(files.read(file), place)[1])
            if stem not in files.images:
                problems.add(NO_IMAGE.at(place, name=stem))


def items(source: Source, template: Template, problems: Problems) -> Iterator[Item]:
    """Each image once, sorted by name."""
    with Files(source) as files:
        if not files.annotations:
            raise DataError(NOT_VOC.at(Place(source=source.name)))
        reading = Collector(template, problems, source.name)
        masks = [n for n in files.held if "SegmentationObject" in PurePosixPath(n).parts]
        if masks:
            problems.add(MASKS.at(Place(source=source.name), count=len(masks)))
        names: set[str] = set()
        for stem in files.stems():
            yield _item(files, stem, reading, names)


def _item(files: Files, stem: str, reading: Collector, names: set[str]) -> Item:
    file, image = files.annotations.get(stem, ""), files.images.get(stem, "")
    place = reading.place(file)
    held = Annotated(whole=True)
    if file:
        held, found = annotated(files.read(file), place)
        for one in found:
            if one.objects:
                reading.lose(one.problem)
            else:
                reading.problems.add(one.problem)
    for number, thing in enumerate(held.objects, 1):
        at = Place(place.source, path=thing.path)
        reading.add(_shape(thing, number, held.whole), at, _said(thing, reading.template.controls))
    folder, _, _ = stem.rpartition("/")
    name = held.file or PurePosixPath(image).name or stem
    if folder and "/" not in name and not files.only:
        name = f"{folder}/{name}"
    if name in names:
        name = stem
    names.add(name)
    size = held.size or (image_size(files, image) if image else None)
    side = files.sides.get(stem, "")
    return reading.item(name, name, size, meta={"split": side} if side else {})


def _shape(one: Object, number: int, whole: bool) -> Shape:
    """VOC counts pixels from 1 and means the last one too: xmin 1, xmax 4 are four pixels from 0 on."""
    x1, y1, x2, y2 = one.sides
    first = 1.0 if whole else 0.0
    box = Box(x1 - first, y1 - first, x2 - x1 + first, y2 - y1 + first, _rotation(one))
    return Shape(box, one.label, id=str(number), occluded="<occluded>" in one.said)


def _said(one: Object, controls: Mapping[str, Control]) -> dict[str, Any]:
    """What is said of an object beside its box, as answers to the controls of those names."""
    said = {}
    for name, text in one.said.items():
        if name == "<occluded>" or (name == "rotation" and _rotation(one) == _number(text)):
            continue
        if name in ("<truncated>", "<difficult>"):
            text = YES
        name = FLAGS.get(name, name)
        said[name] = from_text(text, controls.get(name) or controls.get(f"{one.label}.{name}"))
    return said


def _rotation(one: Object) -> float:
    """CVAT writes a turned box as it is before it is turned, with its angle as an attribute."""
    return normal_angle(_number(one.said.get("rotation", "")))


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
