"""Answers about one region, as if every region that annotators marked alike were an item."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from labelwright.agreement.events import alike
from labelwright.agreement.items import drawn_words
from labelwright.agreement.result import ControlAgreement, Measure, State
from labelwright.agreement.timeline import usable_segments
from labelwright.contracts import Control
from labelwright.records import Kind, Segment, Span, Turn, Value

Answers = dict[str, Value]
Region = tuple[str, tuple[str, ...], list[Answers]]


def regions(
    controls: Mapping[str, Control],
    marking: Mapping[str, Control],
    item: str,
    annotators: Sequence[str],
    answers: Sequence[Mapping[str, Value]],
) -> Iterator[Region]:
    """Each region that at least two annotators marked: its name, they, and their answers about it.

    ``marking`` are the controls that regions are marked with. Spans are the same with the same unit, ends
    and label; turns with the same index; segments are matched by time, shapes and tracks by where they
    are, whatever their labels (see ``events.alike`` and ``shapes.same_things``). Who marked a region and
    left its question open has not answered; who did not mark it was not asked.
    """
    if len(annotators) < 2:
        return
    asked: dict[str, list[str]] = {}
    for name, control in controls.items():
        asked.setdefault(control.on, []).append(name)
    for on, names in asked.items():
        found: dict[str, dict[str, Answers]] = {}
        for annotator, given in zip(annotators, answers, strict=True):
            marked = given.get(on)
            for region in marked if isinstance(marked, tuple | list) else ():
                if isinstance(region, Span | Turn):
                    own = found.setdefault(_name(region), {}).setdefault(annotator, {})
                    own.update({n: v for n, v in region.answers if n in names})
        for place, people in sorted(found.items()):
            if len(people) > 1:
                yield f"{item} {on} {place}", tuple(people), list(people.values())
        for place, who, given_of in _segments(names, [usable_segments(g.get(on)) for g in answers]):
            yield f"{item} {on} {place}", tuple([annotators[i] for i in who]), given_of
        if on in marking and marking[on].kind in (Kind.SHAPES, Kind.TRACKS):
            yield from _drawn(marking[on], names, f"{item} {on}", annotators, [g.get(on) for g in answers])


def _segments(
    names: Sequence[str], marked: Sequence[Sequence[Segment]]
) -> Iterator[tuple[str, list[int], list[Answers]]]:
    """The segments that are the same one, by number and time of the first annotator's."""
    for number, group in enumerate(alike(marked), 1):
        who = sorted(group)
        same = [marked[i][group[i]] for i in who]
        given = [{n: v for n, v in one.answers if n in names} for one in same]
        yield f"{number}: {same[0].start:.2f}-{same[0].end:.2f} s", who, given


def _drawn(
    marking: Control, names: Sequence[str], where: str, annotators: Sequence[str], answers: Sequence[Value]
) -> Iterator[Region]:
    """The shapes or tracks that are the same thing, by number and the first annotator's in words."""
    from labelwright.agreement.shapes import same_things  # late: needs numpy

    shared = (group for group in same_things(marking, answers) if len(group) > 1)
    for number, group in enumerate(shared, 1):
        given = [{n: v for n, v in one.answers if n in names} for _, one in sorted(group.items())]
        people = tuple([annotators[i] for i in sorted(group)])
        yield f"{where} {number}: {drawn_words(group[min(group)])}", people, given


def concatenated(controls: Mapping[str, Control], answers: Sequence[Mapping[str, Value]]) -> list[Answers]:
    """Per annotator and control the transcripts of all their segments in order of time, as one."""
    found: list[Answers] = []
    for given in answers:
        own: Answers = {}
        for name, control in controls.items():
            if isinstance(given.get(control.on), tuple | list):
                said = [dict(s.answers).get(name) for s in usable_segments(given[control.on])]
                if any(words is not None for words in said):
                    own[name] = " ".join(str(words) for words in said if words)
        found.append(own)
    return found


def named_states(found: Mapping[str, ControlAgreement], people: int) -> dict[str, ControlAgreement]:
    """What is measured of regions, with the right reason where of several people no two marked the same.

    None of them is the only one: there is nothing that two were asked.
    """
    empty = {name for name, one in found.items() if not one.answers and people > 1}
    return {name: _unshared(one) if name in empty else one for name, one in found.items()}


def _unshared(found: ControlAgreement) -> ControlAgreement:
    def states(measures: Mapping[str, Measure]) -> dict[str, Measure]:
        alone = State.ONE_ANNOTATOR
        return {n: replace(m, state=State.NO_OVERLAP) if m.state is alone else m for n, m in measures.items()}

    labels = {label: states(measures) for label, measures in found.labels.items()}
    return replace(found, measures=states(found.measures), labels=labels)


def transcripts_of_segments(controls: Mapping[str, Control]) -> dict[str, Control]:
    """The transcript controls that are asked of segments."""
    return {
        name: control
        for name, control in controls.items()
        if control.kind is Kind.TRANSCRIPT
        and control.on in controls
        and controls[control.on].kind is Kind.SEGMENTS
    }


def _name(region: Span | Turn) -> str:
    if isinstance(region, Turn):
        return str(region.index)
    unit = f"{region.unit}:" if region.unit else ""
    return f"{unit}[{region.start}, {region.end}) {region.label}"
