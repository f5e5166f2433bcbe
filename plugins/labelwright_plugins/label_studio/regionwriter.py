"""Shapes as results: one region for each, with its labels and what was asked of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from labelwright.contracts import Template
from labelwright.formats import _losses as loss
from labelwright.geometry.measures import extent_box
from labelwright.geometry.rle import clip_mask, mask_area
from labelwright.geometry.shapes import (
    HIDDEN,
    OCCLUDED,
    Box,
    Ellipse,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
    name_of,
)
from labelwright.problems import WRITE, Place, Problems, ProblemType
from labelwright.records import Item, ItemKey, Segment, Shape, Span, Track
from labelwright_plugins.label_studio import placed
from labelwright_plugins.label_studio import writeproblems as w
from labelwright_plugins.label_studio.placed import Value, short_id
from labelwright_plugins.label_studio.tags import Tag, Tags

TITLE = "Label Studio"
Asked: TypeAlias = Callable[[str, Place, Any, Value, Value], list[Value]]
_OWN_ID = re.compile(r"[A-Za-z0-9_-]{10}")
ORIGINS = ("manual", "prediction", "prediction-changed")


def origin_of(origin: str) -> str:
    """An origin in Label Studio's words."""
    return origin if origin in ORIGINS else ORIGINS[0]


