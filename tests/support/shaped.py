"""Images with shapes that tests of several formats write and read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from drawn import angles, bitmaps, coordinates, sizes
from hypothesis import strategies as st
from msgspec.structs import replace

from labelwright import registry
from labelwright.contracts import Control, Input, SkeletonSpec, Source, Template
from labelwright.geometry.rle import mask_of, tight
from labelwright.geometry.shapes import (
    Box,
    Cuboid,
    Ellipse,
    Geometry,
    Joint,
    Mask,
    Points,
    Polygon,
    Polyline,
    Skeleton,
)
from labelwright.problems import READ, WRITE, Ledger, Problems
from labelwright.records import Item, ItemKey, Kind, Resolved, Shape

WIDTH, HEIGHT = 400, 300
BOXES = [None, Box(5, 6, 70, 80), Box(5, 6, 70, 80, 30)]
JOINTS = ["head", "hand", "foot"]
STREET = Template(
    name="street",
    modality="image",
    inputs={"image": Input("image")},
    controls={
        "objects": Control(
            Kind.SHAPES,
            labels=["car", "road", "person"],
            rotated=True,
            skeletons={"person": SkeletonSpec(JOINTS, [["head", "hand"], ["hand", "foot"]])},
        ),
        "color": Control(Kind.CHOICE, labels=["red", "blue"], on="objects"),
        "doors": Control(Kind.NUMBER, on="objects"),
        "weather": Control(Kind.CHOICE, labels=["sun", "rain"]),
        "seen": Control(Kind.CHOICES, labels=["dust", "glare"]),
        "note": Control(Kind.TEXT),
    },
)


def image(
    *shapes: Shape,
    name: str = "street/one.jpg",
    number: int = 1,
    size: tuple[int, int] | None = (WIDTH, HEIGHT),
    **answers: Any,
) -> Resolved:
    """One image with what is drawn on it."""
    item = Item(ItemKey("", "1", str(number)), {"image": name}, [], sizes={"image": size} if size else {})
    return Resolved(item, {"objects": shapes, **answers})


def written(
    name: str, items: list[Resolved], template: Template = STREET
) -> tuple[bytes, dict[str, int], Ledger]:
    """A file's bytes, the problems by code and the ledger, which must be balanced."""
    problems = Problems()
    data = b"".join(registry.formats()[name].write(items, template, problems))
    ledger = problems.ledger(WRITE)
    assert ledger.missing == 0
    return data, problems.counts, ledger


def read(name: str, path: Path, template: Template | None = STREET) -> tuple[list[Item], Problems, Template]:
    """The items of a file or folder, the problems (the ledger is balanced) and the template."""
    form: Any = registry.formats()[name]
    source, problems = Source(str(path), name=path.name), Problems()
    asked = form.infer(source, problems) if template is None else template
    items = list(form.read(source, asked, problems))
    ledger = problems.ledger(READ)
    assert ledger.missing == 0
    drawn = [n for n, c in asked.controls.items() if c.kind is Kind.SHAPES]
    assert ledger.given == sum(len(shapes_of(item, control)) for item in items for control in drawn)
    return items, problems, asked


def shapes_of(item: Item, control: str = "objects") -> tuple[Shape, ...]:
    """What is drawn on an item that was read."""
    found: tuple[Shape, ...] = item.annotations[0].answers[control]
    return found


def again(name: str, data: bytes, folder: Path, template: Template | None = STREET) -> list[Item]:
    """The items of a file that we wrote, read without a problem."""
    path = folder / f"written.{name}.json"
    path.write_bytes(data)
    items, problems, _ = read(name, path, template)
    assert problems.counts == {}
    return items


def told(shape: Shape) -> Shape:
    """A shape without what no file holds: its id and origin, and the room around a mask."""
    geometry: Geometry = shape.geometry
    if isinstance(geometry, Mask):
        geometry = tight(geometry)
    return replace(shape, geometry=geometry, id="", origin="manual")


def points(least: int, most: int = 6) -> st.SearchStrategy[tuple[tuple[float, float], ...]]:
    """Points anywhere, all different."""
    found = st.tuples(coordinates(), coordinates())
    return st.lists(found, min_size=least, max_size=most, unique=True).map(tuple)


def rings() -> st.SearchStrategy[tuple[tuple[float, float], ...]]:
    """Four corners around a place inside the image, never without an area."""

    def around(at: tuple[float, float, float, float]) -> tuple[tuple[float, float], ...]:
        x, y, w, h = at
        return ((x, y), (x + w, y + h / 3), (x + w / 2, y + h), (x + w / 8, y + h / 2))

    return st.tuples(st.floats(0, 300, width=32), st.floats(0, 200, width=32), sizes(), sizes()).map(around)


def _holed(ring: tuple[tuple[float, float], ...]) -> Polygon:
    (x, y), (right, _), (_, bottom), _ = ring
    w, h = right - x, bottom - y
    hole = ((x + w * 0.4, y + h * 0.4), (x + w * 0.6, y + h * 0.4), (x + w * 0.5, y + h * 0.6))
    return Polygon(((ring, hole),))


def geometries() -> st.SearchStrategy[Geometry]:
    """Every kind of shape that has an extent."""
    joint = st.tuples(coordinates(), coordinates(), st.integers(0, 2))
    figure = st.tuples(joint, joint, joint).map(
        lambda three: Skeleton(tuple(Joint(n, *j) for n, j in zip(JOINTS, three, strict=True)))
    )
    masks = st.builds(
        lambda bits, x, y: mask_of(bits, x, y), bitmaps(), st.integers(0, 300), st.integers(0, 200)
    )
    return st.one_of(
        st.builds(Box, coordinates(), coordinates(), sizes(), sizes()),
        st.builds(Box, coordinates(), coordinates(), sizes(), sizes(), angles()),
        st.builds(Ellipse, coordinates(), coordinates(), sizes(), sizes(), angles()),
        rings().map(Polygon.of),
        st.lists(rings(), min_size=2, max_size=3).map(lambda found: Polygon(tuple((r,) for r in found))),
        rings().map(_holed),
        masks.filter(lambda m: bool(m.counts)),
        figure,
        st.builds(Polyline, points(2), st.booleans()),
        points(1).map(Points),
        points(8, 8).map(Cuboid),
    )


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """A shape with some of what may be said of it."""
    geometry = draw(geometries())
    label = "person" if isinstance(geometry, Skeleton) else draw(st.sampled_from(["car", "road"]))
    answers = draw(
        st.sampled_from([(), (("color", "red"),), (("color", "blue"), ("doors", 4)), (("doors", 2.5),)])
    )
    return Shape(
        geometry,
        label,
        group=draw(st.sampled_from(["", "1", "7", "front", "01"])),
        score=draw(st.sampled_from([None, 0.0, 0.5, 1.0])),
        occluded=draw(st.booleans()),
        z=draw(st.integers(-2, 3)),
        answers=answers,
        box=draw(st.sampled_from(BOXES)) if isinstance(geometry, Skeleton) else None,
    )
