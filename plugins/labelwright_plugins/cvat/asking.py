"""Questions that CVAT's AI tools ask of a predictor, and what it answers while somebody draws."""

from __future__ import annotations

from collections.abc import Sequence

from labelwright.contracts import Files, Outcome, Query, Served
from labelwright.geometry.shapes import Box, Geometry, Mask, Point, Points
from labelwright.predicting.files import HeldFiles
from labelwright.problems import DataError, Place, ProblemType
from labelwright.records import Item, ItemKey, Kind, Shape, Value

ANSWERED = (Kind.SHAPES, Kind.CHOICE, Kind.CHOICES)
FOLLOWED = {
    "box": "rectangle",
    "polygon": "polygon",
    "polyline": "polyline",
    "points": "points",
    "ellipse": "ellipse",
}
NO_OTHER_FILE = ProblemType(
    "cvat.image-alone",
    "A predictor wants a file that CVAT does not send",
    "CVAT sends one image, and nothing else can be read",
    "Choose a predictor that needs no more than the image.",
)
NOTHING_THERE = ProblemType(
    "cvat.interaction-empty",
    "Nothing was found where somebody clicked",
    "nothing was found there",
    "Draw a box around the thing, or click on it in other places.",
)


class NoFiles:
    """Where nothing can be read but what came with a question (see ``contracts.Files``)."""

    def read(self, item: Item, uri: str) -> bytes:
        """Nothing. Raises ``DataError``."""
        del uri
        raise DataError(NO_OTHER_FILE.at(Place(item=str(item.key))))


def images(model: Served) -> list[str]:
    """The inputs that a predictor reads and an image can be."""
    return [name for name in model.inputs if model.template.inputs[name].type == "image"]


def controls(model: Served) -> list[str]:
    """The controls that a predictor answers about an image, and CVAT can hold."""
    return [name for name in model.controls if model.template.controls[name].kind in ANSWERED]


def drawn_control(model: Served) -> str:
    """The control that drawn shapes are of; empty if there is none."""
    kinds = model.template.controls
    return next((name for name in model.controls if kinds[name].kind is Kind.SHAPES), "")


def detects(model: Served) -> bool:
    """Whether it can be asked what there is on an image."""
    return model.predicts and bool(images(model) and controls(model))


def interacts(model: Served) -> bool:
    """Whether it can be asked what somebody means who clicks on an image."""
    return model.interacts and bool(images(model) and drawn_control(model))


def tracks(model: Served) -> bool:
    """Whether it can be asked where things are in the next frame."""
    return model.tracks and any(model.template.inputs[n].type in ("image", "video") for n in model.inputs)


def followed_types(model: Served) -> list[str]:
    """CVAT's names of the shapes that can be followed: those that the template has drawn."""
    kinds = model.template.controls
    drawn = {
        s for c in model.controls if kinds[c].kind in (Kind.SHAPES, Kind.TRACKS) for s in kinds[c].shapes
    }
    found = [cvat for name, cvat in FOLLOWED.items() if name in drawn]
    return found or list(FOLLOWED.values())


def query(
    model: Served,
    data: bytes,
    name: str,
    size: tuple[int, int] | None = None,
    others: Files | None = None,
    drawn: dict[str, Value] | None = None,
    outside: Sequence[Point] = (),
) -> Query:
    """A question about one image, whose bytes are there. ``name`` is what messages call it.

    Which item of the project it is, CVAT does not say: no lot can be drawn for it.
    """
    shown = images(model) or [n for n in model.inputs if model.template.inputs[n].type == "video"]
    sizes = {one: size for one in shown} if size is not None else {}
    item = Item(ItemKey("", "", name), dict.fromkeys(shown, name), [], sizes=sizes, lot=None)
    files = HeldFiles({name: data}, others or NoFiles())
    return Query(item, model.template, drawn or {}, files, tuple(outside))


def prompts(
    model: Served, inside: Sequence[Point], box: tuple[Point, Point] | None
) -> dict[str, tuple[Shape, ...]]:
    """What somebody drew to say what they mean: a box around it, points on it."""
    found: list[Geometry] = []
    if box is not None:
        (x1, y1), (x2, y2) = box
        found.append(Box(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)))
    if inside:
        found.append(Points(tuple(inside)))
    return {drawn_control(model): tuple(Shape(one, id=str(n)) for n, one in enumerate(found))}


def covered(outcome: Outcome, model: Served, size: tuple[int, int]) -> Mask:
    """All that a predictor drew in answer, as one mask. Raises ``DataError`` where that is nothing."""
    from labelwright.geometry.fill import fill
    from labelwright.geometry.mask_sets import mask_union
    from labelwright.geometry.rle import clip_mask, tight

    if outcome.answers is None and outcome.problems:
        raise DataError(outcome.problems[0])
    found: Mask | None = None
    for shape in (outcome.answers or {}).get(drawn_control(model), ()):
        try:
            mask = tight(clip_mask(fill(shape.geometry, size), *size))
        except ValueError:  # a line or points, which have no inside
            continue
        if mask.counts:
            found = mask if found is None else mask_union(found, mask)
    if found is None:
        raise DataError(outcome.problems[0] if outcome.problems else NOTHING_THERE.at())
    return tight(found)
