"""A predictor that answers one of everything, fails on one image and draws one shape that nobody takes."""

from __future__ import annotations

from collections.abc import Sequence

from labelwright.contracts import Asked, Followed, Guess, Query
from labelwright.geometry.shapes import (
    HIDDEN,
    Box,
    Cuboid,
    Ellipse,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.records import Kind, Shape

RING = ((1.0, 1.0), (30.25, 1.0), (30.0, 30.5))
CORNERS = tuple((10.0 + 3 * n, 20.0 + n) for n in range(8))
PERSON = Skeleton((Joint("head", 5.0, 5.5), Joint("foot", 5.0, 50.0, HIDDEN)))


class Everything:
    """One of everything."""

    inputs = ("image",)
    kinds = (Kind.SHAPES, Kind.CHOICE)
    options = {"fails_on": ("", "the name of an image")}  # noqa: RUF012

    def __init__(self, asked: Asked) -> None:
        self.asked = asked

    def predict(self, batch: Sequence[Query]) -> list[Guess]:
        return [self._guess(query) for query in batch]

    def _guess(self, query: Query) -> Guess:
        if self.asked.option("fails_on") == query.item.inputs["image"]:
            raise ValueError("this one")
        assert query.file("image")[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0")
        facets = (("color", "blue"), ("parked", "true"), ("doors", 4.0), ("plate", "ü-1"))
        car = Shape(Box(10.5, 10, 50, 50.25, -15), "car", score=0.42, answers=facets)
        found = {
            "cars": (
                car,
                Shape(Box(1, 2, 2, 2), "car", score=0.2),
                Shape(Polygon.of(RING), "car", score=0.9),
            ),
            "roads": (Shape(Polygon.of(RING), "road", score=0.5, occluded=True, z=3),),
            "lanes": (Shape(Polyline(RING), "lane"),),
            "corners": (Shape(Points(RING[:2]), "corner"),),
            "blobs": (Shape(Mask(10, 10, 3, 2, (1, 2, 1, 2)), "blob", score=0.8),),
            "boxes": (Shape(Cuboid(CORNERS), "box3"),),
            "ells": (Shape(Ellipse(30, 40, 10, 5, 90), "ell"),),
            "people": (Shape(PERSON, "person", score=0.7),),
            "scene": "weather",
        }
        return Guess({name: value for name, value in found.items() if name in self.asked.controls})

    def interact(self, query: Query) -> Guess:
        """What lies in the box, without what was clicked away."""
        (control,) = query.drawn
        boxes = [s for s in query.drawn[control] if isinstance(s.geometry, Box)]
        return Guess({control: tuple(Shape(s.geometry, "car") for s in boxes)})

    def track(self, query: Query, things: Sequence[Shape | bytes]) -> list[Followed]:
        """A pixel further each time; out of sight after the second."""
        found = []
        for thing in things:
            seen = 0 if isinstance(thing, Shape) else int(thing) + 1
            shape = Shape(Box(1 + seen, 1, 8, 8)) if seen < 3 else None
            found.append(Followed(shape, str(seen).encode()))
        return found
