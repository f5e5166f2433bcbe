"""What one annotator did on the frames of a task, and the items that it becomes.

A template whose control is of kind tracks gets one item a film; any other gets one item a frame, with
tracks as shapes on every frame that they are seen on. Frames are the task's own numbers here.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from labelwright.geometry.tracks import Keyframe, at, carried, frames
from labelwright.problems import Place, Problems
from labelwright.records import Annotation, Film, Item, Shape, Track
from labelwright_plugins.cvat import building as b
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.plan import Plan
from labelwright_plugins.cvat.project import Task


class Roll:
    """Marks by frame and tracks (control, track) of one annotator; ``stop``: the last frame they cover."""

    def __init__(self, plan: Plan, stop: int | None = None) -> None:
        """Nothing yet."""
        self._plan = plan
        self.marks: dict[int, b.Marks] = {}
        self.tracks: list[tuple[str, Track]] = []
        self.stop = stop
        self.singles: dict[int, int] = {}  # shapes and tags by frame
        self.aside: dict[int, int] = {}  # objects set aside, by frame; tracks count on every frame
        self.tracks_aside = 0

    def count(self, frame: int) -> None:
        """There is one more shape or tag on a frame."""
        self.singles[frame] = self.singles.get(frame, 0) + 1

    def set_aside(self, frame: int) -> int:
        """How many objects the marks of a frame lack."""
        return self.aside.get(frame, 0) + self.tracks_aside

    def at(self, frame: int) -> b.Marks:
        """The marks of one frame."""
        found = self.marks.get(frame)
        if found is None:
            found = self.marks[frame] = b.Marks(self._plan)
        return found

    def unroll(self, count: int) -> None:
        """Turn the tracks into shapes on the frames where they are seen, of ``count`` frames."""
        stop = count if self.stop is None else min(count, self.stop + 1)
        for control, track in self.tracks:
            order = {q.control: n for n, q in enumerate(self._plan.questions(track.label).values())}
            for moment in frames(track.keyframes, stop):
                shape = b.moved(track, moment, order)
                self.at(moment.frame).drawn[control].append(shape)
        self.tracks = []

    def film(self, first: int, last: int, problems: Problems, place: Place) -> b.Marks:
        """All as marks on the stretch from ``first`` to ``last``, whose frames count from 0.

        A shape becomes a track of one frame; a tag counts for the whole.
        """
        found = b.Marks(self._plan)
        for control, track in self.tracks:
            found.drawn[control].append(shifted(track, first))
        for frame in sorted(self.marks):
            marks = self.marks[frame]
            for control, shapes in marks.drawn.items():
                found.drawn[control].extend(_still(s, frame - first, last - first) for s in shapes)
            for control, tags in marks.tags.items():
                for tag in tags:
                    if last > first:
                        problems.add(p.TAG_FRAME.at(place, label=tag, frame=frame))
                    if tag not in found.tags.setdefault(control, []):
                        found.tags[control].append(tag)
            for name, value in marks.asked.items():
                if found.asked.setdefault(name, value) != value:
                    what = {"attribute": name, "first": found.asked[name], "second": value}
                    problems.add(p.TAG_ATTRIBUTES.at(place, **what))
        return found


def shifted(track: Track, by: int) -> Track:
    """The track with its frames counted from ``by``."""
    if not by:
        return track
    return replace(track, keyframes=tuple(replace(k, frame=k.frame - by) for k in track.keyframes))


def _still(shape: Shape, frame: int, last: int) -> Track:
    """A shape of one frame as a track."""
    keyframes = [Keyframe(frame, shape.geometry, False, shape.occluded, (), shape.z)]
    if frame < last:
        keyframes.append(Keyframe(frame + 1, shape.geometry, True, shape.occluded, (), shape.z))
    return Track(
        tuple(keyframes), shape.label, shape.id, shape.parent, shape.group, shape.score, shape.origin,
        shape.answers,
    )  # fmt: skip


class Made(Struct):
    """A track while it is being read: its label's control, its own answers, its keyframes in any order."""

    label: str
    control: str
    id: str = ""
    group: str = ""
    origin: str = "manual"
    score: float | None = None
    fixed: list[tuple[str, str]] = []
    moments: list[tuple[Keyframe, list[tuple[str, str]]]] = []


