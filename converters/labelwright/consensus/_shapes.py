"""Votes on what several annotators drew: shapes of images, and tracks of films."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from labelwright.agreement.likeness import Likeness
from labelwright.agreement.shapes import same_things
from labelwright.consensus._merged import merged
from labelwright.consensus._private import Answers, identity, order
from labelwright.consensus._regions import settled
from labelwright.contracts import Control, Decision, Outvoted, Question
from labelwright.records import Shape

Thing = dict[int, Any]  # by annotator: the shape or track that shows it
DIGITS = 9  # likenesses that differ less are a draw
ROUND = 1e-9  # what rounding may take from a quorum


class _Made(Struct):
    """What became of one thing: its shape by each label that it may have, and what stays open."""

    by_label: list[Any]
    questions: list[Question]
    support: int


def vote(control: Control, answers: Answers) -> Decision:
    """The things that more annotators than the quorum drew; see ``majority``.

    Where most drew something and nothing of it stands, nobody said that nothing is there: a tie.
    """
    answers = sorted(answers, key=lambda a: (order(a[1]), a[0]))  # no order of annotators decides
    own = [value for _, value in answers]
    things = same_things(control, own)
    keeper = _keeper(things)
    made: list[_Made] = []
    kept: list[_Made] = []
    few: list[Outvoted] = []
    for thing in things:
        one = _made(control, thing, keeper)
        more = _over_quorum(one.support, len(own), control.kept_above)
        if more < 0:
            by = tuple(sorted(answers[who][0] for who in thing))
            few.append(Outvoted(one.by_label[0], by, len(own)))
            continue
        made.append(one)
        kept += [one] if more > 0 else []
    outvoted = tuple(few)
    if outvoted and not made and sum(map(bool, own)) * 2 > len(own):
        return Decision(None, tuple(value for value in own if value), 0, (), outvoted)
    questions = tuple(q for one in kept for q in one.questions)
    votes = min((one.support for one in kept), default=0)
    first = tuple(one.by_label[0] for one in kept)
    if len(made) == len(kept) and all(len(one.by_label) == 1 for one in kept):
        return Decision(first, (), votes, questions, outvoted)
    last = tuple(one.by_label[-1] for one in made)
    return Decision(None, (first, last), votes, questions, outvoted)


def _over_quorum(support: int, voters: int, quorum: float) -> int:
    """1 where more than the quorum drew it, or all; 0 where exactly so many did; else -1."""
    over = support - quorum * voters
    if support == voters or over > ROUND:
        return 1
    return 0 if over >= -ROUND else -1


def common(control: Control, values: Sequence[Any]) -> Decision | None:
    """What all drew, if all drew the same things with the same labels and answers; else None."""
    own = sorted(values, key=order)
    things = same_things(control, own)
    for thing in things:
        said = {(one.label, identity(one.answers)) for one in thing.values()}
        if len(thing) < len(own) or len(said) > 1:
            return None
    found = [_made(control, thing, _keeper(things)) for thing in things]
    return Decision(tuple(one.by_label[0] for one in found), (), len(own))


def _keeper(things: Sequence[Thing]) -> int:
    """The annotator who drew most of what several drew: groups are taken as that one made them."""
    drawn: dict[int, int] = {}
    for thing in things:
        for who in thing if len(thing) > 1 else ():
            drawn[who] = drawn.get(who, 0) + 1
    return min(drawn, key=lambda who: (-drawn[who], who), default=-1)


def _made(control: Control, thing: Thing, keeper: int) -> _Made:
    """One thing by each of the labels given most often, in the order of the labels."""
    marks = [thing[who] for who in sorted(thing)]
    near = _nearest_first(control, marks)
    votes: dict[str, int] = {}
    for mark in marks:
        votes[mark.label] = votes.get(mark.label, 0) + 1
    drawn = sorted(label for label, count in votes.items() if count == max(votes.values()))
    group = thing[keeper].group if keeper in thing else ""
    base = _merged_mark(near, group)
    by_label: list[Any] = []
    questions: list[Question] = []
    for label in drawn:
        behind = [mark for mark in near if mark.label == label]
        found, still = settled(control, replace(base, label=label), behind)
        by_label.append(found)
        questions += still if len(drawn) == 1 else []
    return _Made(by_label, questions, len(thing))


def _merged_mark(near: Sequence[Any], group: str) -> Any:
    """The likest mark, with the geometry of all; its id only where its geometry is kept."""
    best = replace(near[0], group=group, parent="")
    if not isinstance(best, Shape):
        return best
    geometry = merged([mark.geometry for mark in near])
    occluded = sum(mark.occluded for mark in near) * 2
    hidden = best.occluded if occluded == len(near) else occluded > len(near)
    if geometry == best.geometry:
        return replace(best, occluded=hidden)
    around = best.box and merged([mark.box for mark in near if mark.box is not None])
    return replace(best, geometry=geometry, box=around, occluded=hidden, id="", score=None, origin="manual")


def _nearest_first(control: Control, marks: Sequence[Any]) -> list[Any]:
    """The marks of one thing, the one most like all others first."""
    if len(marks) == 1:
        return list(marks)
    like = Likeness(control)
    total = [round(sum(like(a, b) for b in marks), DIGITS) for a in marks]
    places = sorted(range(len(marks)), key=lambda n: (-total[n], order(marks[n])))
    return [marks[n] for n in places]
