"""The pictures of the templates whose answers are words about pictures: parts, scenes, drawings of plates.

``python tests/support/stills.py label_configs/labelwright_configs`` writes them into the templates. What is
to be seen is made of plain figures, so that what is said of it is known to be true, to the pixel.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import cos, pi, sin
from pathlib import Path

from pictures import SIZE, Point, Thing, drawn, png

WIDE, HIGH = SIZE


@dataclass(frozen=True)
class Seen:
    """A thing of a scene: the figures that it is made of."""

    parts: tuple[Thing, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of all its figures, in pixels."""
        xs = [x for part in self.parts for x, _ in part.outline]
        ys = [y for part in self.parts for _, y in part.outline]
        return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)


def poly(colour: str, *points: Point) -> Thing:
    return Thing("", points, colour)


def oblong(colour: str, x: float, y: float, width: float, height: float) -> Thing:
    return poly(colour, (x, y), (x + width, y), (x + width, y + height), (x, y + height))


def round_(colour: str, cx: float, cy: float, rx: float, ry: float = 0, corners: int = 32) -> Thing:
    """A disc, an ellipse, or a polygon of equal sides whose first corner is on the right."""
    turns = [2 * pi * n / corners for n in range(corners)]
    # Rounded, so that every machine has the same corners.
    return poly(colour, *((round(cx + rx * cos(a), 3), round(cy + (ry or rx) * sin(a), 3)) for a in turns))


# --- parts of a belt ---------------------------------------------------------------------------


def nut(cx: float, cy: float, r: float) -> Seen:
    return Seen((round_("grey", cx, cy, r, corners=6), round_("steel", cx, cy, r * 0.45)))


def washer(cx: float, cy: float, r: float) -> Seen:
    return Seen((round_("grey", cx, cy, r), round_("steel", cx, cy, r * 0.5)))


def bolt(x: float, y: float, long: float, thick: float) -> Seen:
    head = oblong("grey", x, y, thick, 2 * thick)
    return Seen((head, oblong("grey", x + thick, y + thick / 2, long - thick, thick)))


# --- things of a scene -------------------------------------------------------------------------


def ball(colour: str, cx: float, cy: float, r: float) -> Seen:
    return Seen((round_(colour, cx, cy, r),))


def car(colour: str, x: float, y: float, wide: float = 80) -> Seen:
    """A car whose wheels stand at ``y``."""
    tall = wide * 0.25
    cabin = poly(
        colour,
        *((x + wide * 0.2, y - 2 * tall), (x + wide * 0.3, y - 3 * tall)),
        *((x + wide * 0.65, y - 3 * tall), (x + wide * 0.8, y - 2 * tall)),
    )
    body = oblong(colour, x, y - 2 * tall, wide, tall * 1.5)
    wheels = [round_("black", x + wide * at, y - tall / 2, tall / 2) for at in (0.25, 0.75)]
    return Seen((cabin, body, *wheels))


def tree(colour: str, x: float, y: float, tall: float = 100) -> Seen:
    """A tree whose trunk stands at (x, y)."""
    trunk = oblong("brown", x - tall * 0.06, y - tall * 0.4, tall * 0.12, tall * 0.4)
    return Seen((trunk, round_(colour, x, y - tall * 0.7, tall * 0.3)))


def house(wall: str, roof: str, x: float, y: float, wide: float = 90) -> Seen:
    """A house with a door, whose walls stand at ``y``."""
    tall = wide * 0.6
    top = poly(roof, (x - 8, y - tall), (x + wide / 2, y - tall * 1.7), (x + wide + 8, y - tall))
    door = oblong("brown", x + wide * 0.4, y - tall * 0.5, wide * 0.2, tall * 0.5)
    return Seen((oblong(wall, x, y - tall, wide, tall), top, door))


def boat(hull: str, x: float, y: float, wide: float = 70) -> Seen:
    """A boat with a white sail, whose hull begins at (x, y)."""
    body = poly(hull, (x, y), (x + wide, y), (x + wide * 0.8, y + 16), (x + wide * 0.2, y + 16))
    sail = poly("white", (x + wide / 2, y - 4), (x + wide / 2, y - wide), (x + wide, y - 4))
    return Seen((sail, body))


def sun(cx: float, cy: float, r: float = 18) -> Seen:
    return ball("yellow", cx, cy, r)