def finished(made: Made, plan: Plan, place: Place, problems: Problems) -> Track | None:
    """The track of its moments; None if there are none. The later of two moments of a frame is dropped."""
    by_frame: dict[int, tuple[Keyframe, list[tuple[str, str]]]] = {}
    for moment in made.moments:
        if moment[0].frame in by_frame:
            what = {"what": "a keyframe at frame", "id": moment[0].frame}
            problems.add(p.OBJECT_DUPLICATE.at(place, **what))
        else:
            by_frame[moment[0].frame] = moment
    if not by_frame:
        return None
    questions = plan.questions(made.label)
    moves = {n for n, q in questions.items() if q.mutable}
    first = by_frame[min(by_frame)][1]
    fixed = made.fixed or [g for g in first if g[0] not in moves]
    answers = plan.answers(made.label, fixed, place)
    answers = tuple(a for a in answers if not plan.mutable(a[0]))
    base = [(n, questions[n].default) for n in moves if questions[n].default]
    keyframes: list[Keyframe] = []
    for frame in sorted(by_frame):
        keyframe, given = by_frame[frame]
        said = [g for g in given if g[0] not in questions or g[0] in moves]
        if not keyframes:
            said = [g for g in base if g[0] not in {n for n, _ in said}] + said
        order = {n: i for i, n in enumerate(questions)}
        said.sort(key=lambda g: order.get(g[0], len(order)))
        told = plan.answers(made.label, said, place, whole=False)
        keyframes.append(replace(keyframe, attributes=told))
    return Track(carried(keyframes), made.label, made.id, "", made.group, made.score, made.origin, answers)


def note_open(track: Track, last: int, place: Place, problems: Problems) -> None:
    """Say so if a track is still to be seen at its last keyframe, and that is not the film's last frame."""
    end = track.keyframes[-1]
    if not end.outside and end.frame < last:
        problems.add(p.TRACK_OPEN.at(place, frame=end.frame))


def film_input(plan: Plan, task: Task, first: int, count: int) -> dict[str, Any]:
    """Inputs, sizes and films of an item that is a stretch of a task's film."""
    name = plan.input
    film = Film(count, None, task.start + first * task.step, task.step)
    return {
        "inputs": {name: task.source or task.name or f"task-{task.id or task.job}"},
        "sizes": {name: (task.width, task.height)} if task.width and task.height else {},
        "films": {name: film},
        "meta": {"subset": task.subset} if task.subset else {},
    }


def film_item(plan: Plan, task: Task, roll: Roll, who: str, server: str, problems: Problems) -> Item:
    """A whole task as one item, with one annotation."""
    key = b.key_of(server, task, "")
    place = Place(item=str(key))
    last = max((t.keyframes[-1].frame for _, t in roll.tracks), default=0)
    last, count = max(last, max(roll.marks, default=0)), task.size
    if task.job and (last > count or task.step > 1):
        problems.add(p.JOB_FRAMES.at(place))
        count = 0
    marks = roll.film(0, max(count - 1, last), problems, place)
    answers = marks.answers(plan, problems, place)
    link, shown = b.link_of(key.server, task, 0), film_input(plan, task, 0, count)
    return Item(key, annotations=[Annotation(key.item, who, answers)], link=link, lot=None, **shown)


def cut(track: Track, first: int, last: int) -> Track | None:
    """The part of a track from ``first`` to ``last``; None if it is not to be seen there."""
    inside = [k for k in track.keyframes if first <= k.frame <= last]
    if not inside or inside[0].frame > first:
        begins = at(track.keyframes, first)
        if begins is not None:
            inside.insert(0, begins)
    after = next((k for k in track.keyframes if k.frame > last), None)
    if after is not None and inside and not inside[-1].outside and inside[-1].frame < last:
        ends = at(track.keyframes, last)
        if ends is not None:
            inside.append(ends)
    if not any(not k.outside for k in inside):
        return None
    return replace(track, keyframes=tuple(inside))
