"""What the rules for images see of an item: who drew what on which image, in pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from labelwright.agreement.likeness import Likeness, placed
from labelwright.agreement.matching import near
from labelwright.agreement.shapes import same_things
from labelwright.contracts import Control, Template
from labelwright.geometry.faults import EMPTY, NEGATIVE, NOT_FINITE, faults
from labelwright.geometry.measures import extent, extent_box
from labelwright.geometry.shapes import Box, Geometry
from labelwright.problems import Place, UsageError
from labelwright.records import Annotation, Item, Kind, Shape

Extent = tuple[float, float, float, float]


class Picture(Struct):
    """One image of an item, and the shapes of one control on it, by annotation.

    ``size`` is its width and height in pixels, None where nobody tells. An annotator who answered and
    drew nothing has no shapes; of one who answered twice the newest counts. ``models`` has what models
    predicted, one entry a prediction.
    """

    name: str
    control: Control
    unit: str
    size: tuple[int, int] | None
    annotations: list[Annotation]
    drawn: list[tuple[Shape, ...]]
    models: list[tuple[Shape, ...]]

    def place(self, item: Item, source: str, who: int, shape: Shape | None = None) -> Place:
        """Where one of the annotations is, or one of its shapes; never who made it."""
        region = shape.id if shape is not None else ""
        return Place(source, 0, item.key.item, self.annotations[who].id, region, self.name)


def pictures(item: Item, template: Template | None) -> Iterator[Picture]:
    """The images of an item for every control of shapes that somebody answered."""
    for name, control in (template.controls if template is not None else {}).items():
        if control.kind is not Kind.SHAPES or control.on:
            continue
        answered = [a for a in newest(item) if name in a.answers]
        held = [_by_unit(a.answers[name]) for a in answered]
        models = [_by_unit(p.answers[name]) for p in item.predictions if name in p.answers]
        shown = control.input or _image(template)
        for unit in sorted({unit for one in (*held, *models) for unit in one} or {""}):
            drawn, predicted = ([one.get(unit, ()) for one in several] for several in (held, models))
            yield Picture(name, control, unit, item.size(shown, unit), answered, drawn, predicted)


def newest(item: Item) -> list[Annotation]:
    """The newest submitted annotation of each annotator, a reference before others."""
    by: dict[str, Annotation] = {}
    for annotation in sorted(item.submitted, key=lambda a: (a.reference, a.updated_at, a.id)):
        by[annotation.annotator] = annotation
    return [by[who] for who in sorted(by)]


def shapes_in(value: Any) -> list[Shape]:
    """The shapes of an answer; what is none is left out."""
    return [s for s in value if isinstance(s, Shape)] if isinstance(value, tuple | list) else []


def _by_unit(value: Any) -> dict[str, tuple[Shape, ...]]:
    found: dict[str, list[Shape]] = {}
    for shape in shapes_in(value):
        found.setdefault(shape.unit, []).append(shape)
    return {unit: tuple(shapes) for unit, shapes in found.items()}


def _image(template: Template | None) -> str:
    """The only image or film that a template shows."""
    named = [n for n, i in (template.inputs if template else {}).items() if i.type in ("image", "video")]
    return named[0] if len(named) == 1 else ""


def sound(shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    """Those of the shapes that lie anywhere."""
    return tuple(s for s in shapes if _lies(s.geometry))


def _lies(geometry: Geometry) -> bool:
    if type(geometry) is Box:  # nearly all are boxes
        numbers = geometry.x + geometry.y + geometry.width + geometry.height + geometry.rotation
        return isfinite(numbers) and geometry.width >= 0 and geometry.height >= 0
    return not {EMPTY, NEGATIVE, NOT_FINITE} & set(faults(geometry))


def things(control: Control, drawn: Sequence[tuple[Shape, ...]]) -> list[dict[int, Shape]]:
    """What several annotators drew in the same place (IoU 0.5), by the place of the annotator.

    Without shapely, which polygons may need, shapes are compared by their extents.
    """
    own = [sound(shapes) for shapes in drawn]
    try:
        return same_things(control, own)
    except UsageError:
        return same_things(control, [_extents(shapes) for shapes in own])


def pairs(
    control: Control, left: Sequence[Shape], right: Sequence[Shape]
) -> list[tuple[Shape, Shape, float]]:
    """Every pair of shapes with anything in common, and their likeness (IoU); as ``things``."""
    left, right = sound(left), sound(right)
    try:
        found = list(near(placed(left), placed(right), Likeness(control)))
    except UsageError:
        found = list(near(placed(_extents(left)), placed(_extents(right)), Likeness(control)))
    return [(left[i], right[j], how) for i, j, how in found]


def _extents(shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    return tuple(replace(shape, geometry=extent_box(shape.geometry)) for shape in shapes)


def sides(shape: Shape) -> Extent:
    """Left, top, right and bottom in pixels."""
    return extent(shape.geometry)
