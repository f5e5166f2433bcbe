"""The films of the samples that people describe: somebody who stands, walks, waves and jumps; cars.

``python tests/support/clips.py label_configs/labelwright_configs`` writes those that are missing into the
templates; the bytes of a film depend on the encoder, what it shows does not.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pictures import (
    LIMBS,
    NAMES,
    RATE,
    SMALL,
    STANDING,
    Point,
    Thing,
    _limb,
    boxed,
    drawn,
    turned,
    write_film,
)

LENGTH = 50  # frames
TALL = 80  # pixels of a person


@dataclass(frozen=True)
class Deed:
    """What somebody does in the frames [start, end), counted from 0."""

    action: str
    start: int
    end: int

    @property
    def seconds(self) -> tuple[float, float]:
        return self.start / RATE, self.end / RATE


@dataclass(frozen=True)
class Clip:
    """What a film is about, who does what in it, and whether they walk to the left."""

    activity: str
    deeds: tuple[Deed, ...] = ()
    left: bool = False


@dataclass(frozen=True)
class Ride:
    """A film of things that move: colour, box at the first frame, pixels a frame."""

    ground: str
    things: tuple[tuple[str, tuple[float, float, float, float], Point], ...]


def _deeds(*said: tuple[str, int]) -> tuple[Deed, ...]:
    """Deeds one after the other, each to a frame."""
    ends = [0, *(end for _, end in said)]
    return tuple(Deed(action, ends[n], end) for n, (action, end) in enumerate(said))


CLIPS: tuple[Clip, ...] = (
    Clip("PASSING_BY", _deeds(("WALKING", 50))),
    Clip("GREETING", _deeds(("WALKING", 25), ("WAVING", 50))),
    Clip("EXERCISE", _deeds(("JUMPING", 40), ("STANDING", 50))),
    Clip("IDLE", _deeds(("STANDING", 50))),
    Clip("GREETING", _deeds(("STANDING", 15), ("WAVING", 50))),
    Clip("EXERCISE", _deeds(("STANDING", 10), ("JUMPING", 50))),
    Clip("PASSING_BY", _deeds(("WALKING", 50)), left=True),
    Clip("GREETING", _deeds(("WAVING", 20), ("WALKING", 50))),
    Clip("EXERCISE", _deeds(("JUMPING", 50))),
    Clip("NOBODY"),
    Clip("GREETING", _deeds(("WALKING", 20), ("WAVING", 40), ("STANDING", 50)), left=True),
    Clip("IDLE", _deeds(("STANDING", 50)), left=True),
)
_CAR, _BUS = (0.0, 60.0, 34.0, 18.0), (0.0, 52.0, 62.0, 28.0)


def _from(x: float, y: float, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    return (x, y, box[2], box[3])


RIDES: tuple[Ride, ...] = (
    Ride("ground", (("red", _from(4, 60, _CAR), (2, 0)),)),
    Ride("ground", (("blue", _from(120, 40, _CAR), (-2, 0)), ("red", _from(4, 76, _CAR), (2, 0)))),
    Ride("sky", (("green", _from(60, 4, _CAR), (0, 1.5)),)),
    Ride("ground", (("yellow", _from(50, 50, _BUS), (0, 0)),)),
    Ride("water", (("white", _from(4, 60, _BUS), (1, 0)),)),
    Ride("ground", (("yellow", _from(4, 50, _BUS), (1, 0)), ("red", _from(80, 90, _CAR), (0, 0)))),
    Ride("sky", (("blue", _from(60, 96, _CAR), (0, -1.5)),)),
    Ride("ground", (("black", _from(4, 30, _CAR), (2, 1)),)),
    Ride("water", ()),
    Ride("ground", (("green", _from(110, 70, _CAR), (-1.5, 0)),)),
    Ride("ground", (("red", _from(60, 30, _CAR), (0, 1)), ("blue", _from(4, 60, _CAR), (2, 0)))),
    Ride("sky", (("white", _from(110, 20, _CAR), (-2, 1)),)),
)


def _figure(x: float, feet: float, action: str, frame: int) -> Thing:
    """Somebody as they look at a frame of what they do; legs and arms swing."""
    joints = [(x + dx * TALL / 100, feet + dy * TALL / 100) for dx, dy in STANDING]
    swing = (frame // 3) % 2
    if action == "WALKING":
        step = (-6, 6)[swing]
        for joint, way in ((13, 1), (15, 2), (14, -1), (16, -2)):
            joints[joint] = (joints[joint][0] + way * step / 2, joints[joint][1])
    if action in ("WAVING", "JUMPING"):
        joints[7], joints[9] = (x + 16, feet - 68), (x + (20, 10)[swing], feet - 84)
    head = turned(x - 0.06 * TALL, feet - TALL, 0.12 * TALL, 0.14 * TALL, 0)
    return Thing("PERSON", head, "blue", points=tuple(joints))


def _somebody(clip: Clip) -> Iterator[list[Thing]]:
    """Who is to be seen in each frame."""
    x, way = (120.0, -1) if clip.left else (40.0, 1)
    for frame in range(LENGTH):
        deed = next((d for d in clip.deeds if d.start <= frame < d.end), None)
        if deed is None:
            yield []
            continue
        x += 1.5 * way if deed.action == "WALKING" else 0
        air = (0, 6, 12, 14, 12, 6)[frame % 6] if deed.action == "JUMPING" else 0
        yield [_figure(x, 110 - air, deed.action, frame)]


def _vehicles(ride: Ride) -> Iterator[list[Thing]]:
    for frame in range(LENGTH):
        yield [
            boxed("THING", colour, (x + vx * frame, y + vy * frame, w, h, 0))
            for colour, (x, y, w, h), (vx, vy) in ride.things
        ]


def frames(template: str) -> dict[str, tuple[str, list[list[Thing]]]]:
    """What is to be seen in each frame of each film of a template, and before what, by the file's name."""
    if template == "activity-recognition":
        return {f"{n}.webm": ("sky", list(_somebody(clip))) for n, clip in zip(NAMES, CLIPS, strict=True)}
    return {f"{n}.webm": (ride.ground, list(_vehicles(ride))) for n, ride in zip(NAMES, RIDES, strict=True)}


TEMPLATES = ("activity-recognition", "video-captioning")


def rows(ground: str, shown: Iterable[list[Thing]]) -> Iterator[list[bytearray]]:
    """The rows of every frame."""
    for things in shown:
        limbs = [
            Thing("", _limb(thing.points[a], thing.points[b]), "black")
            for thing in things
            if thing.points
            for a, b in LIMBS
        ]
        yield drawn([*limbs, *(Thing("", t.outline, t.colour) for t in things)], ground, SMALL)


if __name__ == "__main__":
    for name in TEMPLATES:
        folder = Path(sys.argv[1]) / name / "media"
        folder.mkdir(parents=True, exist_ok=True)
        for file, (ground, shown) in frames(name).items():
            if not (folder / file).exists():
                write_film(folder / file, rows(ground, shown))
