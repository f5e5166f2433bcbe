"""One function per value kind: from a result's ``value`` to the value of an answer.

Each raises ``ValueError`` in plain words when the value is not of its kind, and ``UnknownLabel`` when
it names a label that the config does not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from labelwright.contracts import STEP
from labelwright.records import Kind
from labelwright_plugins.label_studio.compared import preference, ranking
from labelwright_plugins.label_studio.drawn import DRAWN


class UnknownLabel(Exception):
    """A label that the config does not have."""


Labels = Mapping[str, str]


def _labels(value: Any, key: str, labels: Labels) -> list[str]:
    found = value[key]
    if type(found) is str:
        found = [found]
    if not labels:
        return list(found)
    try:
        return [labels[x] for x in found]
    except KeyError as error:
        raise UnknownLabel(str(error.args[0])) from None


def choice(value: Any, labels: Labels) -> Any:
    """A single choice: ``{"choices": ["A"]}``, or a rating or number used as a category."""
    if "choices" in value:
        found = value["choices"]
        if type(found) is list and len(found) == 1 and found[0] in labels:
            return labels[found[0]]
        found = _labels(value, "choices", labels)
        if len(found) != 1:
            raise ValueError(f"one choice was asked, {len(found)} are given")
        return found[0]
    return str(_scalar(value, ("rating", "number", "datetime")))


def choices(value: Any, labels: Labels) -> Any:
    """Several choices, as a sorted tuple without repeats."""
    return tuple(sorted(set(_labels(value, "choices", labels))))


def taxonomy(value: Any, labels: Labels) -> Any:
    """Full paths, sorted, without repeats: ``{"taxonomy": [["Eukarya", "Human"]]}``."""
    paths = sorted({tuple(p) if isinstance(p, list) else (p,) for p in value["taxonomy"]})
    if labels:
        for path in paths:
            if STEP.join(path) not in labels:
                raise UnknownLabel(STEP.join(path))
    return tuple(paths)


def rating(value: Any, labels: Labels) -> Any:
    """A number from a Rating, a Number or numeric Choices."""
    del labels
    found = _scalar(value, ("rating", "number", "choices", "text"))
    return _as_number(found)


def date(value: Any, labels: Labels) -> Any:
    """An ISO date or date-time as Label Studio stores it."""
    del labels
    return str(_scalar(value, ("datetime", "text"))).strip()


def text(value: Any, labels: Labels) -> Any:
    """The texts of a TextArea, untrimmed, as a list; the reader decides about several."""
    del labels
    found = value["text"]
    texts = [found] if isinstance(found, str) else list(found)
    if not all(isinstance(t, str) for t in texts):
        raise ValueError("a text is not a string")
    return texts


def json_value(value: Any, labels: Labels) -> Any:
    """A TextArea's content parsed as JSON."""
    texts = text(value, labels)
    if len(texts) != 1:
        raise ValueError(f"one JSON text was asked, {len(texts)} are given")
    try:
        return msgspec.json.decode(texts[0])
    except msgspec.DecodeError as error:
        raise ValueError(f"the text is not JSON: {error}") from None


def _scalar(value: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        if key in value:
            found = value[key]
            if isinstance(found, list):
                if len(found) != 1:
                    raise ValueError(f"one value was asked, {len(found)} are given")
                found = found[0]
            if found is None or isinstance(found, dict):
                raise ValueError(f"{key} holds no value")
            return found
    raise ValueError(f"it holds none of {', '.join(keys)}")


def _as_number(found: Any) -> int | float:
    if isinstance(found, bool):
        raise ValueError("true and false are no numbers")
    if isinstance(found, (int, float)):
        return found
    try:
        number = float(str(found))
    except ValueError:
        raise ValueError(f"{found!r} is not a number") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(f"{found!r} is not a finite number")
    return int(number) if number.is_integer() else number


PARSERS: dict[Kind, Callable[[Any, Labels], Any]] = {
    Kind.CHOICE: choice,
    Kind.CHOICES: choices,
    Kind.TAXONOMY: taxonomy,
    Kind.RATING: rating,
    Kind.NUMBER: rating,
    Kind.DATE: date,
    Kind.TEXT: text,
    Kind.TRANSCRIPT: text,
    Kind.JSON: json_value,
    Kind.PREFERENCE: preference,
    Kind.RANKING: ranking,
}

# Which control tags can collect which kind.
TAGS: dict[Kind, tuple[str, ...]] = {
    Kind.CHOICE: ("Choices", "Rating", "Number"),
    Kind.CHOICES: ("Choices",),
    Kind.TAXONOMY: ("Taxonomy",),
    Kind.RATING: ("Rating", "Number", "Choices"),
    Kind.NUMBER: ("Number", "Rating", "TextArea", "Choices"),
    Kind.DATE: ("DateTime", "TextArea"),
    Kind.TEXT: ("TextArea",),
    Kind.JSON: ("TextArea",),
    Kind.SPANS: ("Labels", "HyperTextLabels", "ParagraphLabels"),
    Kind.TURNS: ("ParagraphLabels",),
    Kind.RELATIONS: (),
    Kind.PREFERENCE: ("Pairwise", "Choices"),
    Kind.RANKING: ("Ranker",),
    Kind.SEGMENTS: ("Labels", "TimelineLabels"),
    Kind.TRANSCRIPT: ("TextArea",),
    Kind.SHAPES: ("Labels", *(tag for tag in DRAWN if tag != "VideoRectangle")),
    Kind.TRACKS: ("VideoRectangle", "Labels"),
}
