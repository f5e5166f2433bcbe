"""Cuts a text into tokens and spans into IOB2 tags (Ramshaw and Marcus 1995; Tjong Kim Sang 1999)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from labelwright.contracts import Template
from labelwright.problems import Place, Problems, ProblemType
from labelwright.records import Item, Kind, Resolved, Span

Token: TypeAlias = tuple[str, int, int]

OFF_TOKEN = ProblemType(
    "spans.off-token",
    "A span begins or ends inside a token",
    "the span {text!r} ({start} to {end}, {label}) does not fall on the edges of tokens",
    "Correct the span in the annotation tool, or choose a format of offsets such as spacy.",
    loss=True,
)
OVERLAP = ProblemType(
    "spans.overlap",
    "A span overlaps another",
    "the span {text!r} ({start} to {end}, {label}) overlaps {other!r} ({other_label})",
    "Choose a format of offsets that holds overlapping spans.",
    loss=True,
)
OUTSIDE = ProblemType(
    "spans.outside-text",
    "A span lies outside the text",
    "the span {start} to {end} ({label}) is not inside the text of {length} code points",
    "Export the item again; its text and its annotation do not belong together.",
    loss=True,
)
SPACE_IN_LABEL = ProblemType(
    "spans.label-with-space",
    "A label has white space, which separates columns",
    "the label {label!r} is written as {written!r}",
    "Rename the label, or give it an alias without spaces.",
    loss=True,
)
NO_TEXT = ProblemType(
    "spans.no-text",
    "An item has no text for its spans",
    "the item has no text input {name!r}",
    "Check the template's inputs against the data.",
)
_TOKEN = re.compile(r"\w+|[^\w\s]")


def tokenise(text: str) -> list[Token]:
    """Runs of word characters, and every other visible character alone, with code-point offsets."""
    return [(m[0], m.start(), m.end()) for m in _TOKEN.finditer(text)]


def span_control(template: Template) -> str:
    """The first control whose answers are spans; empty if there is none."""
    return next((n for n, c in template.controls.items() if c.kind is Kind.SPANS), "")


def texts_of(item: Item, template: Template, control: str) -> Iterator[tuple[str, str]]:
    """The texts that a span control marks: unit (empty unless a dialogue) and words."""
    asked = template.controls.get(control)
    wanted = asked.input if asked else ""
    names = [n for n, i in template.inputs.items() if i.type in ("text", "dialogue")]
    name = wanted or (names[0] if names else "text")
    value: Any = item.inputs.get(name)
    spec = template.inputs.get(name)
    if isinstance(value, str):
        yield "", value
    elif isinstance(value, list):
        key = spec.text_key if spec else "text"
        for index, turn in enumerate(value):
            if isinstance(turn, dict) and isinstance(turn.get(key), str):
                yield str(index), turn[key]


def marked(
    items: Iterable[Resolved], template: Template, problems: Problems
) -> Iterator[tuple[str, Place, str, list[Span]]]:
    """Each text of each item: id, place, words, and its spans inside the text, in order."""
    control = span_control(template)
    for resolved in items:
        key = str(resolved.item.key)
        place = Place(item=key, control=control)
        spans: Sequence[Span] = resolved.answers.get(control) or ()
        texts = list(texts_of(resolved.item, template, control))
        if not texts:
            problems.add(NO_TEXT.at(place, name=control))
        units = {unit for unit, _ in texts}
        for span in (s for s in spans if s.unit not in units):
            problems.add(OUTSIDE.at(place, start=span.start, end=span.end, label=span.label, length=0))
        for unit, text in texts:
            own = sorted((s for s in spans if s.unit == unit), key=lambda s: s.key)
            inside: list[Span] = []
            for span in own:
                if 0 <= span.start < span.end <= len(text):
                    inside.append(span)
                else:
                    what = {"start": span.start, "end": span.end, "label": span.label}
                    problems.add(OUTSIDE.at(place, length=len(text), **what))
            yield (f"{key}/{unit}" if unit else key), place, text, inside


def iob2(text: str, spans: Sequence[Span], place: Place, problems: Problems) -> tuple[list[str], list[str]]:
    """Tokens and IOB2 tags of a text. A span that tags cannot hold is a loss in ``problems``.

    Of overlapping spans the one that starts first stays (of those, the longest).
    """
    tokens = tokenise(text)
    starts = {start: index for index, (_, start, _) in enumerate(tokens)}
    ends = {end: index for index, (_, _, end) in enumerate(tokens)}
    tags = ["O"] * len(tokens)
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end, s.label)):
        what = {"start": span.start, "end": span.end, "label": span.label}
        words = text[span.start : span.end]
        first, last = starts.get(span.start), ends.get(span.end)
        if first is None or last is None:
            problems.add(OFF_TOKEN.at(place, text=words, **what))
            continue
        other = kept[-1] if kept and kept[-1].end > span.start else None
        if other is not None:
            held = text[other.start : other.end]
            problems.add(OVERLAP.at(place, text=words, other=held, other_label=other.label, **what))
            continue
        kept.append(span)
        tags[first] = f"B-{span.label}"
        for index in range(first + 1, last + 1):
            tags[index] = f"I-{span.label}"
    return [token for token, _, _ in tokens], tags
