"""A vote of several annotators over every moment of a sound or film.

Times are only compared, never computed with: every boundary of the outcome is one that somebody gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from labelwright.agreement.assignment import assign
from labelwright.agreement.speakers import MICRO, common_names
from labelwright.agreement.timeline import NO_LABEL, atoms, track, usable_segments
from labelwright.consensus._private import order
from labelwright.consensus._regions import settled
from labelwright.contracts import Control, Decision, Question
from labelwright.records import Segment

Run = tuple[float, float, int]  # start, end, the fewest annotators who marked a moment of it
Marks = list[list[Segment]]  # by annotator


def vote(control: Control, values: Sequence[Any]) -> Decision:
    """The stretches that more than half of the annotators gave a label; see ``majority``."""
    found = sorted((usable_segments(v) for v in values), key=order)  # no order of annotators decides
    if control.diarization:
        found = _same_names(found)
    kept: list[Segment] = []
    whole: list[Segment] = []
    votes: list[int] = []
    questions: list[Question] = []
    disputed = False
    for channel, label in sorted({(s.channel, s.label) for own in found for s in own}):
        marks = [[s for s in own if (s.channel, s.label) == (channel, label)] for own in found]
        pieces = list(_pieces(marks))
        half = [r for r in _runs(pieces, len(found), len(found)) if r[1] - r[0] > control.collar]
        disputed = disputed or bool(half)
        for least, out in ((len(found) + 1, kept), (len(found), whole)):
            for run in _runs(pieces, least, 2 * len(found)):
                behind = [_nearest(own, run) for own in marks]
                if _stands(run, [s for s in behind if s is not None], control.collar):
                    made, still = _segment(control, run, [s for s in behind if s is not None])
                    out.append(made)
                    if out is kept:
                        votes.append(run[2])
                        questions += still
    points = _points(found)
    kept += [s for s, count in points if count * 2 > len(found)]
    whole += [s for s, count in points if count * 2 >= len(found)]
    disputed = disputed or any(count * 2 == len(found) for _, count in points)
    least_votes = min([*votes, *(c for _, c in points if c * 2 > len(found))], default=0)
    if disputed:
        return Decision(None, (_ordered(kept), _ordered(whole)), least_votes, tuple(questions))
    return Decision(_ordered(kept), (), least_votes, tuple(questions))


def _ordered(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    return tuple(sorted(segments, key=lambda s: (s.channel, s.start, s.end, s.label)))


def _pieces(marks: Marks) -> Iterator[Run]:
    """Time between all boundaries, with how many annotators marked it."""
    changes = sorted(
        (time, by, at)
        for at, own in enumerate(marks)
        for s in own
        if s.end > s.start
        for time, by in ((s.start, 1), (s.end, -1))
    )
    open_now = [0] * len(marks)
    before = 0.0
    for time, by, at in changes:
        marked = sum(n > 0 for n in open_now)
        if time > before and marked:
            yield before, time, marked
        before = time
        open_now[at] += by


def _runs(pieces: Sequence[Run], least: int, most: int) -> list[Run]:
    """Pieces that touch, made one: those that at least half of ``least`` and at most of ``most`` marked."""
    found: list[Run] = []
    for start, end, count in pieces:
        if not least <= count * 2 <= most:
            continue
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end, min(found[-1][2], count))
        else:
            found.append((start, end, count))
    return found


def _shared(segment: Segment, run: Run) -> float:
    return max(0.0, min(segment.end, run[1]) - max(segment.start, run[0]))


def _nearest(own: Sequence[Segment], run: Run) -> Segment | None:
    """The segment of one annotator that shares most of a stretch; None if none shares any."""
    best = max(own, key=lambda s: (_shared(s, run), -s.start, -s.end), default=None)
    return best if best is not None and _shared(best, run) > 0 else None


def _stands(run: Run, behind: Sequence[Segment], collar: float) -> bool:
    """Whether a stretch is more than where the ends of longer segments happen to overlap."""
    length = run[1] - run[0]
    return length >= collar or any(length * 2 >= s.end - s.start for s in behind)


def _likeness(segment: Segment, run: Run) -> float:
    """Time shared over time of either."""
    shared = _shared(segment, run)
    return shared / (segment.end - segment.start + run[1] - run[0] - shared)


def _segment(control: Control, run: Run, behind: Sequence[Segment]) -> tuple[Segment, list[Question]]:
    """A stretch as a segment, with what was answered about the segments behind it; and what is open."""
    near = sorted(behind, key=lambda s: (-_likeness(s, run), order(s)))
    best = near[0]
    if (best.start, best.end) != run[:2]:
        best = Segment(run[0], run[1], best.label, best.channel)
    return settled(control, best, near)


def _points(found: Marks) -> list[tuple[Segment, int]]:
    """Marks without length, with how many annotators set each."""
    points: dict[Any, tuple[Segment, int]] = {}
    for own in found:
        for key, mark in {s.key: s for s in own if s.start == s.end}.items():
            first, count = points.get(key, (mark, 0))
            points[key] = (first, count + 1)
    return [points[key] for key in sorted(points)]


def _same_names(found: Marks) -> Marks:
    """Speakers mean nothing by name between annotators: give each the name that most time goes by."""
    cut = list(atoms([track(own, MICRO) for own in found]))
    common = common_names(cut, len(found))
    gain: dict[tuple[str, str], int] = {}
    for length, said in cut:
        for given, own in zip(said, common, strict=True):
            for name in given:
                gain[own[name], name] = gain.get((own[name], name), 0) + length
    speakers, names = sorted({s for s, _ in gain}), sorted({n for _, n in gain})
    pairs = assign([[gain.get((s, n), 0) for n in names] for s in speakers])
    name_of = {speaker: speaker for speaker in speakers} | {speakers[i]: names[j] for i, j in pairs}
    return [
        [msgspec.structs.replace(s, label=_renamed(s.label, own, name_of)) for s in marks]
        for marks, own in zip(found, common, strict=True)
    ]


def _renamed(label: str, own: dict[str, str], name_of: dict[str, str]) -> str:
    """The label under which all know a speaker; a mark without any length has no other than its own."""
    name = name_of.get(own.get(label or NO_LABEL, ""), label)
    return "" if name == NO_LABEL else name
