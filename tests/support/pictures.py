"""The pictures and films of the shape templates' samples: plain figures that stand for things.

``python tests/support/pictures.py label_configs/labelwright_configs`` writes them into the templates. A
scene is what is to be seen, so that annotations of it are known to the pixel.
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import cos, radians, sin
from pathlib import Path
from random import Random

Point = tuple[float, float]
Colour = tuple[int, int, int]
PALETTE: dict[str, Colour] = {
    **{"sky": (214, 228, 240), "ground": (196, 190, 176), "red": (196, 48, 43), "blue": (38, 84, 160)},
    **{"green": (46, 125, 60), "grey": (110, 113, 120), "yellow": (230, 180, 40), "brown": (122, 82, 48)},
    **{"white": (248, 248, 246), "black": (30, 30, 34), "water": (120, 164, 190), "steel": (168, 172, 176)},
}
COLOURS = tuple(PALETTE)
SIZE = (320, 240)  # of pictures, pixels
SMALL = (160, 120)  # of pictures for masks, and of films
FRAMES, RATE = 25, 25.0  # of films
JOINTS = (
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder"),
    *("left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip"),
    *("left_knee", "right_knee", "left_ankle", "right_ankle"),
)
LIMBS = (
    *((0, 1), (0, 2), (1, 3), (2, 4), (5, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12)),
    *((11, 12), (11, 13), (13, 15), (12, 14), (14, 16)),
)
# A person who stands, in hundredths of their height from the feet's middle; they face us.
STANDING: tuple[Point, ...] = (
    *((0, -92), (2, -94), (-2, -94), (5, -93), (-5, -93), (12, -80), (-12, -80), (17, -64), (-17, -64)),
    *((20, -48), (-20, -48), (8, -48), (-8, -48), (9, -25), (-9, -25), (10, -3), (-10, -3)),
)


@dataclass(frozen=True)
class Thing:
    """What is to be seen: its label, its outline, its colour, and what may be asked about it.

    ``box`` is (x, y, width, height, degrees clockwise about the centre), ``points`` are joints or corners.
    """

    label: str
    outline: tuple[Point, ...]
    colour: str
    box: tuple[float, float, float, float, float] = (0, 0, 0, 0, 0)
    points: tuple[Point, ...] = ()
    facets: dict[str, str] = field(default_factory=dict)


def turned(x: float, y: float, width: float, height: float, degrees: float) -> tuple[Point, ...]:
    """The corners of a box that is turned about its centre, from its top left one clockwise."""
    cx, cy, c, s = x + width / 2, y + height / 2, cos(radians(degrees)), sin(radians(degrees))
    half = (
        (-width / 2, -height / 2),
        (width / 2, -height / 2),
        (width / 2, height / 2),
        (-width / 2, height / 2),
    )
    return tuple((cx + dx * c - dy * s, cy + dx * s + dy * c) for dx, dy in half)


def boxed(label: str, colour: str, place: tuple[float, float, float, float, float], **facets: str) -> Thing:
    return Thing(label, turned(*place), colour, place, facets=facets)


def _pick(random: Random, low: int, high: int) -> int:
    """A whole number in [low, high); of ``random()`` alone, whose numbers no version of Python changes."""
    return low + int(random.random() * (high - low))


def _street(random: Random, at: int) -> tuple[Thing, ...]:
    wide = (40, 56, 84)[at % 3]
    kind = ("CAR", "VAN", "TRUCK")[at % 3]
    x = _pick(random, 10, 100) + at
    found = [
        boxed(
            "VEHICLE",
            "red",
            (x, 150 - wide // 2, wide, wide // 2 + 8, 0),
            vehicle_type=kind,
            visibility="FULL",
        )
    ]
    if at % 2:
        found.append(boxed("PERSON", "blue", (_pick(random, 210, 280), 96, 18, 54, 0), visibility="FULL"))
    if at % 3 == 1:
        found.append(boxed("SIGN", "yellow", (_pick(random, 150, 190), 40, 24, 24, 0), visibility="FULL"))
    if at % 4 == 3:
        found.append(
            boxed("VEHICLE", "green", (290, 130, 30, 34, 0), vehicle_type="CAR", visibility="TRUNCATED")
        )
    if at % 5 == 2:
        hidden = (x + wide - 12, 104, 30, 40, 0)
        found.insert(0, boxed("PERSON", "blue", hidden, visibility="OCCLUDED"))
    return tuple(found)


def _harbour(random: Random, at: int) -> tuple[Thing, ...]:
    found = []
    for nth in range(1 + at % 3):
        degrees = _pick(random, -80, 80)
        place = (20 + 95 * nth, _pick(random, 60, 140), 70, 22, degrees)
        found.append(boxed("SHIP", "white", place, ship_state=("MOORED", "SAILING")[(at + nth) % 2]))
    if at % 2:
        found.append(
            boxed("CONTAINER", "brown", (_pick(random, 30, 220), 190, 48, 16, _pick(random, -40, 40)))
        )
    return tuple(found)


def _leaf(cx: float, cy: float, length: float, wide: float, degrees: float) -> tuple[Point, ...]:
    shape = ((-1, 0), (-0.6, -0.7), (0, -1), (0.6, -0.6), (1, 0), (0.5, 0.6), (-0.1, 1), (-0.7, 0.6))
    c, s = cos(radians(degrees)), sin(radians(degrees))
    scaled = ((x * length / 2, y * wide / 2) for x, y in shape)
    return tuple((cx + x * c - y * s, cy + x * s + y * c) for x, y in scaled)


def _plant(random: Random, at: int) -> tuple[Thing, ...]:
    stem = ((150.0, 230.0), (154.0, 120.0), (148.0, 40.0), (154.0, 40.0), (162.0, 120.0), (160.0, 230.0))
    found = [Thing("STEM", stem, "brown")] if at % 3 else []
    for nth in range(1 + at % 3):
        outline = _leaf(70 + 170 * (nth % 2), 70 + 60 * nth, 90, 44, _pick(random, -30, 30))
        health = ("HEALTHY", "HEALTHY", "DAMAGED")[(at + nth) % 3]
        found.append(Thing("LEAF", outline, "green", facets={"leaf_health": health}))
    if at % 4 == 1:
        found.append(Thing("FRUIT", _leaf(100, 205, 34, 34, 0), "red"))
    return tuple(found)


def _panel(random: Random, at: int) -> tuple[Thing, ...]:
    found = []
    if at % 3 != 2:
        x, y = _pick(random, 10, 60), _pick(random, 20, 60)
        found.append(Thing("SCRATCH", ((x, y), (x + 60, y + 18), (x + 59, y + 23), (x - 1, y + 4)), "black"))
    if at % 2:
        outline = _leaf(_pick(random, 100, 130), _pick(random, 70, 95), 34, 30, 20)
        found.append(Thing("STAIN", outline, "brown"))
    if at % 5 == 2:
        found.append(Thing("HOLE", _leaf(40, 92, 18, 18, 0), "black"))
    severity = ("MINOR", "MAJOR")[at // 2 % 2]
    return tuple(Thing(t.label, t.outline, t.colour, facets={"severity": severity}) for t in found)


def _person(x: float, feet: float, tall: float, wave: int) -> Thing:
    joints = [(x + dx * tall / 100, feet + dy * tall / 100) for dx, dy in STANDING]
    if wave:  # the left arm up
        joints[7], joints[9] = (x + 0.20 * tall, feet - 0.86 * tall), (x + 0.22 * tall, feet - 1.02 * tall)
    outline = turned(x - 0.06 * tall, feet - tall, 0.12 * tall, 0.14 * tall, 0)
    xs, ys = [p[0] for p in joints], [p[1] for p in joints]
    place = (min(xs) - 4, min(ys) - 6, max(xs) - min(xs) + 8, max(ys) - min(ys) + 10, 0.0)
    return Thing("PERSON", outline, "blue", place, tuple(joints))


def _people(random: Random, at: int) -> tuple[Thing, ...]:
    tall = _pick(random, 140, 180)
    found = [_person(_pick(random, 60, 120), 225, tall, at % 2)]
    if at % 4 == 2:
        found.append(_person(_pick(random, 210, 260), 220, tall - 20, 0))
    return tuple(found)


def _store(random: Random, at: int) -> tuple[Thing, ...]:
    found = []
    for nth in range(1 + at % 2):
        x, y = 40 + 130 * nth + _pick(random, 0, 20), _pick(random, 90, 120)
        wide, tall, deep = 60, 50 + 8 * (at % 3), 26
        front = ((x, y), (x, y + tall), (x + wide, y), (x + wide, y + tall))
        back = (
            (x + deep + wide, y - 16),
            (x + deep + wide, y + tall - 16),
            (x + deep, y - 16),
            (x + deep, y + tall - 16),
        )
        outline = (front[0], back[2], back[0], back[1], front[3], front[1])
        label = ("CARTON", "PALLET", "DRUM")[(at + nth) % 3]
        facets = {"carton_state": ("INTACT", "DAMAGED")[at % 2]} if label == "CARTON" else {}
        found.append(Thing(label, outline, "brown", points=(*front, *back), facets=facets))
    return tuple(found)


@dataclass(frozen=True)
class Mover:
    """A thing of a film: its box at the first frame, pixels a frame, and the frames it is seen in."""

    label: str
    colour: str
    box: tuple[float, float, float, float]
    speed: Point
    seen: tuple[int, int] = (0, FRAMES)
    facets: dict[str, str] = field(default_factory=dict)

    def place(self, frame: int) -> tuple[float, float, float, float, float]:
        x, y, width, height = self.box
        return (x + self.speed[0] * frame, y + self.speed[1] * frame, width, height, 0)


def _road(random: Random, at: int) -> tuple[Mover, ...]:
    kind = ("CAR", "TRUCK")[at % 2]
    wide = (30, 44)[at % 2]
    found = [
        Mover("VEHICLE", "red", (6, _pick(random, 50, 76), wide, 20), (3, 0), facets={"vehicle_type": kind})
    ]
    if at % 3 == 1:
        found.append(Mover("PERSON", "blue", (140, 30, 8, 24), (-2, 1), (0, 18)))
    if at % 4 == 2:
        found.append(Mover("PERSON", "green", (70, 90, 8, 24), (1, -1), (6, FRAMES)))
    return tuple(found)


NAMES = ("north", "east", "south", "west", "one", "two", "three", "four", "five", "six", "seven", "eight")
MAKERS = {
    "object-detection": (_street, "sky", SIZE),
    "rotated-boxes": (_harbour, "water", SIZE),
    "polygon-segmentation": (_plant, "sky", SIZE),
    "mask-segmentation": (_panel, "steel", SMALL),
    "keypoints-pose": (_people, "sky", SIZE),
    "cuboids": (_store, "ground", SIZE),
}
FILMS = "video-tracking"


def scenes(template: str) -> dict[str, tuple[Thing, ...]]:
    """What is to be seen in each picture of a template, by the file's name."""
    maker, random = MAKERS[template][0], Random(template)
    return {f"{name}.png": maker(random, at) for at, name in enumerate(NAMES)}


