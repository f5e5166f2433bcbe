"""How near one answer is to another: what gold scoring and repeated answers are compared by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labelwright.agreement.items import CODED, frozen, scorer_for
from labelwright.contracts import Control, Template
from labelwright.records import Item, Kind, Relation, Segment, Span, Turn, Value

_MARKS = (Span, Relation, Turn, Segment)
_NUMBERS = (Kind.RATING, Kind.NUMBER)
_MARKED: dict[Kind, tuple[str, ...]] = {Kind.SPANS: ("text",), Kind.SEGMENTS: ("audio", "video")}


class Comparer:
    """Compares two answers to one control: 1 is as good as equal, 0 has nothing in common.

    Coded kinds (choice, choices, taxonomy, rating, number, date, preference) are right or wrong;
    numbers within the control's tolerance are right. All other kinds take the item score that agreement
    is measured by, such as exact F1 for spans and chrF for text.
    """

    def __init__(self, control: Control) -> None:
        """For answers to this control."""
        self.coded = control.kind in CODED
        self._tolerance = control.tolerance if control.kind in _NUMBERS else 0.0
        self._scorer = None if self.coded else scorer_for(control)

    def score(self, known: Value, given: Value, text: object = None) -> float:
        """The score of two answers; ``text`` is what spans lie in, or the seconds of a sound."""
        if self._scorer is not None:
            return self._scorer.score(("a", "b"), (known, given), text)[0]
        if known == given:
            return 1.0
        numbers = isinstance(known, int | float) and isinstance(given, int | float)
        return float(numbers and abs(known - given) <= self._tolerance + 1e-12)


def essence(value: Value) -> Any:
    """What makes an answer the same as another, as a hashable: the ids of regions are no part of it."""
    if isinstance(value, tuple | list) and value and isinstance(value[0], _MARKS):
        return tuple(sorted(repr(part.key) for part in value))
    return frozen(value)


def marked_texts(template: Template) -> list[tuple[str, str]]:
    """(control, the input it marks) of spans and segments, where that is plain; see ``marked``."""
    found = []
    for name, control in template.controls.items():
        types = _MARKED.get(control.kind, ())
        inputs = [n for n, i in template.inputs.items() if i.type in types]
        shown = control.input or (inputs[0] if len(inputs) == 1 else "")
        found += [(name, shown)] if types and shown in template.inputs else []
    return found


def marked(template: Template, texts: Iterable[tuple[str, str]], item: Item) -> dict[str, str | float]:
    """What is known of what an item's controls mark: the text of spans, the seconds of segments."""
    found: dict[str, str | float] = {}
    for control, name in texts:
        segments = template.controls[control].kind is Kind.SEGMENTS
        known = item.length(name) if segments else item.inputs.get(name)
        if isinstance(known, float if segments else str):
            found[control] = known
    return found
