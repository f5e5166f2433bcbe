"""Items of CVAT's frames and films: what the readers of XML files and of pulled folders share."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import PurePosixPath
from typing import Any

from msgspec import Struct

from labelwright.geometry.shapes import HIDDEN, OCCLUDED, VISIBLE, Geometry, Joint, Skeleton, name_of
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import READ, Place, Problem, Problems
from labelwright.records import Film, ItemKey, Kind, Shape, Track
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.geometry import BadMask, NotFinite, beyond
from labelwright_plugins.cvat.plan import Plan
from labelwright_plugins.cvat.project import Task


class Point(Struct):
    """One point of a skeleton as it was given; ``name`` is its sublabel."""

    name: str
    x: float
    y: float
    outside: bool
    occluded: bool
    attributes: list[tuple[str, str]]


class Marks:
    """Everything that one annotator put on one frame, or on one film: shapes, tracks and tags."""

    def __init__(self, plan: Plan, aside: int = 0) -> None:
        """Nothing yet. ``aside``: how many objects the ledger had set aside by now."""
        self.aside = aside
        self.drawn: dict[str, list[Any]] = {n: [] for n in plan.drawing}
        self.tags: dict[str, list[str]] = {}
        self.asked: dict[str, Any] = {}

    def answers(self, plan: Plan, problems: Problems, place: Place) -> dict[str, Any]:
        """All as answers by control."""
        found: dict[str, Any] = {n: tuple(s) for n, s in self.drawn.items()}
        for name in plan.tagging:
            tags = self.tags.get(name, [])
            if plan.kind(name) is Kind.CHOICES:
                found[name] = tuple(sorted(set(tags)))
            elif tags:
                if len(set(tags)) > 1:
                    problems.add(p.TAG_SEVERAL.at(place, control=name, tags=", ".join(tags)))
                found[name] = tags[0]
        found.update(self.asked)
        return found


class Ledger:
    """Enters objects that were read or set aside."""

    def __init__(self, problems: Problems) -> None:
        """Enter into the ledger of reading of ``problems``."""
        self.problems = problems
        self.book = problems.ledger(READ)
        self.aside = 0

    def took(self, objects: int = 1) -> None:
        """Objects were read and given on."""
        self.book.taken += objects
        self.book.given += objects

    def lost(self, problem: Problem, objects: int = 1) -> None:
        """Objects were read and set aside."""
        if objects:
            self.book.taken += objects
            self.aside += objects
            self.problems.lose(READ, problem, objects)

    def untook(self, problem: Problem, objects: int) -> None:
        """Objects that were entered as read are set aside after all."""
        self.book.given -= objects
        if objects:
            self.problems.lose(READ, problem, objects)
        else:
            self.problems.add(problem)


def refusal(error: ValueError, shape: str, place: Place) -> Problem:
    """The problem of a shape whose numbers could not be read."""
    if isinstance(error, NotFinite):
        return p.NOT_FINITE.at(place, shape=shape)
    if isinstance(error, BadMask):
        return p.MASK_RLE.at(place, reason=str(error))
    return p.GEOMETRY.at(place, shape=shape, reason=str(error))


def tag(
    label: str,
    given: list[tuple[str, str]],
    marks: Marks,
    plan: Plan,
    ledger: Ledger,
    place: Place,
) -> bool:
    """Enter a tag with its attributes; False if nothing asks for it, which is said."""
    control = plan.tags.get(label)
    if control is None:
        ledger.lost(plan.refuse(label, "tag", place))
        return False
    marks.tags.setdefault(control, []).append(label)
    for name, value in plan.answers(label, given, place):
        if marks.asked.setdefault(name, value) != value:
            what = {"attribute": name, "first": marks.asked[name], "second": value}
            ledger.problems.add(p.TAG_ATTRIBUTES.at(place, **what))
    return True


def skeleton(label: str, points: list[Point], plan: Plan, problems: Problems, place: Place) -> Skeleton:
    """The skeleton of its points, in the order of its label. Raises ``ValueError`` if there is none."""
    joints = plan.joints(label)
    by_name = {pt.name: pt for pt in points}
    order = list(joints.order) if joints else [pt.name for pt in points]
    strange = [n for n in by_name if n not in order]
    missing = [n for n in order if n not in by_name]
    if not points:
        raise ValueError("it has no points")
    if strange or len(by_name) < len(points):
        raise ValueError(f"its points are not those of label {label!r}")
    if missing:
        what = {"what": "lacks", "points": ", ".join(missing)}
        problems.add(p.SKELETON_POINTS.at(place, **what))
    found = []
    for name in order:
        point = by_name.get(name)
        if point is None:
            found.append(Joint(name, 0.0, 0.0, HIDDEN))
            continue
        sight = HIDDEN if point.outside else OCCLUDED if point.occluded else VISIBLE
        known = joints.defaults.get(name) if joints else None
        said = {**known, **dict(point.attributes)} if known else dict(point.attributes)
        found.append(Joint(name, point.x, point.y, sight, tuple(said.items())))
    return Skeleton(tuple(found))


def check_size(
    shape: Geometry, task: Task, size: tuple[int, int] | None, place: Place, problems: Problems
) -> None:
    """Say so if a shape reaches beyond its image."""
    width, height = size or (task.width, task.height)
    if width and height:
        found = beyond(shape, width, height)
        if found:
            problems.add(p.OUTSIDE_IMAGE.at(place, shape=name_of(shape), **found))


def key_of(server: str, task: Task, part: str) -> ItemKey:
    """The key of a frame or a stretch of a task; a job's file does not name the task."""
    owner = task.id or (f"job-{task.job}" if task.job else task.part)
    return ItemKey(server or task.server, task.project, "/".join(x for x in (owner, part) if x))


def link_of(server: str, task: Task, frame: int) -> str:
    """The address of a frame in CVAT; empty if the server or the job is not known."""
    if not server:
        return ""
    at = bisect_right(task.segments, frame, key=_first) - 1
    if at >= 0:
        job, _, last = task.segments[at]
        if frame <= last:
            owner = f"/tasks/{task.id}" if task.id else ""
            return f"{server}{owner}/jobs/{job}?frame={frame}"
    return f"{server}/tasks/{task.id}" if task.id else ""


def _first(segment: tuple[str, int, int]) -> int:
    return segment[1]


def frame_name(task: Task, frame: int) -> str:
    """What the picture of one frame of a film is called; ``frame`` is absolute."""
    stem = PurePosixPath(task.source).stem
    return f"{stem}/frame_{frame:06d}.png" if stem else f"frame_{frame:06d}.png"


def film_of(task: Task) -> Film:
    """What is known of a task's film."""
    return Film(task.size, None, task.start, task.step)


def moved(track: Track, moment: Keyframe, order: dict[str, int]) -> Shape:
    """A track at one moment, as a shape; its answers in the ``order`` of their controls."""
    answers = (*track.answers, *moment.attributes)
    if track.answers and moment.attributes:
        answers = tuple(sorted(answers, key=lambda a: order.get(a[0], len(order))))
    return Shape(
        moment.geometry, track.label, track.id, "", track.parent, track.group, track.score, track.origin,
        moment.occluded, moment.z, answers,
    )  # fmt: skip