def mug(colour: str, x: float, y: float, size: float = 40) -> Seen:
    """A mug with its handle on the right, which stands at ``y``."""
    handle = oblong(colour, x + size * 0.7, y - size * 0.8, size * 0.4, size * 0.6)
    behind = "sky" if colour == "white" else "white"
    hole = oblong(behind, x + size * 0.75, y - size * 0.65, size * 0.2, size * 0.3)
    return Seen((handle, hole, oblong(colour, x, y - size, size * 0.8, size)))


def crate(x: float, y: float, size: float = 50) -> Seen:
    """A crate of boards, which stands at ``y``."""
    boards = [oblong("black", x, y - size * at, size, 2) for at in (0.35, 0.7)]
    return Seen((oblong("brown", x, y - size, size, size), *boards))


def board(colour: str, y: float) -> Seen:
    """What things stand on, from edge to edge."""
    return Seen((oblong(colour, 0, y, WIDE, 10),))


def field(colour: str, y: float) -> Seen:
    """What fills a picture from ``y`` down."""
    return Seen((oblong(colour, 0, y, WIDE, HIGH - y),))


# --- drawings of plates ------------------------------------------------------------------------

SEGMENTS = {  # of a digit four wide and eight high
    "a": (0, 0, 4, 1),
    "b": (3, 0, 1, 4),
    "c": (3, 4, 1, 4),
    "d": (0, 7, 4, 1),
    "e": (0, 4, 1, 4),
    "f": (0, 0, 1, 4),
    "g": (0, 3.5, 4, 1),
}
LIT = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgecd", "abc", "abcdefg", "abcdfg")


def number(value: int, x: float, y: float, scale: float = 2) -> list[Thing]:
    """A number in segments, from its top left corner."""
    found = []
    for nth, digit in enumerate(str(value)):
        left = x + nth * 6 * scale
        for name in LIT[int(digit)]:
            dx, dy, width, height = SEGMENTS[name]
            found.append(oblong("black", left + dx * scale, y + dy * scale, width * scale, height * scale))
    return found


@dataclass(frozen=True)
class Plate:
    """A plate from above, in millimetres: its sides or, where it is round, its diameter; its holes.

    ``holes`` are (x, y, diameter) from the middle of the plate, y up.
    """

    wide: int
    high: int
    thick: int
    holes: tuple[tuple[int, int, int], ...] = ()
    round: bool = False


def plate(drawing: Plate, scale: float = 2) -> Seen:
    cx, cy, wide, high = WIDE / 2, HIGH / 2 - 8, drawing.wide * scale, drawing.high * scale
    ring = 2  # pixels of a line
    if drawing.round:
        edge = [round_("black", cx, cy, wide / 2), round_("white", cx, cy, wide / 2 - ring)]
    else:
        edge = [
            oblong("black", cx - wide / 2, cy - high / 2, wide, high),
            oblong("white", cx - wide / 2 + ring, cy - high / 2 + ring, wide - 2 * ring, high - 2 * ring),
        ]
    for x, y, diameter in drawing.holes:
        r = diameter * scale / 2
        place = (cx + x * scale, cy - y * scale)
        edge += [round_("black", *place, r), round_("white", *place, r - ring)]
    below = cy + high / 2 + 10
    marks = [oblong("black", cx - wide / 2, below, wide, 1), *number(drawing.wide, cx - 12, below + 6)]
    if not drawing.round:
        right = cx + wide / 2 + 10
        marks += [oblong("black", right, cy - high / 2, 1, high), *number(drawing.high, right + 6, cy - 8)]
    if drawing.holes:
        marks += number(drawing.holes[0][2], 10, 10)
        marks.append(round_("black", 46, 18, 6))
        marks.append(round_("white", 46, 18, 4))
    return Seen((*edge, *marks))


# --- what each template shows ------------------------------------------------------------------

Scene = tuple[Seen, ...]
SKY, SEA, SHELF = "sky", field("water", 150), board("brown", 190)
LAWN, STREET = field("green", 185), field("grey", 185)

