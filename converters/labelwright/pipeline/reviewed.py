"""Reads a review project back: what reviewers decided, as known answers of the items they reviewed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.contracts import Template
from labelwright.pipeline.opening import Opened
from labelwright.problems import Place, Problems
from labelwright.quality import review
from labelwright.quality.answerfile import as_line
from labelwright.quality.review import About, ReviewState
from labelwright.records import Annotation, Item, Status
from labelwright.state.pseudonyms import Pseudonyms

ABOUT = "labelwright"  # the key of an item's data under which it says what it reviews


class Reviewed(Struct):
    """The decided items as lines of a file of known answers, by item, and how many are in which state."""

    lines: dict[str, bytes]
    states: dict[str, int]


def collect(opened: Opened, template: Template, names: Pseudonyms, problems: Problems) -> Reviewed:
    """What the reviewers decided. Raises ``DataError`` for a source that cannot be used."""
    template = opened.tool.adapt(opened.source, template, problems)
    lines: dict[str, bytes] = {}
    states = {state.value: 0 for state in ReviewState}
    for item in opened.tool.read(opened.source, template, problems):
        place = Place(source=opened.source.name, item=item.key.item)
        try:
            about = msgspec.convert(item.inputs.get(ABOUT), About)
        except msgspec.ValidationError:
            problems.add(review.FOREIGN_ITEM.at(place, item=item.key.item))
            continue
        state, answers = _decision(item, about, names, problems, place)
        states[state] += 1
        rejected = state is ReviewState.REJECTED
        if answers is not None or rejected:
            lines[about.item] = as_line(about.item, answers or {}, note=state.value, rejected=rejected)
    return Reviewed(dict(sorted(lines.items(), key=lambda e: _number(e[0]))), states)


def _decision(
    item: Item, about: About, names: Pseudonyms, problems: Problems, place: Place
) -> tuple[ReviewState, Mapping[str, Any] | None]:
    """The state of one item, and the answers that were decided for it."""
    counted = _counting(item, about, names, problems, place)
    given = [a.answers for a in counted if a.status is Status.SUBMITTED]
    if not counted or (given and any(a != given[0] for a in given)):
        if len(given) > 1:
            problems.add(review.REVIEWERS_DIFFER.at(place, count=len(given), item=about.item))
        return ReviewState.PENDING, None
    if not given:
        return ReviewState.REJECTED, None
    if about.disputed:
        return ReviewState.DECIDED, given[0]
    now = msgspec.to_builtins(given[0])
    same = all(_content(now.get(name)) == _content(was) for name, was in about.consensus.items())
    return (ReviewState.ACCEPTED if same else ReviewState.CORRECTED), given[0]


def _counting(
    item: Item, about: About, names: Pseudonyms, problems: Problems, place: Place
) -> Sequence[Annotation]:
    """The newest review of each reviewer who did not annotate the item."""
    done = [a for a in item.annotations if a.status is not Status.DRAFT]
    newest = {a.annotator: a for a in sorted(done, key=lambda a: (a.updated_at, a.id))}
    kept = []
    for annotator, annotation in sorted(newest.items()):
        if names[annotator] in about.annotators:
            problems.add(review.OWN_WORK.at(place, reviewer=names[annotator], item=about.item))
        else:
            kept.append(annotation)
    return kept


def _content(value: Any) -> Any:
    """A value without the ids that a tool gives to regions."""
    if isinstance(value, Mapping):
        return {k: _content(v) for k, v in value.items() if k not in ("id", "parent", "origin", "score")}
    if isinstance(value, list | tuple):
        return [_content(v) for v in value]
    return value


def _number(item: str) -> tuple[int, str]:
    return (int(item), "") if item.isdigit() else (1 << 62, item)
