"""The annotations of one job, as the API writes them; keys that newer servers add are passed over."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from labelwright.io.surrogates import HALF, cleaned
from labelwright.problems import Place
from labelwright_plugins.cvat import building as b
from labelwright_plugins.cvat import problems as p

T = TypeVar("T", bound=Struct)


class RawValue(Struct):
    """An attribute's value; ``spec_id`` is the id of its definition."""

    spec_id: int
    value: Any = ""


class RawShape(Struct):
    """A shape, an element of a skeleton, or a keyframe of a track."""

    type: str
    frame: int
    points: list[float] = []
    label_id: int = 0
    id: int | None = None
    group: int | None = None
    source: str = "manual"
    score: float | None = None
    occluded: bool = False
    outside: bool = False
    z_order: int = 0
    rotation: float | None = None
    attributes: list[RawValue] = []
    elements: list[RawShape] = []


class RawTrack(Struct):
    """A track, or that of one point of a skeleton."""

    label_id: int
    shapes: list[RawShape] = []
    frame: int = 0
    id: int | None = None
    group: int | None = None
    source: str = "manual"
    score: float | None = None
    attributes: list[RawValue] = []
    elements: list[RawTrack] = []


class RawTag(Struct):
    """A tag of one frame."""

    label_id: int
    frame: int
    id: int | None = None
    source: str = "manual"
    attributes: list[RawValue] = []


class Labeled(Struct):
    """Everything that one job holds."""

    tags: list[RawTag] = []
    shapes: list[RawShape] = []
    tracks: list[RawTrack] = []
    intervals: list[Any] = []

    def __len__(self) -> int:
        """How many objects there are."""
        return len(self.tags) + len(self.shapes) + len(self.tracks)


def decode(data: bytes, ledger: b.Ledger, place: Place) -> Labeled:
    """The annotations in a file; an object that is none is set aside. Raises ``ValueError``."""
    try:
        return msgspec.json.decode(data, type=Labeled)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        given = json.loads(
            data
        )  # takes the NaN, and the halves of surrogate pairs, that Python's servers write
    if not isinstance(given, dict):
        raise ValueError("it is no object of tags, shapes and tracks")
    found = Labeled(intervals=list(given.get("intervals") or ()))
    found.tags = _each(given.get("tags"), RawTag, "tag", ledger, place)
    found.shapes = _each(given.get("shapes"), RawShape, "shape", ledger, place)
    found.tracks = _each(given.get("tracks"), RawTrack, "track", ledger, place)
    return found


def _each(given: Any, kind: type[T], name: str, ledger: b.Ledger, place: Place) -> list[T]:
    found = []
    for one in given or ():
        clean, halves = cleaned(one)
        for path in halves:
            frame = clean.get("frame") if isinstance(clean, dict) else None
            there = path if frame is None else f"frame {frame}, {path}"
            ledger.problems.add(HALF.at(msgspec.structs.replace(place, path=there)))
        try:
            found.append(msgspec.convert(clean, kind))
        except msgspec.ValidationError as error:
            ledger.lost(p.GEOMETRY.at(place, shape=name, reason=str(error)))
    return found
