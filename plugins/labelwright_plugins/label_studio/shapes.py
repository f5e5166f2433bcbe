"""Shapes and tracks of an annotation: all results that share an id are one region."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from msgspec import Struct

from labelwright.contracts import Template
from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import Box, Geometry
from labelwright.records import Kind, Shape, Track
from labelwright_plugins.label_studio import problems as p
from labelwright_plugins.label_studio import shapeproblems as s
from labelwright_plugins.label_studio.drawn import NotDrawn, is_drawn, labels_in, shape_of
from labelwright_plugins.label_studio.fields import Result
from labelwright_plugins.label_studio.parsing import Draws
from labelwright_plugins.label_studio.pictures import PictureReader
from labelwright_plugins.label_studio.plan import Plan
from labelwright_plugins.label_studio.served import JOINTS, VISIBILITY
from labelwright_plugins.label_studio.skeletons import Joined, SkeletonReader
from labelwright_plugins.label_studio.tracks import track_of
from labelwright_plugins.label_studio.upright import upright_boxes

Parts = list[tuple[Plan, Result]]
Answers = tuple[tuple[str, Any], ...]
OUTSIDE = 0.01  # pixels that a shape may reach out of its image unsaid: percentages are rounded


class Region(Struct):
    """All results of one id and control: those that draw or label it, and what was asked of it."""

    plan: Plan
    marks: list[Result]
    asked: Parts
    visibility: str = ""


class ShapeReader:
    """Reads what is drawn in one annotation. Each label of a region is an object of the ledger."""

    def __init__(
        self, template: Template, reader: Draws, plans: dict[str, Plan], pictures: PictureReader
    ) -> None:
        """Serve ``reader``, which parses values, takes problems and keeps the ledger."""
        self._reader = reader
        self._plans = plans
        self._pictures = pictures
        self._skeletons = SkeletonReader(template, reader)

    def read(self, parts: Parts, links: Sequence[Result], out: dict[str, Any]) -> dict[str, Shape]:
        """Add shapes and tracks to ``out``, by control; return the shapes by region id.

        ``links`` are the relations: those between a point and its figure say whose it is.
        """
        plain = upright_boxes(parts, self._pictures) if not links else None
        if plain is not None:
            return self._plain(plain, out)
        by_id: dict[str, Shape] = {}
        joined: dict[str, Joined] = {}
        for region in self._regions(parts):
            plan = region.plan
            if plan.kind is Kind.TRACKS:
                self._add(out, plan, self._track(region))
                continue
            found = self._shapes(region, joined)
            self._add(out, plan, found)
            for shape in found:
                by_id.setdefault(shape.id, shape)
        for name, figures in joined.items():
            whole = self._skeletons.join(self._plans[name], figures, links)
            self._add(out, self._plans[name], whole)
            by_id.update((shape.id, shape) for shape in reversed(whole))
        return by_id

    def _plain(self, plain: dict[str, dict[str, Shape]], out: dict[str, Any]) -> dict[str, Shape]:
        """Add plain boxes, each of which is its region's only object."""
        by_id: dict[str, Shape] = {}
        for name, found in plain.items():
            self._reader.ledger.taken += len(found)
            self._reader.ledger.given += len(found)
            out[name] = tuple(found.values())
            by_id = {**found, **by_id} if by_id else found
        return by_id

    def _add(self, out: dict[str, Any], plan: Plan, found: Sequence[Shape | Track]) -> None:
        self._reader.ledger.given += len(found)
        out[plan.name] = (*out.get(plan.name, ()), *found)

    def _regions(self, parts: Parts) -> list[Region]:
        found: dict[tuple[str, str], Region] = {}
        for number, (plan, result) in enumerate(parts):
            control = plan.on or plan.name
            key = (result.id or f"#{number}", control)
            region = found.get(key)
            if region is None:
                region = found[key] = Region(self._plans[control], [], [])
            if plan.on:
                region.asked.append((plan, result))
            elif result.type == "choices" and result.from_name.endswith(VISIBILITY):
                region.visibility = _choice(result.value)
                if not region.marks:
                    region.asked.append((plan, result))
            elif any(mark.from_name == result.from_name for mark in region.marks):
                self._reader.ledger.taken += 1
                self._reader.lose(p.DUPLICATE_REGION, result, plan.name, id=result.id)
            else:
                region.marks.append(result)
        return list(found.values())

    def _answers(self, region: Region) -> Answers:
        found: dict[str, Any] = {}
        for plan, result in region.asked:
            if not plan.on:
                continue
            if plan.name in found:
                self._reader.problem(p.DUPLICATE_REGION, result, plan.name, id=result.id)
                continue
            value = self._reader.parse(plan, result)
            if value is not None:
                found[plan.name] = value
        return tuple(sorted(found.items()))

    def _place_of(self, region: Region) -> Result | None:
        """The result that says where a region is; says so if none does."""
        candidates = [*region.marks, *(result for _, result in region.asked)]
        for result in candidates:
            if is_drawn(result.value):
                return result
        if region.marks:
            mark = region.marks[0]
            self._reader.ledger.taken += 1
            self._reader.lose(s.UNREADABLE, mark, region.plan.name, reason="it holds no shape")
            return None
        for plan, result in region.asked:
            self._reader.problem(p.REGION_LOST, result, plan.name, id=result.id)
        return None

    def _labels(self, region: Region, joints: bool) -> list[str]:
        """The known labels of a region, one empty one where it has none; the others are lost."""
        plan, reader = region.plan, self._reader
        known: list[str] = []
        none = True
        names = plan.joints if joints else plan.labels
        for mark in region.marks:
            try:
                labels = labels_in(mark.value) if isinstance(mark.value, dict) else None
            except NotDrawn as error:
                reader.ledger.taken += 1
                reader.lose(s.UNREADABLE, mark, plan.name, reason=str(error))
                return []
            for label in labels or ():
                none = False
                if not names:
                    known.append(label)
                elif label in names:
                    known.append(names[label])
                else:
                    reader.ledger.taken += 1
                    reader.lose(p.UNKNOWN_LABEL, mark, plan.name, label=label)
        if none:
            known.append("")
            if names:
                reader.problem(s.NO_LABEL, _first(region), plan.name)
        return list(dict.fromkeys(known))

    def _shapes(self, region: Region, joined: dict[str, Joined]) -> list[Shape]:
        plan, drawn = region.plan, self._place_of(region)
        if drawn is None:
            return []
        joint = plan.figure and _is_point(drawn) and (plan.pure or _is_joint(region))
        labels = self._labels(region, joint)
        if not labels:
            return []
        if not joint:
            self._reader.ledger.taken += len(labels)
        unit = self._pictures.unit_of(drawn)
        geometry = self._geometry(plan, drawn, unit, 0 if joint else len(labels))
        if geometry is None:
            return []
        answers = self._answers(region)
        parent = drawn.parentID or ""
        shapes = [
            Shape(geometry, label, drawn.id, unit, parent, "", drawn.score, drawn.origin, answers=answers)
            for label in labels
        ]
        if not plan.figure:
            return shapes
        figures = joined.setdefault(plan.name, Joined([], []))
        if joint:
            figures.joints += [(shape, region.visibility, drawn) for shape in shapes]
            return []
        if isinstance(geometry, Box):
            own = [shape for shape in shapes if plan.pure or shape.label in plan.figures]
            figures.figures += [(shape, drawn) for shape in own]
            return [shape for shape in shapes if shape not in own]
        if not plan.pure:
            return shapes
        self._reader.lose(s.NO_FIGURE, drawn, plan.name, len(shapes))
        return []

    def _geometry(self, plan: Plan, drawn: Result, unit: str, objects: int) -> Geometry | None:
        """The shape of a result; None where it has none that can be used, which is ``objects`` lost."""
        reader = self._reader
        size = self._pictures.size_of(drawn, unit)
        if not objects and size is None:
            reader.ledger.taken += 1
        if size is None:
            reader.lose(s.NO_SIZE, drawn, plan.name, objects or 1)
            return None
        try:
            geometry, soft = shape_of(drawn.value, *size)
        except NotDrawn as error:
            reader.ledger.taken += 0 if objects else 1
            kind = s.EMPTY if error.empty else s.UNREADABLE
            reader.lose(kind, drawn, plan.name, objects or 1, reason=str(error))
            return None
        left, top, right, bottom = extent(geometry)
        if not isfinite(right - left + bottom - top):
            reader.ledger.taken += 0 if objects else 1
            reader.lose(s.UNREADABLE, drawn, plan.name, objects or 1, reason="it is endless")
            return None
        if soft:
            reader.problem(s.SOFT_EDGE, drawn, plan.name, pixels=soft)
        if drawn.image_rotation:
            reader.problem(s.IMAGE_TURNED, drawn, plan.name, degrees=drawn.image_rotation)
        if left < -OUTSIDE or top < -OUTSIDE or right > size[0] + OUTSIDE or bottom > size[1] + OUTSIDE:
            where = f"{left:g}, {top:g} to {right:g}, {bottom:g}"
            reader.problem(s.OUTSIDE, drawn, plan.name, where=where, width=size[0], height=size[1])
        return geometry

    def _track(self, region: Region) -> list[Track]:
        plan, drawn = region.plan, self._place_of(region)
        labels = self._labels(region, False) if drawn is not None else []
        if drawn is None or not labels:
            return []
        self._reader.ledger.taken += len(labels)
        keyframes = track_of(self._reader, plan, drawn, self._pictures, len(labels))
        if not keyframes:
            return []
        answers, parent = self._answers(region), drawn.parentID or ""
        return [
            Track(keyframes, label, drawn.id, parent, "", drawn.score, drawn.origin, answers)
            for label in labels
        ]


def _first(region: Region) -> Result:
    return region.marks[0] if region.marks else region.asked[0][1]


def _is_joint(region: Region) -> bool:
    return any(mark.from_name.endswith(JOINTS) for mark in region.marks)


def _is_point(result: Result) -> bool:
    value = result.value
    return "x" in value and "height" not in value and "radiusX" not in value


def _choice(value: Any) -> str:
    found = value.get("choices") if isinstance(value, dict) else None
    return found[0] if isinstance(found, list) and found and isinstance(found[0], str) else ""
