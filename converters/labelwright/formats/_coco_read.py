"""Reads COCO files, alone or several in a folder or archive, into items."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from labelwright.contracts import SkeletonSpec, Source, Template
from labelwright.formats import _coco_rules as rules
from labelwright.formats._coco_check import box_problems, categories_of, ids_of, images_of
from labelwright.formats._coco_file import MALFORMED, Category, Image, Lists, Note, entries, load
from labelwright.formats._coco_outlines import box_of
from labelwright.formats._coco_shapes import shapes_of
from labelwright.formats._collected import Collector
from labelwright.formats._described import Description
from labelwright.formats._losses import Refused
from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import FARTHEST, Geometry, Mask, Skeleton
from labelwright.io.archive import Archive
from labelwright.problems import DataError, Place, Problems, ProblemType, Severity
from labelwright.records import Item, Shape

OTHER_TASK = ProblemType(
    "coco.file-left-out",
    "A file of captions or panoptic segments is not read",
    "{name} is a file of {what}, which is not read",
    "None needed: the other files of the data set are read.",
    Severity.NOTE,
)
CROWD = ProblemType(
    "coco.crowd-as-object",
    "A crowd is read as one object",
    "'iscrowd' is 1, which CVAT writes for every mask",
    "None needed for an export of CVAT; else remove what stands for several objects.",
    Severity.NOTE,
)
NO_FILE = ProblemType(
    "coco.no-file",
    "A folder or archive holds no COCO file",
    "there is no COCO file in it",
    "Pass the folder or archive that holds annotations/*.json.",
)
LEFT_OUT = {"captions": "captions", "panoptic": "panoptic segments"}
TASKS = ("instances", "person_keypoints", "keypoints", "stuff", "image_info", "labels", *LEFT_OUT)
HEAD = 1 << 16


def looks_like(head: bytes) -> bool:
    """Whether a file begins as a COCO file does."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"{") or b'"dm_format_version"' in text:
        return False
    pairs = (
        (b'"image_id"', b'"category_id"'),
        (b'"images"', b'"file_name"'),
        (b'"categories"', b'"supercategory"'),
        (b'"images"', b'"annotations"'),
        (b'"images"', b'"categories"'),
    )
    return any(one in text and other in text for one, other in pairs)


class Part(Struct):
    """The files of one subset."""

    subset: str
    names: list[str]


def parts_of(archive: Archive, problems: Problems) -> list[Part]:
    """The COCO files of a source by subset: ``train`` of ``instances_train.json``."""
    found: dict[str, list[str]] = {}
    for name in archive.names():
        if not name.lower().endswith(".json") and not archive.only:
            continue
        with archive.open(name) as handle:
            if not looks_like(handle.read(HEAD)):
                continue
        stem = PurePosixPath(name).stem
        task = next((t for t in TASKS if stem.startswith(f"{t}_") or stem == t), "")
        if task in LEFT_OUT:
            problems.add(OTHER_TASK.at(Place(name), name=name, what=LEFT_OUT[task]))
            continue
        subset = "" if archive.only else stem.removeprefix(task).removeprefix("_") or stem
        # Roboflow names every file alike, in a folder for each subset.
        folder = PurePosixPath(name).parent
        if stem == "_annotations.coco" and folder.name:
            subset = folder.name
        found.setdefault(subset, []).append(name)
    return [Part(subset, names) for subset, names in found.items()]


class _File:
    """One file: its entries by id."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self.lists, self.problems = load(data, name)
        self.categories: dict[Any, Category] = {}
        for _, category in entries(self.lists.categories):
            if category.name:
                self.categories.setdefault(category.id, category)
        self.images: dict[Any, Image] = {}
        for _, image in entries(self.lists.images):
            if image.id is not None:
                self.images.setdefault(image.id, image)


def infer(source: Source, name: str, title: str) -> Template:
    """A template of the categories, shapes and attributes of all files. Raises ``DataError``."""
    described = Description()
    with Archive(source.path, source.name) as archive:
        for part in parts_of(archive, Problems()):
            for file in part.names:
                _describe(_File(archive.read(file), file), described)
    return described.template(name, title)


def _describe(file: _File, described: Description) -> None:
    figures = {c.name: c for c in file.categories.values() if c.keypoints}
    for category in file.categories.values():
        above = figures.get(category.supercategory or "")
        if above is None or above is category or category.name not in above.keypoints:
            described.labels.setdefault(category.name or "")
        if category.keypoints:
            described.skeletons.setdefault(category.name or "", figure_spec(category))
    for _, image in entries(file.lists.images):
        for tag, value in (image.attributes or {}).items():
            described.tag(tag, value)
    for _, note in entries(file.lists.annotations):
        category_ = file.categories.get(note.category_id)
        image_ = file.images.get(note.image_id)
        if category_ is None or image_ is None:
            continue
        try:
            said = shapes_of(note, category_, size_of(image_))
        except Refused:
            continue
        for geometry in said.shapes:
            described.shape(geometry, category_.name or "", said.attributes)


def figure_spec(category: Category) -> SkeletonSpec:
    """The figure of a category; lines to keypoints that it does not have are left out."""
    names = category.keypoints
    sound = [p for p in category.skeleton if len(p) == 2 and all(1 <= end <= len(names) for end in p)]
    return SkeletonSpec(list(names), [[names[a - 1], names[b - 1]] for a, b in sound])


def size_of(image: Image) -> tuple[int, int] | None:
    """Width and height, if both are sound."""
    if image.width is None or image.height is None:
        return None
    sound = all(0 < n <= FARTHEST for n in (image.width, image.height))
    return (int(image.width), int(image.height)) if sound else None


def read(source: Source, template: Template, problems: Problems) -> Iterator[Item]:
    """Every image of every file, in the files' order. Raises ``DataError``."""
    with Archive(source.path, source.name) as archive:
        parts = parts_of(archive, problems)
        if not parts:
            raise DataError(NO_FILE.at(Place(source.name)))
        collector = Collector(template, problems)
        for part in parts:
            files = [_File(archive.read(name), name) for name in part.names]
            yield from _Reader(files, part.subset, len(parts) > 1, collector, problems).items()


class _Reader:
    """The images of one subset, of all its files together."""

    def __init__(
        self, files: list[_File], subset: str, several: bool, collector: Collector, problems: Problems
    ) -> None:
        self._files, self._collector, self._problems = files, collector, problems
        self._subset, self._project = subset, subset if several else ""
        self._notes: dict[tuple[int, Any], list[tuple[int, Note]]] = {}
        for number, file in enumerate(files):
            problems.extend(file.problems)
            self._account(file.lists, file.name)
            for at, note in entries(file.lists.annotations):
                self._notes.setdefault((number, note.image_id), []).append((at, note))

    def _account(self, lists: Lists, name: str) -> None:
        """Everything that is wrong with ids, images and categories; annotations that are unreadable."""
        for check in (ids_of, images_of, categories_of):
            self._problems.extend(check(lists, name))
        unreadable = sum(note is None for note in lists.annotations or ())
        self._collector.unreadable(MALFORMED, unreadable)

    def items(self) -> Iterator[Item]:
        """Each image once; files of one subset tell of the same images by their names."""
        places: dict[str, list[tuple[int, Image]]] = {}
        for number, file in enumerate(self._files):
            seen: set[str] = set()
            for at, image in entries(file.lists.images):
                name = image.file_name or str(image.id if image.id is not None else f"image {at}")
                if name in seen:
                    name = f"{name}#{image.id}"
                seen.add(name)
                places.setdefault(name, []).append((number, image))
        for name, found in places.items():
            yield self._item(name, found)
        for (number, image_id), notes in self._notes.items():
            for at, _ in notes:
                place = Place(self._files[number].name, path=f"annotations[{at}]")
                self._collector.lose(rules.IMAGE_UNKNOWN.at(place, id=image_id))

    def _item(self, name: str, found: list[tuple[int, Image]]) -> Item:
        size = next((s for _, image in found if (s := size_of(image)) is not None), None)
        for number, image in found:
            file = self._files[number]
            if file.images.get(image.id) is image:
                for at, note in self._notes.pop((number, image.id), ()):
                    place = Place(file.name, item=name, region=str(note.id), path=f"annotations[{at}]")
                    self._add(note, file.categories.get(note.category_id), size, place)
            for tag, value in (image.attributes or {}).items():
                self._collector.tag(tag, value, Place(file.name, item=name, control=tag))
        meta = {"subset": self._subset} if self._subset else {}
        path = found[0][1].file_name or name
        return self._collector.item(name, path, size, project=self._project, meta=meta)

    def _add(self, note: Note, category: Category | None, size: tuple[int, int] | None, place: Place) -> None:
        if category is None:
            self._collector.lose(rules.CATEGORY_UNKNOWN.at(place, id=note.category_id))
            return
        try:
            said = shapes_of(note, category, size)
        except Refused as why:
            self._collector.lose(why.kind.at(place, **why.what))
            return
        self._box_beside(note, said.shapes[-1], place)
        if note.iscrowd:
            self._problems.add(CROWD.at(place))
        for geometry in said.shapes:
            shape = Shape(
                geometry, category.name or "", str(note.id) if note.id is not None else "", group=said.group,
                score=note.score, occluded=said.occluded, z=said.z,
                box=said.box if isinstance(geometry, Skeleton) else None,
            )  # fmt: skip
            self._collector.add(shape, place, said.attributes)

    def _box_beside(self, note: Note, shape: Geometry, place: Place) -> None:
        """Say where the box beside an outline is not the one around it: it is not kept."""
        if not note.segmentation or (isinstance(note.segmentation, dict) and not isinstance(shape, Mask)):
            return  # no outline, or a mask that only has the pixels of the shape
        try:
            box = box_of(note)
        except Refused as why:
            self._problems.add(why.kind.at(place, **why.what))
            return
        if box is not None:
            self._problems.extend(box_problems(note, box, extent(shape), place))