def films() -> dict[str, tuple[Mover, ...]]:
    """What is to be seen in each film, by the file's name."""
    random = Random(FILMS)
    return {f"{name}.webm": _road(random, at) for at, name in enumerate(NAMES)}


def filled(outline: Iterable[Point], width: int, height: int) -> Iterator[tuple[int, int, int]]:
    """Rows of a polygon as (y, first column, column after the last): pixels whose centre lies inside."""
    points = list(outline)
    edges = list(zip(points, [*points[1:], points[0]], strict=True))
    for y in range(height):
        middle = y + 0.5
        crossings = sorted(
            x0 + (middle - y0) * (x1 - x0) / (y1 - y0)
            for (x0, y0), (x1, y1) in edges
            if min(y0, y1) <= middle < max(y0, y1)
        )
        for left, right in zip(crossings[::2], crossings[1::2], strict=True):
            first, last = max(0, int(left + 0.5)), min(width, int(right + 0.5))
            if first < last:
                yield y, first, last


def drawn(things: Iterable[Thing], ground: str, size: tuple[int, int]) -> list[bytearray]:
    """The rows of a picture, a byte a pixel: the index of its colour."""
    width, height = size
    rows = [bytearray([COLOURS.index(ground)]) * width for _ in range(height)]
    for thing in things:
        outlines = [(thing.outline, thing.colour)]
        if thing.label == "PERSON" and thing.points:
            outlines += [(_limb(thing.points[a], thing.points[b]), "black") for a, b in LIMBS]
        for outline, colour in outlines:
            for y, first, last in filled(outline, width, height):
                rows[y][first:last] = bytes([COLOURS.index(colour)]) * (last - first)
    return rows