class RegionWriter:
    """Writes the shapes of one item after the other; ``begin`` starts an item."""

    def __init__(self, template: Template, tags: Tags, problems: Problems, asked: Asked) -> None:
        """``asked`` writes what was asked of a region."""
        self._template = template
        self._tags = tags
        self._problems = problems
        self._asked = asked
        self._item = Item(ItemKey("", "", ""), {}, [])
        self._taken: set[str] = set()
        self.ids: dict[tuple[type, str], str] = {}  # a region's sort and own id -> its id here

    def begin(self, item: Item) -> None:
        """Forget the last item."""
        self._item, self._taken, self.ids = item, set(), {}

    def region_id(self, name: str, number: int, mark: Shape | Track | Segment | Span) -> str:
        """The id of a region: its own where it is one of Label Studio's that no other region has."""
        own = mark.id
        if not _OWN_ID.fullmatch(own) or own in self._taken:
            own = short_id(self._item.key, name, number)
        self._taken.add(own)
        if mark.id:
            self.ids.setdefault((type(mark), mark.id), own)
        return own

    def shapes(self, name: str, shapes: Sequence[Shape], place: Place) -> list[Value]:
        """All shapes of one control. Labels of one region become one result."""
        ordered = sorted(enumerate(shapes), key=lambda entry: entry[1].z)  # the last is drawn on top
        regions: list[tuple[int, list[Shape]]] = []
        for number, shape in ordered:
            last = regions[-1][1][0] if regions else None
            if shape.id and last is not None and _one_region(last, shape):
                regions[-1][1].append(shape)
            else:
                regions.append((number, [shape]))
        ids = [self.region_id(name, number, group[0]) for number, group in regions]
        found: list[Value] = []
        for region, (_, group) in zip(ids, regions, strict=True):
            at = Place(item=place.item, region=group[0].id, control=name)
            found += self._region(name, region, group, at)
        return found

    def _region(self, name: str, region: str, group: list[Shape], at: Place) -> list[Value]:
        shape = group[0]
        ledger = self._problems.ledger(WRITE)
        ledger.taken += len(group)
        size = self._item.size(self._tags.shown(name), shape.unit)
        made = loss.SIZE_MISSING if size is None else self._made(name, region, group, size, at)
        if isinstance(made, ProblemType):
            what = {"target": TITLE, "control": name, "kind": name_of(shape.geometry)}
            numbers = {"width": size[0], "height": size[1]} if size is not None else {}
            self._problems.lose(WRITE, made.at(at, **what, **numbers), len(group))
            return []
        ledger.given += len(group)
        if shape.group:
            self._problems.add(loss.GROUP.at(at, target=TITLE))
        if shape.occluded:
            self._problems.add(loss.OCCLUDED.at(at, target=TITLE))
        return made

    def _made(
        self, name: str, region: str, group: list[Shape], size: tuple[int, int], at: Place
    ) -> list[Value] | ProblemType:
        shape = group[0]
        tag = self._tags.drawn(name, name_of(shape.geometry))
        geometry = shape.geometry
        if tag is None and isinstance(geometry, Polyline) and not geometry.closed and not geometry.handles:
            tag = self._tags.drawn(name, "polygon")  # one that is not closed is a line
        if tag is None:
            return w.NO_TAG if self._tags.fixed else loss.NOT_HELD[type(geometry)]
        if isinstance(geometry, Skeleton):
            return self._figure(name, tag, region, group, geometry, size, at)
        values = self._values(tag, region, geometry, size, at)
        if isinstance(values, ProblemType):
            return values
        found: list[Value] = []
        for number, value in enumerate(values):
            own = region if not number else short_id(region, number)
            found += self._results(name, tag, own, group, value, size, at)
        return found

    def _values(
        self, tag: Tag, region: str, geometry: Any, size: tuple[int, int], at: Place
    ) -> list[Value] | ProblemType:
        """Where a shape is: once, or once for each of its parts."""
        match geometry:
            case Box():
                return [placed.box_value(geometry, *size)]
            case Ellipse():
                return [placed.ellipse_value(geometry, *size)]
            case Polygon():
                if any(len(part) > 1 for part in geometry.parts):
                    self._problems.add(loss.HOLES.at(at, target=TITLE))
                if len(geometry.parts) > 1:
                    count = len(geometry.parts)
                    self._problems.add(loss.PARTS.at(at, target=TITLE, count=count))
                return [placed.polygon_value(part[0], *size) for part in geometry.parts]
            case Polyline():
                if tag.tag.startswith("Polygon"):
                    return [placed.polygon_value(geometry.points, *size, closed=False)]
                return [placed.vector_value(geometry, *size, region)]
            case Points():
                if len(geometry.points) > 1:
                    count = len(geometry.points)
                    self._problems.add(loss.PARTS.at(at, target=TITLE, count=count))
                return [placed.point_value(point, *size) for point in geometry.points]
            case Mask():
                return self._mask(tag, geometry, size, at)
        return loss.NOT_HELD[type(geometry)]

    def _mask(self, tag: Tag, mask: Mask, size: tuple[int, int], at: Place) -> list[Value] | ProblemType:
        inside = clip_mask(mask, *size)
        if not mask_area(inside):
            return loss.OUTSIDE
        if mask_area(inside) != mask_area(mask):
            self._problems.add(loss.CLIPPED.at(at, target=TITLE))
        return [placed.mask_value(inside, *size, tag.tag)]

    def _results(
        self,
        name: str,
        tag: Tag,
        region: str,
        group: list[Shape],
        value: Value,
        size: tuple[int, int],
        at: Place,
    ) -> list[Value]:
        """The results of one region: where it is, its labels, and what was asked of it."""
        shape = group[0]
        more = self._more(name, shape, size)
        labels = [one.label for one in group if one.label]
        type_ = tag.tag.lower()
        own = {} if tag.labels or not labels else {type_: labels}
        head = {"id": region, "from_name": tag.name, "to_name": tag.to_name, "type": type_}
        if not labels:
            head["type"] = type_.removesuffix("labels")
        said: Value = {"origin": origin_of(shape.origin)}
        if shape.score is not None:
            said["score"] = shape.score
        parent = self.ids.get((Shape, shape.parent)) if shape.parent else None
        if parent is not None:
            said["parentID"] = parent
        elif shape.parent:
            self._problems.add(loss.PARENT.at(at, target=TITLE))
        found = [{**more, "value": {**value, **own}, **head, **said}]
        if tag.labels and labels:
            named = {"id": region, "from_name": tag.labels, "to_name": tag.to_name, "type": "labels"}
            found.append({**more, "value": {**value, "labels": labels}, **named, **said})
        answers = dict(pair for one in group for pair in one.answers)
        return found + self._asked(region, at, answers.items(), value, more)

    def _more(self, name: str, shape: Shape, size: tuple[int, int]) -> Value:
        more: Value = {"original_width": size[0], "original_height": size[1], "image_rotation": 0}
        if isinstance(self._item.inputs.get(self._tags.shown(name)), list):
            more["item_index"] = int(shape.unit) if shape.unit.isdecimal() else 0
        return more

    def _figure(
        self,
        name: str,
        tag: Tag,
        region: str,
        group: list[Shape],
        figure: Skeleton,
        size: tuple[int, int],
        at: Place,
    ) -> list[Value] | ProblemType:
        """A box, and the points that hang on it; a point that is not there is left out."""
        shape = group[0]
        seen = tuple(joint for joint in figure.joints if joint.visibility != HIDDEN)
        box = shape.box
        if box is None:
            if not seen:
                return w.NO_FIGURE
            box = extent_box(Points(tuple((joint.x, joint.y) for joint in seen)))
            # A box without an extent is none: a point gets a box of one pixel.
            box = Box(box.x, box.y, max(box.width, 1.0), max(box.height, 1.0))
            self._problems.add(w.BOX_MADE.at(at))
        found = self._results(name, tag, region, group, placed.box_value(box, *size), size, at)
        points, visibility, words = self._tags.joints(name)
        more = self._more(name, shape, size)
        for joint in figure.joints:
            if joint.attributes:
                self._problems.add(loss.JOINTS.at(at, target=TITLE))
            own = short_id(region, joint.name)
            value = placed.point_value((joint.x, joint.y), *size)
            base = {**more, "id": own, "to_name": tag.to_name, "origin": "manual", "parentID": region}
            said = _word(joint, words)
            if said is None and joint.visibility == HIDDEN:
                continue
            if said is None:
                self._problems.add(loss.VISIBILITY.at(at, target=TITLE))
            kind = {"from_name": points, "type": "keypointlabels"}
            found.append({**base, **kind, "value": {**value, "keypointlabels": [joint.name]}})
            if said:
                asked = {"from_name": visibility, "type": "choices"}
                found.append({**base, **asked, "value": {**value, "choices": [said]}})
        return found


def _word(joint: Joint, words: dict[str, str]) -> str | None:
    """What is chosen of a point: nothing where it is in sight, None where there is no word for it."""
    if joint.visibility == HIDDEN:
        return words.get("hidden") if (joint.x, joint.y) != (0.0, 0.0) else None
    return words.get("occluded") if joint.visibility == OCCLUDED else ""


def _one_region(one: Shape, other: Shape) -> bool:
    """Whether two shapes are labels of one region."""
    return (one.id, one.unit, one.geometry, one.box) == (other.id, other.unit, other.geometry, other.box)
