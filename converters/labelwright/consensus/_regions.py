"""Votes on spans, turns and relations, and on what was answered about one region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from labelwright.agreement.items import drawn_words
from labelwright.consensus._private import Region, identity, order, plurality
from labelwright.consensus._votes import about_region, kept_of
from labelwright.contracts import Control, Decision, Question
from labelwright.records import Kind, Relation, Segment, Shape, Span, Track, Turn

REWRITTEN = Control(Kind.TEXT)


def vote(control: Control, values: Sequence[Sequence[Any]]) -> Decision:
    """Vote on each element by itself; those who have it then vote on what was answered about it."""
    marked: dict[Any, list[Any]] = {}
    for value in values:
        for key, one in {_key(part): part for part in value}.items():
            marked.setdefault(key, []).append(one)
    support = {key: len(alike) for key, alike in marked.items()}
    element: dict[Any, Any] = {}
    questions: list[Question] = []
    for key in sorted(marked):
        if support[key] * 2 < len(values):
            continue
        near = sorted(marked[key], key=order)  # no order of annotators decides
        if isinstance(near[0], Relation):
            element[key] = near[0]
            continue
        element[key], still = settled(control, near[0], near)
        questions += still
    decision = kept_of(support, element, len(values))
    return replace(decision, questions=tuple(questions)) if questions else decision


def _key(part: Any) -> Any:
    """What makes two elements one: of turns not the words, which are voted on with the answers."""
    return (part.index, part.label) if isinstance(part, Turn) else part.key


def settled(control: Control, region: Region, behind: Sequence[Region]) -> tuple[Any, list[Question]]:
    """A region with what was answered about those behind it, likest first; and what stays open.

    A draw goes to the likest region that has one of the drawn answers, unless the control is required:
    then it is open, and the region has no answer to it.
    """
    answers: list[tuple[str, Any]] = []
    questions: list[Question] = []
    for name in sorted({name for one in behind for name, _ in one.answers}):
        given = [value for one in behind for own, value in one.answers if own == name]
        asked = control.regions.get(name)
        decision = plurality(given) if asked is None else about_region(asked, given)
        if not decision.tied:
            answers.append((name, decision.value))
        elif asked is not None and asked.required:
            questions.append(Question(name, words(region), decision.tied))
        else:
            drawn = {identity(v) for v in decision.tied}
            answers.append((name, next((v for v in given if identity(v) in drawn), decision.tied[0])))
    found = replace(region, answers=tuple(answers))
    if isinstance(found, Turn):
        found = replace(found, text=_rewritten(behind))
    return found, questions


def _rewritten(turns: Sequence[Any]) -> str:
    """The words for a turn that are nearest to what the others wrote for it."""
    given = [turn.text for turn in turns if turn.text]
    return str(about_region(REWRITTEN, given).value) if given else ""


def words(region: Region) -> str:
    """Which region it is, for people."""
    if isinstance(region, Segment):
        return f"{region.start:g} to {region.end:g} s {region.label}".rstrip()
    if isinstance(region, Shape | Track):
        return drawn_words(region)
    if isinstance(region, Span):
        unit = f"{region.unit}: " if region.unit else ""
        return f"{unit}[{region.start}, {region.end}) {region.label}"
    return f"turn {region.index} {region.label}".rstrip()
