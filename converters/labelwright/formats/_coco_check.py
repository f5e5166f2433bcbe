"""Checks a whole COCO file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.formats import _coco_rules as rules
from labelwright.formats._coco_file import Category, Image, Lists, Note, entries, load
from labelwright.formats._coco_outlines import box_of, figure_of, mask_size, outline_of
from labelwright.formats._losses import Refused
from labelwright.geometry.measures import Extent, area, extent
from labelwright.geometry.shapes import FARTHEST, Box
from labelwright.problems import DataError, Place, Problem

NEAR = 1.0  # pixels by which a box may differ from the one around its outline: some tools count pixels


def check(data: bytes, source: str) -> Iterator[Problem]:
    """Every rule that a file breaks."""
    try:
        lists, problems = load(data, source)
    except DataError as error:
        yield error.problem
        return
    yield from problems
    yield from ids_of(lists, source)
    yield from images_of(lists, source)
    categories = {c.id: c for _, c in entries(lists.categories)}
    yield from categories_of(lists, source)
    images = {i.id: i for _, i in entries(lists.images)}
    for number, note in entries(lists.annotations):
        place = Place(source, path=f"annotations[{number}]")
        yield from _note(note, images, categories, place)


def ids_of(lists: Lists, source: str) -> Iterator[Problem]:
    """Ids that are missing or repeated within a list."""
    for name in ("images", "annotations", "categories"):
        seen: dict[Any, int] = {}
        for number, entry in entries(getattr(lists, name)):
            place = Place(source, path=f"{name}[{number}]")
            if entry.id is None:
                yield rules.ID_MISSING.at(place, name="id")
            elif seen.setdefault(entry.id, number) != number:
                yield rules.ID_REPEATED.at(place, id=entry.id, other=f"{name}[{seen[entry.id]}]")


def images_of(lists: Lists, source: str) -> Iterator[Problem]:
    """Names and sizes of images."""
    names: set[str] = set()
    for number, image in entries(lists.images):
        place = Place(source, path=f"images[{number}]")
        if not image.file_name:
            yield rules.NAME_MISSING.at(place, name="file_name")
        elif image.file_name in names:
            yield rules.FILE_TWICE.at(place, name=image.file_name)
        else:
            names.add(image.file_name)
        for name, value in (("width", image.width), ("height", image.height)):
            if value is None or not 0 < value <= FARTHEST:
                yield rules.SIZE_MISSING.at(place, name=name, found=value)


def categories_of(lists: Lists, source: str) -> Iterator[Problem]:
    """Names and figures of categories."""
    names: set[str] = set()
    for number, category in entries(lists.categories):
        place = Place(source, path=f"categories[{number}]")
        if not category.name:
            yield rules.NAME_MISSING.at(place, name="name")
        elif category.name in names:
            yield rules.NAME_TWICE.at(place, name=category.name)
        else:
            names.add(category.name)
        count = len(category.keypoints)
        for pair in category.skeleton:
            if len(pair) != 2 or not all(1 <= end <= count for end in pair):
                yield rules.EDGES.at(place, pair=pair, count=count)


def _note(
    note: Note, images: dict[Any, Image], categories: dict[Any, Category], place: Place
) -> Iterator[Problem]:
    if note.image_id not in images:
        yield rules.IMAGE_UNKNOWN.at(place, id=note.image_id)
    if note.category_id not in categories:
        yield rules.CATEGORY_UNKNOWN.at(place, id=note.category_id)
    if note.iscrowd not in (0, 1):
        yield rules.CROWD.at(place, found=note.iscrowd)
    if note.area is None or not 0 <= note.area <= FARTHEST**2:
        yield rules.AREA.at(place, found=note.area)
    image = images.get(note.image_id)
    try:
        box = box_of(note)
        outline = outline_of(note)
        figure = figure_of(note, categories.get(note.category_id))
    except Refused as why:
        yield why.kind.at(place, **why.what)
        return
    if box is None and outline is None and figure is None:
        yield rules.BOX_MISSING.at(place)
    if figure is not None and note.num_keypoints != sum(j.visibility > 0 for j in figure.joints):
        marked = sum(j.visibility > 0 for j in figure.joints)
        reason = f"'num_keypoints' is {note.num_keypoints}, and {marked} are marked"
        yield rules.KEYPOINTS.at(place, reason=reason)
    if box is not None and not (figure is not None and outline is None):
        around = extent(outline) if outline is not None and area(outline) else None
        yield from box_problems(note, box, around, place)
    yield from _against_image(note, box, image, place)


def box_problems(note: Note, box: Box, around: Extent | None, place: Place) -> Iterator[Problem]:
    """An empty box, one that is not around its outline, one whose numbers are two corners."""
    if box.width <= 0 or box.height <= 0:
        yield rules.BOX_EMPTY.at(place, width=box.width, height=box.height)
        return
    as_corners = (box.x, box.y, box.width, box.height)
    shown = ", ".join(f"{n:g}" for n in as_corners)
    if around is None:
        sides = (box.width - box.x, box.height - box.y)
        real = sides[0] * sides[1]
        if min(sides) > 0 and note.area == real != box.width * box.height:
            yield rules.BOX_CORNERS.at(place, box=shown)
        return
    if _near(as_corners, around):
        if not _near((box.x, box.y, box.x + box.width, box.y + box.height), around):
            yield rules.BOX_CORNERS.at(place, box=shown)
        return
    if not _near((box.x, box.y, box.x + box.width, box.y + box.height), around):
        x1, y1, x2, y2 = around
        extent_ = ", ".join(f"{n:g}" for n in (x1, y1, x2 - x1, y2 - y1))
        yield rules.BOX_DIFFERS.at(place, box=shown, extent=extent_)


def _near(one: Extent, other: Extent) -> bool:
    return all(abs(a - b) <= NEAR for a, b in zip(one, other, strict=True))


def _against_image(note: Note, box: Box | None, image: Image | None, place: Place) -> Iterator[Problem]:
    """What does not fit into the image."""
    if image is None or not image.width or not image.height:
        return
    if isinstance(note.segmentation, dict) and note.segmentation:
        height, width = mask_size(note.segmentation)
        if (width, height) != (image.width, image.height):
            sizes = {"image_width": image.width, "image_height": image.height}
            yield rules.MASK_SIZE.at(place, width=width, height=height, **sizes)
    if box is not None and (
        min(box.x, box.y) < -NEAR
        or box.x + box.width > image.width + NEAR
        or box.y + box.height > image.height + NEAR
    ):
        shown = ", ".join(f"{n:g}" for n in (box.x, box.y, box.width, box.height))
        yield rules.OUTSIDE.at(place, box=shown, width=image.width, height=image.height)
