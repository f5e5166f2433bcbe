"""Hand-built drawings of contested items: a small one, one of every kind of shape, a hostile, a huge one."""

from __future__ import annotations

from labelwright.agreement.result import Contested, Drawing, DrawnShape, Match
from labelwright.geometry.shapes import (
    HIDDEN,
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

PEOPLE = ["annotator-1f3a9c02", "annotator-7be4410d", "annotator-c09d55e8"]
PICTURE = (  # 8 x 5 pixels
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAFCAIAAAD38zoCAAAAGUlEQVR42mOIyktp"
    "ykvBJBmwigJJBurpAAA20TIB2rDVFwAAAABJRU5ErkJggg=="
)


def small() -> Drawing:
    """Two annotators and three boxes: two matched at IoU 0.60 and 1.00, one that the second did not draw."""
    first, second = PEOPLE[:2]
    return Drawing(
        {
            first: [
                DrawnShape(Box(0, 0, 100, 80), "cat"),
                DrawnShape(Box(200, 100, 60, 60), "dog"),
                DrawnShape(Box(300, 220, 50, 40), "cat"),
            ],
            second: [DrawnShape(Box(0, 0, 60, 80), "cat"), DrawnShape(Box(200, 100, 60, 60), "cat")],
        },
        [
            Match(first, second, 0, 0, 0.6, True),
            Match(first, second, 1, 1, 1.0, True),
            Match(first, second, 2, None),
        ],
        width=400,
        height=300,
    )


def every_kind() -> list[Geometry]:
    """A shape of each kind, some of them more than once."""
    ring = ((40.0, 20.0), (120.0, 24.0), (110.0, 90.0), (50.0, 80.0))
    hole = ((60.0, 40.0), (60.0, 60.0), (90.0, 60.0), (90.0, 40.0))
    apart = ((130.0, 20.0), (150.0, 20.0), (150.0, 50.0))
    joints = (
        Joint("nose", 400, 60),
        Joint("neck", 405, 100),
        Joint("tail", 450, 130),
        Joint("ear", 0, 0, HIDDEN),
    )
    return [
        Box(180, 30, 90, 50, 30),
        Ellipse(330, 70, 40, 25, 20),
        Polygon(((ring, hole), (apart,))),
        Polyline(((30, 150), (90, 170), (140, 140)), False, (None, ((80, 190), (100, 150)), None)),
        Polyline(((170, 150), (220, 150), (200, 190)), True),
        Points(((260, 150), (280, 170))),
        Skeleton(joints),
        Mask(320, 150, 8, 4, (2, 4, 3, 6, 1, 8, 3, 2, 3)),
        Cuboid(((40, 230), (40, 290), (110, 230), (110, 290), (140, 210), (140, 270), (70, 210), (70, 270))),
        Mask(180, 230, 60, 40, tuple(n for row in range(40) for n in (row, 60 - row))),
    ]


def varied() -> Drawing:
    """Three annotators and every kind of shape; the third drew nothing."""
    first, second, third = PEOPLE
    shapes = every_kind()
    return Drawing(
        {
            first: [DrawnShape(one, f"kind {n}") for n, one in enumerate(shapes)],
            second: [DrawnShape(shapes[0], "kind 0"), DrawnShape(shapes[6], "kind 6", rough=True)],
            third: [],
        },
        [
            Match(first, second, 0, 0, 0.4996, False),
            Match(first, second, 6, 1, 0.8123, True),
            *(Match(first, second, n, None) for n in (1, 2, 3, 4, 5, 7, 8, 9)),
            *(Match(first, third, n, None) for n in range(10)),
            *(Match(second, third, n, None) for n in range(2)),
        ],
        more=3,
        others=2,
        part="frame 17",
        width=500,
        height=320,
        edges={"kind 6": [["nose", "neck"], ["neck", "tail"], ["neck", "ear"]]},
        thumbnail=PICTURE,
    )


def hostile(texts: tuple[str, ...], number: float = 1e308) -> Drawing:
    """Labels that try to leave the picture, numbers beyond bounds, matches of shapes that are not there."""
    bad = "</svg><script>alert(9)</script>"
    wild: list[Geometry] = [
        *(Box(number, 0, 1, 1), Box(0, 0, number, 1), Box(-1e308, -1e308, 1e308, 1e308)),
        *(Box(-1e9, -1e9, 1e9, 1e9), Polygon(()), Points(()), Mask(0, 0, 0, 0, ())),
    ]
    names = (bad, *texts)
    shapes = {t: [DrawnShape(g, bad, bad) for g in (*wild, Box(1, 1, 5, 5))] for t in names}
    return Drawing(
        shapes,
        [
            Match(names[0], names[1], 7, 7, 0.7, True),
            Match(names[0], names[1], 99, 0, number, True),
            Match(bad, "nobody", 0, None),
            Match("nobody", bad, 7, 7, -number, False),
        ],
        more=-1,
        part=bad,
        width=number,
        height=-3.0,
        edges={bad: [[bad], [bad, bad]]},
        thumbnail='data:image/png;base64,x"><script>alert(9)</script>',
    )


def huge(texts: str, people: int = 8, shapes: int = 30) -> Drawing:
    """More shapes than a picture shows, of many points, with long labels."""
    ring = tuple((float(n), float(n * n % 997)) for n in range(120))
    own = [DrawnShape(Polygon.of(ring), texts) for _ in range(shapes)]
    names = [f"annotator-{n:08x}" for n in range(people)]
    found = [Match(names[0], who, n, n, 0.7, True) for who in names[1:] for n in range(shapes)]
    return Drawing(dict.fromkeys(names, own), found, width=1000, height=1000)


def contested(drawing: Drawing, item: str = "31", control: str = "objects") -> Contested:
    """An item with this drawing."""
    link = f"http://localhost:8080/projects/1/data?task={item}"
    answers = {who: f"{len(own)} shapes" for who, own in drawing.shapes.items()}
    return Contested(item, link, control, 0.4, answers, drawing)