PARTS: dict[str, Scene] = {
    "north": (nut(160, 120, 60),),
    "east": (bolt(70, 90, 180, 30),),
    "south": (washer(160, 120, 70),),
    "west": (nut(110, 90, 35),),
    "one": (crate(130, 160, 60),),
    "two": (bolt(110, 100, 90, 18),),
    "three": (washer(220, 80, 30),),
    "four": (nut(310, 130, 50),),
    "five": (washer(90, 120, 50), nut(230, 120, 45)),
    "six": (bolt(20, 140, 260, 16),),
    "seven": (washer(60, 190, 40),),
    "eight": (nut(250, 60, 25),),
}
VIEWS: dict[str, Scene] = {
    "north": (STREET, car("red", 30, 190), tree("green", 240, 190, 140)),
    "east": (SEA, boat("brown", 40, 160), boat("red", 190, 180), sun(270, 40)),
    "south": (LAWN, house("white", "red", 60, 190, 110), tree("green", 260, 190, 110)),
    "west": (SHELF, ball("red", 70, 165, 25), ball("blue", 160, 160, 30), ball("green", 250, 170, 20)),
    "one": (SHELF, mug("blue", 70, 190), mug("red", 190, 190)),
    "two": (SHELF, crate(120, 190, 70), ball("yellow", 155, 100, 20)),
    "three": (SEA, boat("black", 120, 175, 90)),
    "four": (
        *(STREET, house("white", "red", 20, 190, 80), house("yellow", "brown", 210, 190, 80)),
        car("blue", 120, 195, 70),
    ),
    "five": (LAWN, tree("green", 60, 190), tree("green", 160, 190, 150), tree("green", 260, 190)),
    "six": (LAWN, house("yellow", "grey", 100, 190, 100), sun(150, 35)),
    "seven": (STREET, car("red", 40, 190), car("blue", 170, 190)),
    "eight": (SHELF, mug("green", 130, 190, 60)),
}
ASKED: dict[str, Scene] = {
    "north": (SEA, boat("red", 30, 165), boat("brown", 130, 185), sun(270, 40)),
    "east": (STREET, *(tree("green", x, 185, 90) for x in (50, 120, 190)), car("blue", 215, 200, 90)),
    "south": (SHELF, mug("red", 40, 190), mug("blue", 140, 190), mug("red", 240, 190)),
    "west": (LAWN, house("white", "red", 40, 190, 110), tree("brown", 250, 190, 130)),
    "one": (SHELF, ball("red", 60, 175, 15), ball("yellow", 150, 155, 35), ball("blue", 260, 165, 25)),
    "two": (SHELF, ball("green", 175, 120, 28), crate(120, 190, 80)),
}
GOODS: dict[str, Scene] = {
    "north": (mug("red", 110, 180, 100),),
    "east": (ball("blue", 160, 120, 80),),
    "south": (crate(100, 190, 130),),
    "west": (car("yellow", 60, 170, 200),),
    "one": (boat("red", 90, 190, 140),),
    "two": (mug("blue", 40, 180, 90), mug("white", 180, 180, 90)),
    "three": (ball("red", 80, 130, 40), ball("green", 160, 130, 40), ball("yellow", 240, 130, 40)),
    "four": (mug("green", 110, 180, 100),),
    "five": (house("white", "blue", 90, 200, 140),),
    "six": (crate(110, 200, 100), ball("red", 160, 75, 25)),
    "seven": (tree("green", 160, 220, 190),),
    "eight": (car("black", 80, 160, 160),),
}
PLATES = {
    "north": Plate(60, 40, 5, ((0, 0, 10),)),
    "east": Plate(80, 50, 8),
    "south": Plate(50, 50, 6, ((0, 0, 20),), round=True),
    "west": Plate(80, 40, 4, ((-25, 0, 12), (25, 0, 12))),
    "one": Plate(40, 40, 10, ((0, 0, 25),)),
    "two": Plate(70, 70, 3, round=True),
    "three": Plate(80, 60, 5, ((-30, -20, 8), (-30, 20, 8), (30, -20, 8), (30, 20, 8))),
    "four": Plate(90, 30, 6, ((-30, 0, 10), (0, 0, 10), (30, 0, 10))),
    "five": Plate(60, 60, 12, ((0, 0, 30),), round=True),
    "six": Plate(50, 70, 4, ((0, 20, 15),)),
    "seven": Plate(80, 80, 10, ((-20, 0, 10), (20, 0, 10)), round=True),
    "eight": Plate(30, 60, 5, ((0, -15, 8), (0, 15, 8))),
}


@dataclass(frozen=True)
class Tied:
    """A scene and its caption, with phrases tied to things: (phrase, which of those alike from 1, things)."""

    caption: str
    seen: Scene
    ties: tuple[tuple[str, int, tuple[Seen, ...]], ...]


def _tied(caption: str, ground: Scene, *ties: tuple[str, tuple[Seen, ...]], behind: int = 0) -> Tied:
    """Phrases in the caption's order; equal ones are counted. ``behind`` things are drawn first."""
    counted, said = [], [phrase for phrase, _ in ties]
    for at, (phrase, things) in enumerate(ties):
        counted.append((phrase, said[: at + 1].count(phrase), things))
    seen = [thing for _, group in ties for thing in group]
    front = len(seen) - behind
    return Tied(caption, (*ground, *seen[front:], *seen[:front]), tuple(counted))


