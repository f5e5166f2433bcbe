"""A model's answer as values of a template's controls; whatever in it cannot be one is told by code."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from labelwright.contracts import Control, Notation, Query
from labelwright.geometry.shapes import Box, Geometry, Points
from labelwright.io import strict_json
from labelwright.predictors import _said as s
from labelwright.predictors._form import PATH, asked_of, linking, own_schema, place_keys
from labelwright.problems import DataError, Place, Problem, ProblemType
from labelwright.records import LEFT, RIGHT, TIE, Kind, Shape, Span, Value

_FENCED = re.compile(r"```(?:json)?[ \t]*\n(?P<body>.*?)\n?```", re.DOTALL)
_THOUGHT = re.compile(r"\s*<think>.*?</think>", re.DOTALL)


def parsed(text: str, place: Place) -> dict[str, Any]:
    """The object that an answer is: alone, or fenced as models do it. Raises ``DataError``."""
    body = body_of(text)
    try:
        found = strict_json.loads(body)
    except ValueError as error:
        raise DataError(s.NO_JSON.at(place, reason=str(error))) from None
    if not isinstance(found, dict):
        raise DataError(s.NO_JSON.at(place, reason=f"it is of type {type(found).__name__}, not an object"))
    return found


def body_of(text: str) -> str:
    """An answer without the thoughts before it, and the fence around it with what is said beside that."""
    thought = _THOUGHT.match(text)
    body = (text[thought.end() :] if thought else text).strip()
    if (whole := _FENCED.fullmatch(body)) or body.startswith("{"):
        return whole["body"] if whole else body
    fenced = list(_FENCED.finditer(body))
    return fenced[0]["body"] if len(fenced) == 1 else body


class Unfit(Exception):
    """A value is none of its control. Says why."""


class Reading:
    """Reads one answer. ``problems`` grows."""

    def __init__(
        self,
        query: Query,
        texts: Mapping[str, str],
        images: Mapping[str, str],
        notation: Notation,
        sent: Mapping[str, tuple[int, int]],
    ) -> None:
        """``texts``, ``images``: the input that each control is about; ``sent``: sizes as they were sent."""
        self._query, self._texts, self._images = query, texts, images
        self._notation, self._sent = notation, sent
        self.problems: list[Problem] = []

    def answers(self, given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Value]:
        """The values of the controls ``names``."""
        found: dict[str, Value] = {}
        for name in names:
            control = self._query.template.controls[name]
            raw = given.get(name)
            if raw is None or raw == "":
                if control.required:
                    self._tell(s.MISSING, name, control=name)
                continue
            try:
                value = self._value(name, control, raw)
                if value != () or not raw:  # that all are unfit is no answer of none
                    found[name] = value
            except Unfit as error:
                self._tell(s.UNFIT, name, control=name, reason=error)
        for name in sorted(set(given) - set(names)):
            self._tell(s.UNASKED, "", name=name[:100])
        self._linked(found)
        return found

    def _tell(self, kind: ProblemType, about: str, /, **what: Any) -> None:
        self.problems.append(kind.at(Place(item=str(self._query.item.key), control=about), **what))

    def _value(self, name: str, control: Control, raw: Any) -> Value:
        if control.kind is Kind.SPANS:
            return tuple(self._spans(name, control, _list(raw)))
        if control.kind is Kind.SHAPES:
            return tuple(self._shapes(name, control, _list(raw)))
        if control.kind is Kind.JSON:
            return self._json(name, raw)
        return _PLAIN[control.kind](raw)

    def _json(self, name: str, raw: Any) -> Any:
        schema = own_schema(self._query.template, name)
        if isinstance(raw, str) and (schema is None or "$ref" in json.dumps(schema)):
            try:
                raw = strict_json.loads(raw)
            except ValueError:
                raise Unfit("it is no JSON") from None
        if schema is not None:
            import jsonschema

            try:
                wrong = next(iter(jsonschema.Draft202012Validator(schema).iter_errors(raw)), None)
            except RecursionError:
                raise Unfit("it is nested too deeply") from None
            if wrong is not None:
                raise Unfit(f"{wrong.json_path}: {wrong.message[:200]}")
        return raw

    # Passages of a text

    def _spans(self, name: str, control: Control, given: list[Any]) -> Iterator[Span]:
        text = self._query.text(self._texts[name]).encode("utf-8", "replace").decode()
        known = set()
        for number, entry in enumerate(given, 1):
            place = self._entry(name, number, entry, "quote", str)
            if place is None:
                continue
            quote, which = entry["quote"], entry.get("occurrence", 1)
            places = occurrences(text, quote)
            if not places:
                self._tell(s.QUOTE_UNKNOWN, name, quote=quote[:100])
            elif type(which) is not int or not 1 <= which <= len(places):
                self._tell(s.OCCURRENCE, name, quote=quote[:100], count=len(places), which=which)
            else:
                start = places[which - 1]
                label = self._label(entry)
                span = Span(start, start + len(quote), label, answers=self._asked(name, entry, label))
                if span.key not in known:
                    known.add(span.key)
                    yield span

    def _entry(self, name: str, number: int, entry: Any, key: str, kind: type) -> Any:
        """The place of an entry of a list, if it is one; else it is told."""
        found = entry.get(key) if isinstance(entry, dict) else None
        if isinstance(found, kind) and found and isinstance(entry.get("label", ""), str):
            return found
        self._tell(
            s.UNFIT, name, control=name, reason=f"entry {number} has no {key}, or a label that is none"
        )
        return None

    def _label(self, entry: Mapping[str, Any]) -> str:
        return str(entry.get("label", ""))

    def _asked(self, name: str, entry: Mapping[str, Any], label: str) -> tuple[tuple[str, Any], ...]:
        """What was asked of one region."""
        found = []
        for one, about in asked_of(self._query.template, name).items():
            raw = entry.get(one)
            if raw is None or raw == "" or (about.only and label not in about.only):
                continue
            try:
                found.append(
                    (one, self._json(one, raw) if about.kind is Kind.JSON else _PLAIN[about.kind](raw))
                )
            except Unfit as error:
                self._tell(s.UNFIT, one, control=one, reason=error)
        return tuple(found)

    # Places in an image

    def _shapes(self, name: str, control: Control, given: list[Any]) -> Iterator[Shape]:
        image = self._images[name]
        sent, size = self._sent[image], self._query.size(image) or self._sent[image]
        scale = size[0] / sent[0], size[1] / sent[1]
        key, _ = place_keys(control, self._notation)
        for number, entry in enumerate(given, 1):
            place = self._entry(name, number, entry, key, list)
            if place is None:
                continue
            label = self._label(entry)
            try:
                found = self._notation.read(json.dumps([{key: place, "label": label}]), sent)
            except ValueError as error:
                reason = str(error)[:300].replace("entry 1,", f"entry {number},", 1)  # it was read alone
                self._tell(s.PLACE_UNFIT, name, reason=reason)
                continue
            for geometry in found.objects[0].shapes:
                yield Shape(_scaled(geometry, scale), label, answers=self._asked(name, entry, label))

    def _linked(self, found: dict[str, Value]) -> None:
        """Leave out shapes whose phrase the caption does not have, or not where they say."""
        link = linking(self._query.template)
        if link is None or link.shapes not in found:
            return
        scope, _, said = link.caption.partition(".")
        caption = found.get(said) if scope == "controls" else self._query.text(said)
        if caption is None and scope == "controls" and said not in self._texts:
            return  # the caption is not asked: somebody else's
        given = found.pop(link.shapes)
        kept = tuple(shape for shape in given if self._placed(shape, str(caption or ""), link))
        if kept or not given:
            found[link.shapes] = kept

    def _placed(self, shape: Shape, caption: str, link: Any) -> bool:
        asked = dict(shape.answers)
        phrase = str(asked.get(link.phrase, "")).strip()
        places = (
            [m.start() for m in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", caption)] if phrase else []
        )
        which = asked.get(link.occurrence)
        if not places:
            self._tell(s.PHRASE_UNKNOWN, link.shapes, phrase=phrase[:100])
        elif (which is None and len(places) > 1) or not 1 <= (1 if which is None else which) <= len(places):
            self._tell(s.OCCURRENCE, link.shapes, quote=phrase[:100], count=len(places), which=which)
        else:
            return True
        return False


def occurrences(text: str, quote: str) -> list[int]:
    """Where a quote begins in a text, in code points: as words of its own if it stands so, else anywhere."""
    whole = [m.start() for m in re.finditer(rf"(?<!\w){re.escape(quote)}(?!\w)", text)]
    return whole or [m.start() for m in re.finditer(rf"(?={re.escape(quote)})", text)]


def _scaled(geometry: Geometry, scale: tuple[float, float]) -> Geometry:
    across, down = scale
    if isinstance(geometry, Box):
        return Box(geometry.x * across, geometry.y * down, geometry.width * across, geometry.height * down)
    assert isinstance(geometry, Points)
    return Points(tuple((x * across, y * down) for x, y in geometry.points))


def _list(raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise Unfit(f"it is of type {type(raw).__name__}, not a list")
    return raw


def _string(raw: Any) -> str:
    if not isinstance(raw, str):
        raise Unfit(f"it is of type {type(raw).__name__}, not a string")
    return raw


def _strings(raw: Any) -> list[str]:
    return [_string(one) for one in _list(raw)]


def _paths(raw: Any) -> list[list[str]]:
    return [one.split(PATH) if isinstance(one, str) else _strings(one) for one in _list(raw)]


def _number(raw: Any) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not math.isfinite(raw):
        raise Unfit(f"it is of type {type(raw).__name__}, not a number")
    return raw


def _date(raw: Any) -> str:
    try:
        return date.fromisoformat(_string(raw)).isoformat()
    except ValueError:
        raise Unfit(f"{raw[:40]!r} is no date as YYYY-MM-DD") from None


def _preference(raw: Any) -> str:
    if raw not in (LEFT, TIE, RIGHT):
        raise Unfit("it is none of left, tie and right")
    return str(raw)


_PLAIN: Mapping[Kind, Callable[[Any], Value]] = {
    Kind.CHOICE: _string,
    Kind.CHOICES: _strings,
    Kind.TAXONOMY: _paths,
    Kind.RATING: _number,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.TEXT: _string,
    Kind.TRANSCRIPT: _string,
    Kind.PREFERENCE: _preference,
}
