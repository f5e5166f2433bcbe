"""What the annotations of one job mean: shapes, tracks and tags by frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labelwright.geometry.shapes import Geometry, Points
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import Place, Problems
from labelwright.records import Shape
from labelwright_plugins.cvat import building as b
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.geometry import from_api
from labelwright_plugins.cvat.plan import Plan, origin
from labelwright_plugins.cvat.project import Label, Task
from labelwright_plugins.cvat.raw import Labeled, RawShape, RawTag, RawTrack
from labelwright_plugins.cvat.rolls import Made, Roll, finished, note_open

NAMES = {"rectangle": "box"}
Size = tuple[int, int] | None


class Reader:
    """Turns the annotations of jobs into rolls, for one plan and one set of labels.

    Objects that go into a roll by frame are not entered in the ledger here, for a frame may yet be set
    aside; ``Roll.singles`` counts them.
    """

    def __init__(
        self, plan: Plan, labels: list[Label], problems: Problems, sizes: Callable[[int], Size]
    ) -> None:
        """``labels`` with their ids; ``sizes`` tells width and height of a frame."""
        self._sizes = sizes
        self._plan, self._problems, self._ledger = plan, problems, b.Ledger(problems)
        self._labels = {x.id: x for x in labels}
        self._points = {s.id: s for x in labels for s in x.sublabels}
        every = [*labels, *self._points.values()]
        self._specs = {a.id: a.name for x in every for a in x.attributes}

    def roll(self, given: Labeled, first: int, last: int, hidden: set[int], place: Place, size: int) -> Roll:
        """What a job of frames ``first`` to ``last`` holds; ``hidden`` frames were deleted."""
        roll, seen = Roll(self._plan, last), set[tuple[str, int]]()
        for tag in sorted(given.tags, key=_number):
            if self._fits(tag, "tag", tag.frame, first, last, hidden, seen, place, size):
                label = self._labels[tag.label_id].name
                at = _at(place, tag)
                if b.tag(label, self._values(tag), roll.at(tag.frame), self._plan, self._ledger, at):
                    roll.count(tag.frame)
        for shape in sorted(given.shapes, key=_number):
            before = self._ledger.aside
            if self._fits(shape, "shape", shape.frame, first, last, hidden, seen, place, size):
                self._shape(shape, roll, _at(place, shape))
            if self._ledger.aside > before:
                roll.aside[shape.frame] = roll.aside.get(shape.frame, 0) + 1
        before = self._ledger.aside
        for track in sorted(given.tracks, key=_number):
            if self._fits(track, "track", first, first, last, set(), seen, place, size):
                self._track(track, roll, last, size, _at(place, track))
        roll.tracks_aside = self._ledger.aside - before
        return roll

    def _fits(
        self, one: RawTag | RawShape | RawTrack, what: str, frame: int, first: int, last: int,
        hidden: set[int], seen: set[tuple[str, int]], place: Place, size: int,
    ) -> bool:  # fmt: skip
        """Whether an object is one of this job and its project; else it is set aside."""
        at = _at(place, one)
        if one.id is not None and (what, one.id) in seen:
            self._ledger.lost(p.OBJECT_DUPLICATE.at(at, what=what, id=one.id))
        elif one.label_id not in self._labels:
            self._ledger.lost(p.LABEL_ID_UNKNOWN.at(at, label=one.label_id))
        elif not first <= frame <= last:
            self._ledger.lost(p.FRAME_OUTSIDE.at(at, frame=frame, frames=size))
        elif frame in hidden:
            self._ledger.lost(p.FRAME_DELETED.at(at, frame=frame))
        else:
            if one.id is not None:
                seen.add((what, one.id))
            return True
        return False

    def _values(self, one: RawShape | RawTag | RawTrack) -> list[tuple[str, str]]:
        return [(self._specs.get(a.spec_id, f"#{a.spec_id}"), _text(a.value)) for a in one.attributes]

    def _shape(self, given: RawShape, roll: Roll, place: Place) -> None:
        label = self._labels[given.label_id].name
        name = NAMES.get(given.type, given.type)
        control = self._plan.control(label, name)
        if not control:
            self._ledger.lost(self._plan.refuse(label, name, place))
            return
        try:
            geometry = self._geometry(given, label, place)
        except ValueError as error:
            self._ledger.lost(b.refusal(error, name, place))
            return
        self._check(geometry, given.frame, place)
        answers = self._plan.answers(label, self._values(given), place)
        roll.count(given.frame)
        roll.at(given.frame).drawn[control].append(
            Shape(
                geometry, label, _id(given.id), "", "", str(given.group) if given.group else "",
                given.score, origin(given.source), given.occluded, given.z_order, answers,
            )
        )  # fmt: skip

    def _geometry(self, given: RawShape, label: str, place: Place) -> Geometry:
        if given.type != "skeleton":
            return from_api(given.type, given.points, given.rotation or 0.0)
        points = []
        for one in given.elements:
            found = from_api(one.type, one.points, 0.0)
            if isinstance(found, Points):
                x, y = found.points[0]
                points.append(
                    b.Point(self._joint(one.label_id), x, y, one.outside, one.occluded, self._values(one))
                )
        return b.skeleton(label, points, self._plan, self._problems, place)

    def _joint(self, label: int) -> str:
        found = self._points.get(label)
        return found.name if found else f"#{label}"

    def _check(self, shape: Geometry, frame: int, place: Place) -> None:
        b.check_size(shape, Task(), self._sizes(frame), place, self._problems)

    # --- tracks

    def _track(self, given: RawTrack, roll: Roll, last: int, size: int, place: Place) -> None:
        label = self._labels[given.label_id].name
        kind = given.shapes[0].type if given.shapes else "track"
        name = NAMES.get(kind, kind)
        control = self._plan.control(label, name)
        if not control:
            self._ledger.lost(self._plan.refuse(label, name, place))
            return
        made = Made(label, control, _id(given.id), str(given.group) if given.group else "")
        made.origin, made.score = origin(given.source), given.score
        made.fixed = self._values(given)
        if given.elements:
            made.moments = self._figures(given, label, place)
        else:
            made.moments = self._moments(given.shapes, place)
        for moment in list(made.moments):
            frame = moment[0].frame
            if not 0 <= frame < size and not moment[0].outside:
                self._problems.add(p.FRAME_OUTSIDE.at(place, frame=frame, frames=size))
                made.moments.remove(moment)
        track = finished(made, self._plan, place, self._problems)
        if track is None or not any(k.frame <= last for k in track.keyframes):
            self._ledger.lost(p.TRACK_EMPTY.at(place))
            return
        for key in track.keyframes:
            if not key.outside:
                self._check(key.geometry, key.frame, place)
        note_open(track, last, place, self._problems)
        roll.tracks.append((control, track))

    def _moments(self, shapes: list[RawShape], place: Place) -> list[tuple[Keyframe, list[tuple[str, str]]]]:
        found = []
        for one in shapes:
            try:
                geometry = from_api(one.type, one.points, one.rotation or 0.0)
            except ValueError as error:
                self._problems.add(b.refusal(error, NAMES.get(one.type, one.type), place))
                continue
            key = Keyframe(one.frame, geometry, one.outside, one.occluded, (), one.z_order)
            found.append((key, self._values(one)))
        return found

    def _figures(
        self, given: RawTrack, label: str, place: Place
    ) -> list[tuple[Keyframe, list[tuple[str, str]]]]:
        """A skeleton's keyframes: at every frame where it or one of its points has one.

        Points without a keyframe there are between their own, in a straight line.
        """
        paths: list[tuple[RawTrack, list[tuple[RawShape, dict[str, str]]]]] = []
        for element in given.elements:
            said = dict(self._values(element))
            path = []
            for one in sorted(element.shapes, key=lambda s: s.frame):
                said = {**said, **dict(self._values(one))}
                path.append((one, said))
            if path:
                paths.append((element, path))
        own = sorted(given.shapes, key=lambda s: s.frame)
        wanted = {s.frame for s in own} | {s.frame for _, path in paths for s, _ in path}
        found = []
        for frame in sorted(wanted):
            here = next((s for s in reversed(own) if s.frame <= frame), own[0] if own else None)
            try:
                points = [self._between(e.label_id, path, frame) for e, path in paths]
                geometry = b.skeleton(label, points, self._plan, self._problems, place)
            except ValueError as error:
                self._problems.add(b.refusal(error, "skeleton", place))
                continue
            outside = all(pt.outside for pt in points) or bool(here and here.outside)
            z = here.z_order if here else 0
            key = Keyframe(frame, geometry, outside, bool(here and here.occluded), (), z)
            found.append((key, self._values(here) if here is not None and here.frame == frame else []))
        return found

    def _between(self, label: int, path: list[tuple[RawShape, dict[str, str]]], frame: int) -> b.Point:
        """A point of a skeleton at a frame."""
        before = [step for step in path if step[0].frame <= frame]
        one, said = before[-1] if before else path[0]
        x, y = _xy(one)
        after = next((s for s, _ in path if s.frame > frame), None)
        if before and after is not None:
            share = (frame - one.frame) / (after.frame - one.frame)
            x, y = x + (_xy(after)[0] - x) * share, y + (_xy(after)[1] - y) * share
        outside = one.outside or not before
        return b.Point(self._joint(label), x, y, outside, one.occluded, list(said.items()))


def _number(one: RawTag | RawShape | RawTrack) -> int:
    """What objects are sorted by: the server gives those of one frame in any order."""
    return -1 if one.id is None else one.id


def _xy(shape: RawShape) -> tuple[float, float]:
    found = from_api(shape.type, shape.points, 0.0)
    if not isinstance(found, Points):
        raise ValueError("one of its points is none")
    return found.points[0]


def _at(place: Place, one: RawTag | RawShape | RawTrack) -> Place:
    return Place(source=place.source, item=place.item, region=_id(one.id))


def _id(given: int | None) -> str:
    return "" if given is None else str(given)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