TIED: dict[str, Tied] = {
    "north": _tied(
        "A red car stands left of a tall green tree, under the yellow sun.",
        (STREET,),
        ("A red car", (car("red", 30, 190),)),
        ("a tall green tree", (tree("green", 240, 190, 140),)),
        ("the yellow sun", (sun(60, 40),)),
    ),
    "east": _tied(
        "Two boats with white sails cross the bay under the yellow sun.",
        (SEA,),
        ("Two boats with white sails", (boat("brown", 30, 165), boat("red", 180, 180))),
        ("the yellow sun", (sun(275, 35),)),
    ),
    "south": _tied(
        "A blue mug stands beside a red mug, and a blue mug waits at the right edge of the shelf.",
        (SHELF,),
        ("A blue mug", (mug("blue", 20, 190),)),
        ("a red mug", (mug("red", 90, 190),)),
        ("a blue mug", (mug("blue", 260, 190),)),
    ),
    "west": _tied(
        "The white house with a red roof stands between two green trees.",
        (LAWN,),
        ("The white house with a red roof", (house("white", "red", 110, 190, 100),)),
        ("two green trees", (tree("green", 50, 190), tree("green", 275, 190, 120))),
    ),
    "one": _tied(
        "On the shelf, a green ball lies left of the crate and a green ball lies right of the crate.",
        (SHELF,),
        ("a green ball", (ball("green", 50, 170, 20),)),
        ("the crate", (crate(120, 190, 70),)),
        ("a green ball", (ball("green", 270, 165, 25),)),
    ),
    "two": _tied(
        "A blue car follows a yellow car past the house with a grey roof.",
        (STREET,),
        ("A blue car", (car("blue", 20, 200, 90),)),
        ("a yellow car", (car("yellow", 200, 200, 90),)),
        ("the house with a grey roof", (house("white", "grey", 110, 180, 80),)),
        behind=1,
    ),
    "three": _tied(
        "Three balls lie on the wooden shelf: a small red ball, a large blue ball and a yellow ball.",
        (),
        ("the wooden shelf", (board("brown", 190),)),
        ("a small red ball", (ball("red", 50, 175, 15),)),
        ("a large blue ball", (ball("blue", 150, 150, 40),)),
        ("a yellow ball", (ball("yellow", 255, 165, 25),)),
    ),
    "four": _tied(
        "Das schwarze Boot fährt links an der roten Boje vorbei.",
        (SEA,),
        ("Das schwarze Boot", (boat("black", 60, 175, 80),)),
        ("der roten Boje", (ball("red", 250, 190, 12),)),
    ),
    "five": _tied(
        "A stack of two crates stands beside a green mug on the shelf.",
        (SHELF,),
        ("two crates", (crate(50, 190, 60), crate(55, 130, 50))),
        ("a green mug", (mug("green", 200, 190, 50),)),
    ),
    "six": _tied(
        "The sun stands low over a yellow house. Left of the house stands a brown tree.",
        (LAWN,),
        ("The sun", (sun(280, 60),)),
        ("a yellow house", (house("yellow", "brown", 150, 190, 90),)),
        ("a brown tree", (tree("brown", 60, 190, 120),)),
    ),
    "seven": _tied(
        "A black car waits behind a red car.",
        (STREET,),
        ("A black car", (car("black", 30, 200),)),
        ("a red car", (car("red", 180, 200),)),
    ),
    "eight": _tied(
        "Three white mugs stand in a row.",
        (SHELF,),
        ("Three white mugs", tuple(mug("white", x, 190) for x in (30, 130, 230))),
    ),
}
SHOWN: dict[str, tuple[str, dict[str, Scene]]] = {
    "image-classification": ("steel", PARTS),
    "image-captioning": (SKY, VIEWS),
    "visual-question-answering": (SKY, ASKED),
    "phrase-grounding": (SKY, {name: tied.seen for name, tied in TIED.items()}),
    "image-text-pairs": ("ground", GOODS),
    "cad-code": ("white", {name: (plate(one),) for name, one in PLATES.items()}),
}


def stills(template: str) -> dict[str, list[bytearray]]:
    """The rows of every picture of a template, by the file's name."""
    ground, scenes = SHOWN[template]
    return {
        f"{name}.png": drawn([part for seen in scene for part in seen.parts], ground, SIZE)
        for name, scene in scenes.items()
    }


if __name__ == "__main__":
    for template in SHOWN:
        folder = Path(sys.argv[1]) / template / "media"
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in stills(template).items():
            (folder / name).write_bytes(png(rows))
