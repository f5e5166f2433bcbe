"""Notations that are a JSON list of objects: boxes under one key, labels and attributes under others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from labelwright.examples import Grounding, Pointed
from labelwright.geometry.shapes import FARTHEST
from labelwright.groundings import _problems as said
from labelwright.groundings._grids import Steps, Values
from labelwright.groundings._notation import Base, in_caption, shape_of
from labelwright.groundings._placed import Placed, Placer
from labelwright.io import strict_json

OCCURRENCE = "occurrence"  # of a phrase that its caption has more than once: 1 is the first
_FENCED = re.compile(r"(?P<head>.*?)(?:^|\n)```(?:json)?[ \t]*\n(?P<body>.*?)\n?```\s*", re.DOTALL)


class JsonList(Base):
    """``[{KEY: [four numbers], "label": "..."}]``, the attributes of an object as further keys.

    A caption stands before the list, on lines of its own: the models' own documents have no form for
    a caption with places, so this one is ours. There a phrase with several boxes has an entry for each,
    and one that the caption has more than once says which is meant: ``"occurrence": 2``.
    """

    key = "bbox_2d"
    point_key = ""  # of models that point
    y_first = False
    places = 0  # decimal places of a number

    def described(self) -> dict[str, Any]:
        """See ``Notation``."""
        keys = {"key": self.key, **({"point_key": self.point_key} if self.point_key else {})}
        return {**super().described(), **keys}

    def _text(self, placed: list[Placed], grounding: Grounding, placer: Placer) -> str:
        caption = grounding.caption
        if caption:
            placed = in_caption(placed, caption, placer)
        entries = [entry for thing in placed for entry in self._entries(thing, caption, placer)]
        text = json.dumps(entries, ensure_ascii=False)
        return f"{caption}\n{text}" if caption else text

    def _which(self, thing: Placed, caption: str, placer: Placer) -> dict[str, int]:
        """Which of several occurrences of a phrase is meant."""
        found = occurrences(caption, thing.label)
        if thing.start not in found:
            told = {"label": thing.label, "count": len(found), "target": self.title}
            placer.problems.add(said.PHRASE_HIDDEN.at(placer.place, **told))
            return {}
        return {OCCURRENCE: found.index(thing.start) + 1} if len(found) > 1 else {}

    def _entries(self, thing: Placed, caption: str, placer: Placer) -> Iterator[dict[str, Any]]:
        taken = {self.key, self.point_key, "label", *([OCCURRENCE] if caption else [])}
        lost = [key for key, value in thing.answers if key in taken or not _is_json(value)]
        if lost:
            told = {"target": self.title, "names": ", ".join(lost), "label": thing.label}
            placer.problems.add(said.ATTRIBUTES.at(placer.place, **told))
        kept = {key: value for key, value in thing.answers if key not in lost}
        which = self._which(thing, caption, placer) if caption else {}
        for values in thing.places:
            key = self.key if len(values) == 4 else self.point_key
            numbers = [self._number(v) for v in self._turned(values)]
            yield {key: numbers, "label": thing.label, **which, **kept}

    def _number(self, value: int) -> float:
        return round(value / 10**self.places, self.places) if self.places else value

    def _turned(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """From x first to the order of the text, and back."""
        if not self.y_first:
            return values
        return (*values[1::-1], *values[:1:-1])

    def read(self, text: str, size: tuple[int, int]) -> Grounding:
        """See ``Notation``: an entry is an object; those of one phrase of a caption are one."""
        caption, entries = parted(text)
        if not isinstance(entries, list):
            raise ValueError("the JSON is no list")
        grid = self.measured(size)
        assert isinstance(grid, Steps)
        objects = [self._object(entry, f"entry {n}", grid) for n, entry in enumerate(entries, 1)]
        if caption:
            objects = joined(objects, caption)
        return Grounding(tuple(objects), size, caption)

    def _object(self, entry: Any, what: str, grid: Steps) -> Pointed:
        if not isinstance(entry, dict):
            raise ValueError(f"{what} is no object")
        keys = [key for key in (self.key, self.point_key) if key and key in entry]
        if len(keys) != 1:
            there = ", ".join(map(repr, entry)) or "nothing"
            raise ValueError(f"{what} needs the key {self.key!r}; it has {there}")
        label = entry.get("label")
        if not isinstance(label, str):
            raise ValueError(f"{what} needs a label that is text")
        values = self._values(entry[keys[0]], 4 if keys[0] == self.key else 2, f"{what}, {keys[0]}", grid)
        answers = tuple((k, v) for k, v in entry.items() if k not in (keys[0], "label"))
        return Pointed(label, (shape_of(grid.extent(values), values),), answers=answers)

    def _values(self, numbers: Any, count: int, what: str, grid: Steps) -> Values:
        words = "four numbers" if count == 4 else "two numbers"
        if not isinstance(numbers, list) or len(numbers) != count or not all(map(_is_number, numbers)):
            raise ValueError(f"{what} is not {words}: {json.dumps(numbers)[:80]}")
        unit = 10**self.places
        values = self._turned(tuple([n * unit for n in numbers]))
        xs, ys = values[::2], values[1::2]
        if min(values) < 0 or max(xs) > grid.x.last or max(ys) > grid.y.last:
            first = "y" if self.y_first else "x"
            scaled = [self._number(n) for n in (grid.x.last, grid.y.last)]
            raise ValueError(
                f"{what} is out of range: {numbers} with {first} first, where x goes to {scaled[0]} and y to"
                f" {scaled[1]}; is the order or the scale another?"
            )
        if count == 4 and (xs[0] >= xs[1] or ys[0] >= ys[1]):
            raise ValueError(f"{what} is inverted or has no area: {numbers}")
        return values


def parted(text: str) -> tuple[str, Any]:
    """What stands before a JSON list, and the list; it may be fenced as models answer it."""
    if "```" in text and (fenced := _FENCED.fullmatch(text)):
        return fenced["head"], strict_json.loads(fenced["body"])
    try:
        return "", strict_json.loads(text)
    except ValueError as error:
        wrong = error
    for found in re.finditer(r"\n\[", text):
        try:
            return text[: found.start()], strict_json.loads(text[found.start() :])
        except ValueError as error:
            wrong = error
    raise ValueError(f"there is no JSON list: {wrong}")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < FARTHEST


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def occurrences(caption: str, phrase: str) -> list[int]:
    """Where a phrase begins in a caption: as words of its own if it occurs so, else anywhere."""
    if not phrase:
        return []
    whole = [m.start() for m in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", caption)]
    return whole or [m.start() for m in re.finditer(rf"(?={re.escape(phrase)})", caption)]


def joined(objects: list[Pointed], caption: str) -> list[Pointed]:
    """The objects of a caption: those of one place of a phrase, and of the same attributes, are one.

    Raises ``ValueError`` for one that does not occur.
    """
    found: dict[tuple[int, str, str], Pointed] = {}
    for thing in objects:
        start = _start(thing, caption)
        answers = tuple((key, value) for key, value in thing.answers if key != OCCURRENCE)
        key = (start, thing.label, repr(answers))
        shapes = (*found[key].shapes, *thing.shapes) if key in found else thing.shapes
        found[key] = Pointed(thing.label, shapes, start, start + len(thing.label), answers)
    return list(found.values())


def _start(thing: Pointed, caption: str) -> int:
    places = occurrences(caption, thing.label)
    if not places:
        raise ValueError(f"{thing.label!r} does not occur in the caption before the list")
    which = dict(thing.answers).get(OCCURRENCE, 1)
    if type(which) is not int or not 1 <= which <= len(places):
        raise ValueError(f"{thing.label!r} occurs {len(places)} times in the caption, not {which!r}")
    return places[which - 1]
