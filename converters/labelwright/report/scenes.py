"""Drawings of contested items as numbers: where every line, label and figure stands, for the template.

All coordinates are finite, in units of the picture, rounded to a tenth, and inside its view box.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from labelwright.agreement.result import Drawing, DrawnShape
from labelwright.geometry.shapes import Point
from labelwright.geometry.strokes import Strokes, strokes
from labelwright.report import matches
from labelwright.report.matches import letter
from labelwright.report.words import clean, count

ACROSS, DOWN = 400.0, 380.0  # the image's frame is at most so large
MARGIN = 16.0
SHAPES = 200
POINTS = 2000  # of a picture, shared by its shapes
STYLES = 8  # colours and dashes
NAMED = 40  # shapes up to which every one has its label
GLYPH, LINE = 6.4, 12.0  # of a letter, about
THUMBNAIL = 80_000  # characters of an address
PICTURE = re.compile(r"data:image/(?:png|jpeg|webp);base64,[A-Za-z0-9+/]+={0,2}")


class Person(NamedTuple):
    """An entry of the legend."""

    letter: str
    name: str
    style: int
    shapes: str


class Line(NamedTuple):
    """A shape: a path, and circles."""

    style: int
    path: str
    dots: list[Point]
    missing: bool


class Text(NamedTuple):
    """Words on the picture."""

    x: float
    y: float
    anchor: str
    style: int
    text: str


class Scene(NamedTuple):
    """A picture; ``frame`` is x, y, width and height of the image, ``joins`` are pairs of ends."""

    width: float
    height: float
    frame: tuple[float, float, float, float]
    people: list[Person]
    lines: list[Line]
    joins: list[tuple[Point, Point]]
    labels: list[Text]
    values: list[Text]
    said: str
    notes: list[str]
    thumbnail: str


class _View:
    """From pixels of the image to units of the picture, and never beyond its edges."""

    def __init__(self, drawing: Drawing, drawn: Iterable[Strokes]) -> None:
        x, y, width, height = 0.0, 0.0, drawing.width, drawing.height
        if not (0 < width < 1e10 and 0 < height < 1e10):
            points = [p for one in drawn for p in _points(one)] or [(0.0, 0.0)]
            xs, ys = [p[0] for p in points], [p[1] for p in points]
            x, y = min(xs), min(ys)
            width, height = max(max(xs) - x, 1.0), max(max(ys) - y, 1.0)
        self.x, self.y = x, y
        self.scale = min(ACROSS / width, DOWN / height)
        self.width, self.height = tenth(width * self.scale), tenth(height * self.scale)

    def __call__(self, point: Point) -> Point:
        x = (point[0] - self.x) * self.scale + MARGIN
        y = (point[1] - self.y) * self.scale + MARGIN
        return (
            tenth(min(max(x, 1.0), self.width + 2 * MARGIN - 1)),
            tenth(min(max(y, 1.0), self.height + 2 * MARGIN - 1)),
        )


def tenth(number: float) -> float:
    """Rounded to a tenth, without a minus before zero."""
    return round(number, 1) + 0.0


def _points(one: Strokes) -> list[Point]:
    return [p for line in (*one.rings, *one.lines, one.dots) for p in line]


def make_scene(drawing: Drawing) -> Scene | None:
    """The picture of a drawing; None where nothing of it can be drawn."""
    people = list(drawing.shapes)
    total = sum(map(len, drawing.shapes.values()))
    found: dict[tuple[str, int], Strokes] = {}
    for who in people:
        for n, shape in enumerate(drawing.shapes[who][: max(0, SHAPES - len(found))]):
            edges = [(e[0], e[1]) for e in drawing.edges.get(shape.label, []) if len(e) == 2]
            one = strokes(shape.geometry, edges, max(8, min(160, POINTS // min(total, SHAPES))))
            if one is not None:
                found[who, n] = one
    if not found:
        return None
    view = _View(drawing, found.values())
    width, height = tenth(view.width + 2 * MARGIN), tenth(view.height + 2 * MARGIN)
    missing = matches.missing(drawing)
    lines = [
        _line(view, one, people.index(who), bool(missing.get((who, n)))) for (who, n), one in found.items()
    ]
    places = {key: _extent(view, one) for key, one in found.items()}
    room = _Room(width, height)
    joins, values, unsaid = _values(drawing, places, room)
    labels, unnamed = _labels(drawing, places, missing, room)
    thumbnail = drawing.thumbnail if _is_thumbnail(drawing.thumbnail) else ""
    notes = _notes(drawing, found, total)
    if unsaid or unnamed:
        notes.append("where it is crowded, only the table below names every shape and value")
    return Scene(
        width, height, (MARGIN, MARGIN, view.width, view.height),
        [_person(n, who, drawing.shapes[who]) for n, who in enumerate(people)],
        lines, joins, labels, values, matches.summary(drawing), notes, thumbnail,
    )  # fmt: skip


def _is_thumbnail(address: str) -> bool:
    return len(address) <= THUMBNAIL and PICTURE.fullmatch(address) is not None


def _person(number: int, who: str, shapes: Sequence[DrawnShape]) -> Person:
    return Person(letter(number), clean(who, 60), number % STYLES, count(len(shapes), "shape"))


def _line(view: _View, one: Strokes, person: int, missing: bool) -> Line:
    parts = [_path(view, ring) + "Z" for ring in one.rings if ring]
    parts += [_path(view, line) for line in one.lines if line]
    return Line(person % STYLES, "".join(parts), [view(dot) for dot in one.dots], missing)


def _path(view: _View, points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in map(view, points))


Extent = tuple[float, float, float, float]


def _extent(view: _View, one: Strokes) -> Extent:
    points = [view(p) for p in _points(one)]
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return min(xs), min(ys), max(xs), max(ys)


class _Room:
    """Where words may stand: inside the picture, and not on other words."""

    def __init__(self, width: float, height: float) -> None:
        self._width, self._height = width, height
        self._taken: list[Extent] = []

    def put(
        self, text: str, style: int, places: Iterable[tuple[float, float, str]], must: bool
    ) -> Text | None:
        """The words at the first place that is free; ``must``: else at the first of all."""
        first: tuple[Text, Extent] | None = None
        for x, y, anchor in places:
            here = self._at(text, style, x, y, anchor)
            first = first or here
            if not any(_meet(here[1], other) for other in self._taken):
                self._taken.append(here[1])
                return here[0]
        if first is None or not must:
            return None
        self._taken.append(first[1])
        return first[0]

    def _at(self, text: str, style: int, x: float, y: float, anchor: str) -> tuple[Text, Extent]:
        wide = min(len(text) * GLYPH, self._width - 4)
        left = x - (wide if anchor == "end" else wide / 2 if anchor == "middle" else 0.0)
        left = min(max(left, 2.0), max(self._width - 2 - wide, 2.0))
        base = min(max(y, LINE), self._height - 3)
        x = left + (wide if anchor == "end" else wide / 2 if anchor == "middle" else 0.0)
        return Text(tenth(x), tenth(base), anchor, style, text), (
            left,
            base - LINE + 2,
            left + wide,
            base + 2,
        )


def _meet(a: Extent, b: Extent) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _values(
    drawing: Drawing, places: Mapping[tuple[str, int], Extent], room: _Room
) -> tuple[list[tuple[Point, Point]], list[Text], int]:
    """Joins and likenesses of matched pairs, and how many likenesses have no room."""
    people = list(drawing.shapes)
    joins, values, unsaid = [], [], 0
    for match in matches.ordered(drawing):
        ends = matches.ends(match)
        if ends is None or ends[0] not in places or ends[1] not in places:
            continue
        one, other = _middle(places[ends[0]]), _middle(places[ends[1]])
        joins.append((one, other))
        x, y = (one[0] + other[0]) / 2, (one[1] + other[1]) / 2 + LINE / 3
        who = "".join(letter(people.index(p)) for p in (match.a, match.b)) + " " if len(people) > 2 else ""
        text = f"{who}{matches.value(drawing, match)}"
        spots = [(x, y + step * LINE, "middle") for step in (0, 1, -1, 2, -2)]
        put = room.put(text, -1 if match.same else -2, spots, must=False)
        values += [put] if put else []
        unsaid += put is None
    return joins, values, unsaid


def _middle(place: Extent) -> Point:
    return tenth((place[0] + place[2]) / 2), tenth((place[1] + place[3]) / 2)


def _labels(
    drawing: Drawing,
    places: Mapping[tuple[str, int], Extent],
    missing: Mapping[tuple[str, int], Sequence[str]],
    room: _Room,
) -> tuple[list[Text], int]:
    """A label at each shape; of very many shapes only at those that somebody did not draw."""
    people = list(drawing.shapes)
    labels, unnamed = [], 0
    for key in sorted(places, key=lambda k: (k not in missing, people.index(k[0]), k[1])):
        person = people.index(key[0])
        lacking = missing.get(key, ())
        if len(places) > NAMED and not lacking:
            unnamed += 1
            continue
        x1, y1, x2, y2 = places[key]
        spots = [
            (x1, y1 - 3, "start"), (x2, y2 + LINE - 2, "end"), (x2, y1 - 3, "end"),
            (x1, y2 + LINE - 2, "start"), (x1 + 3, y1 + LINE, "start"), (x2 - 3, y2 - 4, "end"),
        ]  # fmt: skip
        stacked = [(x1, y1 - 3 - LINE, "start"), (x2, y2 + 2 * LINE - 2, "end")]
        turn = person % 4
        text = f"{letter(person)}{key[1] + 1} {clean(drawing.shapes[key[0]][key[1]].label, 24)}".rstrip()
        if lacking:
            text += f": {', '.join(letter(people.index(p)) for p in lacking if p in people)} missing"
        put = room.put(
            text, person % STYLES, spots[turn:] + spots[:turn] + stacked, must=len(places) <= NAMED
        )
        labels += [put] if put else []
        unnamed += put is None
    return labels, unnamed


def _notes(drawing: Drawing, found: Mapping[tuple[str, int], Strokes], total: int) -> list[str]:
    """What is not drawn, or not as it is."""
    notes = []
    if drawing.width > 0 and drawing.height > 0:
        notes.append(f"{drawing.width:,.6g} x {drawing.height:,.6g} px")
    else:
        notes.append("the size of the image is not known: the frame is drawn around the shapes")
    if drawing.more:
        notes.append(f"{count(drawing.more, 'more shape')} not drawn, more alike than these")
    if drawing.others:
        notes.append(f"{count(drawing.others, 'more annotator')} not drawn")
    if total > len(found):
        notes.append(f"{count(total - len(found), 'shape')} without a place")
    rough = sum(s.rough for own in drawing.shapes.values() for s in own)
    if rough:
        notes.append(f"{count(rough, 'shape')} with very many points drawn as the box around")
    cut = sum(one.cut for one in found.values())
    if cut:
        notes.append(f"small parts of {count(cut, 'shape')} left out")
    return notes