def _limb(start: Point, end: Point) -> tuple[Point, ...]:
    (x0, y0), (x1, y1) = start, end
    long = max(1.0, ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5)
    dx, dy = -(y1 - y0) / long * 1.5, (x1 - x0) / long * 1.5
    return ((x0 + dx, y0 + dy), (x1 + dx, y1 + dy), (x1 - dx, y1 - dy), (x0 - dx, y0 - dy))


def png(rows: list[bytearray]) -> bytes:
    """A PNG of indexed colours."""
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 3, 0, 0, 0)
    colours = b"".join(bytes(PALETTE[name]) for name in COLOURS)
    body = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows), 9)
    chunks = ((b"IHDR", head), (b"PLTE", colours), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def pictures(template: str) -> dict[str, list[bytearray]]:
    """The rows of every picture of a template, by the file's name."""
    _, ground, size = MAKERS[template]
    return {name: drawn(things, ground, size) for name, things in scenes(template).items()}


def frames(movers: Iterable[Mover]) -> Iterator[list[bytearray]]:
    """The rows of every frame of a film."""
    movers = tuple(movers)
    for at in range(FRAMES):
        seen = [m for m in movers if m.seen[0] <= at < m.seen[1]]
        yield drawn([boxed(m.label, m.colour, m.place(at)) for m in seen], "ground", SMALL)


def write_film(path: Path, rows: Iterable[list[bytearray]], size: tuple[int, int] = SMALL) -> None:
    """Write a WebM film (VP8); its bytes depend on the encoder."""
    import cv2
    import numpy as np

    colours = np.array([PALETTE[name][::-1] for name in COLOURS], np.uint8)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"VP80"), RATE, size)
    for one in rows:
        writer.write(colours[np.array([list(row) for row in one])])
    writer.release()


if __name__ == "__main__":
    root = Path(sys.argv[1])
    for template in MAKERS:
        folder = root / template / "media"
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in pictures(template).items():
            (folder / name).write_bytes(png(rows))
    folder = root / FILMS / "media"
    folder.mkdir(parents=True, exist_ok=True)
    for name, movers in films().items():
        if not (folder / name).exists():  # each encoding has other bytes
            write_film(folder / name, frames(movers))
