"""The page of the reference about agreement measures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.agreement import normalise
from labelwright.agreement.engine import AgreementState
from labelwright.agreement.result import State
from labelwright.contracts import Control
from labelwright.geometry.shapes import Box
from labelwright.geometry.tracks import Keyframe
from labelwright.records import Kind, Relation, Segment, Shape, Span, Track, Turn
from markdown_text import names, table, text_of

SPAN, OTHER = Span(0, 3, "A"), Span(4, 7, "B")
SAMPLES: dict[Kind, tuple[Any, Any]] = {  # two answers of each kind
    Kind.CHOICE: ("A", "B"),
    Kind.CHOICES: (("A",), ("A", "B")),
    Kind.TAXONOMY: ((("A", "B"),), (("A", "C"),)),
    Kind.RATING: (1, 2),
    Kind.NUMBER: (1.0, 2.0),
    Kind.DATE: ("2026-01-01", "2026-01-02"),
    Kind.TEXT: ("one text", "another text"),
    Kind.JSON: ({"a": 1}, {"a": 2}),
    Kind.SPANS: ((SPAN,), (SPAN, OTHER)),
    Kind.RELATIONS: ((Relation(SPAN, OTHER, "R"),), (Relation(OTHER, SPAN, "R"),)),
    Kind.TURNS: ((Turn(0, "A"),), (Turn(0, "B"),)),
    Kind.SEGMENTS: ((Segment(0.0, 1.0, "A"),), (Segment(0.0, 2.0, "A"),)),
    Kind.SHAPES: ((Shape(Box(0, 0, 8, 4), "A"),), (Shape(Box(1, 0, 8, 4), "A"),)),
    Kind.TRACKS: ((Track((Keyframe(0, Box(0, 0, 8, 4)),)),), (Track((Keyframe(0, Box(1, 0, 8, 4)),)),)),
    Kind.TRANSCRIPT: ("four tones", "for tones"),
    Kind.RANKING: ((("x",), ("y",)), (("y",), ("x",))),
    Kind.PREFERENCE: ("left", "right"),
}
TOLERANCE = {Kind.NUMBER: 1.0}  # a measure within the tolerance is there where one is stated


def agreement_page() -> Iterator[str]:
    """Which measures a control gets, and what is made of transcripts before."""
    yield "# Agreement measures"
    yield ""
    yield "Each has a 95 % bootstrap interval over items. A measure that is not defined has a state"
    yield f"({names(s for s in State if s is not State.OK)}), never a number."
    yield "Formulas, ranges and sources: [what each measure means](measures.md). Preferences also have"
    yield "`position`: whether annotators favour a side; `bradley_terry` gives strengths of what is compared."
    yield ""
    speakers, figures = "segments of speakers", "shapes that are skeletons"
    controls = {kind.value: Control(kind, tolerance=TOLERANCE.get(kind, 0.0)) for kind in SAMPLES}
    controls[speakers] = Control(Kind.SEGMENTS, diarization=True)
    controls[figures] = Control(Kind.SHAPES, shapes=["skeleton"])
    state = AgreementState(controls)
    for number in range(4):
        answers = [{k.value: pair[(n * number) % 2] for k, pair in SAMPLES.items()} for n in range(3)]
        for given in answers:
            given[speakers] = given[Kind.SEGMENTS.value]
        state.add(f"i{number}", ["a", "b", "c"], answers, "", {"spans": "one two"})
    found = state.result(0, 0).controls
    yield from table(
        ("kind of answer", "measures of a control"),
        ((name, names(control.measures)) for name, control in found.items()),
    )
    yield from ["## normalise", "", *text_of(normalise.__doc__)]
