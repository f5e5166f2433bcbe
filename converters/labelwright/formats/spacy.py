"""spaCy training data as JSONL: ``text`` with ``entities`` and ``spans`` by character offsets.

Each row without its text (and ``id``) is the dictionary that ``spacy.training.Example.from_dict``
takes: ``entities`` is a list of ``[start, end, label]`` and ``spans`` has one group ``sc`` of the
same triples. Offsets are code points, half open. ``entities`` may not overlap; where an item's spans
do, the row has ``spans`` only, and a warning says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import msgspec

from labelwright.contracts import Format, Template
from labelwright.formats._text import json_rows, within
from labelwright.formats._tokens import marked
from labelwright.problems import Place, Problem, Problems, ProblemType, Severity
from labelwright.records import Kind, Resolved

GROUP = "sc"
ONLY_SPANS = ProblemType(
    "spacy.only-spans",
    "The spans of an item overlap, so its row has no entities",
    "spans overlap; they are under 'spans' and not under 'entities'",
    "Train a span categoriser (spancat), or correct the spans for named entities.",
    Severity.WARNING,
)
NO_TEXT = ProblemType(
    "spacy.no-text", "A row has no text", "the row needs a string under 'text'", "Add the text."
)
NO_SPANS = ProblemType(
    "spacy.no-spans",
    "A row has neither entities nor spans",
    "the row needs a list under 'entities' or an object under 'spans'",
    "Write an empty list where there is nothing to find.",
)
TRIPLE = ProblemType(
    "spacy.not-a-triple",
    "A span is not a start, an end and a label",
    "{value!r} is not [start, end, label] with integers and a label",
    "Write [start, end, label].",
)
RANGE = ProblemType(
    "spacy.offset-outside",
    "A span lies outside its text or is empty",
    "{start} to {end} is no part of a text of {length} code points",
    "Count code points; the end is the first one after the span.",
)
SPACE = ProblemType(
    "spacy.span-with-space",
    "A span begins or ends with white space",
    "the span {text!r} begins or ends with white space; spaCy refuses such entities",
    "Trim the span.",
)
OVERLAP = ProblemType(
    "spacy.entities-overlap",
    "Two entities overlap",
    "{start} to {end} overlaps the entity before it",
    "Use 'spans', or remove one of the entities.",
)
NO_ROWS = ProblemType(
    "spacy.no-rows", "The file has no rows", "no line holds a row", "Pass a file with rows."
)


class Spacy:
    """Rows of text and offsets."""

    name = "spacy"
    title = "spaCy training data (JSONL with offsets)"
    reference = "https://spacy.io/api/data-formats#dict-input"
    suffix = ".jsonl"
    kinds = frozenset({Kind.SPANS})

    def write(self, items: Iterable[Resolved], template: Template, problems: Problems) -> Iterator[bytes]:
        """One row per text."""
        for key, place, text, spans in marked(items, template, problems):
            triples = [[s.start, s.end, s.label] for s in spans]
            for span in spans:
                words = text[span.start : span.end]
                if words != words.strip():
                    problems.add(SPACE.at(place, text=words))
            row: dict[str, Any] = {"id": key, "text": text}
            if any(b.start < a.end for a, b in pairwise(spans)):
                problems.add(ONLY_SPANS.at(place))
            else:
                row["entities"] = triples
            row["spans"] = {GROUP: triples}
            yield msgspec.json.encode(row) + b"\n"

    def check(self, data: Iterable[bytes], source: str) -> Iterator[Problem]:
        """Offsets of every row, and overlaps of its entities."""
        rows = 0
        for place, row, problem in json_rows(data, source):
            if problem is not None:
                yield problem
                continue
            rows += 1
            text, entities, groups = row.get("text"), row.get("entities"), row.get("spans")
            if not isinstance(text, str):
                yield NO_TEXT.at(within(place, "text"))
                continue
            if not isinstance(entities, list) and not isinstance(groups, dict):
                yield NO_SPANS.at(place)
            if isinstance(entities, list):
                yield from _offsets(entities, text, place, "entities", apart=True)
            for name, spans in groups.items() if isinstance(groups, dict) else ():
                if isinstance(spans, list):
                    yield from _offsets(spans, text, place, f"spans.{name}", apart=False)
                else:
                    yield TRIPLE.at(within(place, f"spans.{name}"), value=spans)
        if not rows:
            yield NO_ROWS.at(Place(source))


def _is_triple(value: Any, most: int) -> bool:
    if not isinstance(value, list) or not 3 <= len(value) <= most:
        return False
    start, end, label = value[:3]
    return type(start) is int and type(end) is int and isinstance(label, str) and bool(label)


def _offsets(spans: list[Any], text: str, place: Place, path: str, *, apart: bool) -> Iterator[Problem]:
    """Every span of one list; ``apart``: they may not overlap."""
    good: list[tuple[int, int, int]] = []
    for index, span in enumerate(spans):
        at = within(place, f"{path}[{index}]")
        if not _is_triple(span, 3 if apart else 4):
            yield TRIPLE.at(at, value=span)
            continue
        start, end = span[0], span[1]
        if not 0 <= start < end <= len(text):
            yield RANGE.at(at, start=start, end=end, length=len(text))
            continue
        words = text[start:end]
        if words != words.strip():
            yield SPACE.at(at, text=words)
        good.append((start, end, index))
    reach = 0
    for start, end, index in sorted(good) if apart else ():
        if start < reach:
            yield OVERLAP.at(within(place, f"{path}[{index}]"), start=start, end=end)
        reach = max(reach, end)


plugin: Format = Spacy()
