"""The body of "CVAT for images 1.1": one item an image, as the parser comes to its end."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from msgspec.structs import replace

from labelwright.geometry.shapes import FARTHEST, Box, Points
from labelwright.problems import Place
from labelwright.records import Annotation, Item, Shape
from labelwright_plugins.cvat import building as b
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.geometry import from_xml
from labelwright_plugins.cvat.people import Authors
from labelwright_plugins.cvat.plan import ORIGINS, Plan, origin
from labelwright_plugins.cvat.project import Project, Task
from labelwright_plugins.cvat.rolls import Roll, film_item
from labelwright_plugins.cvat.seen import Seen
from labelwright_plugins.cvat.xmlread import XmlFile

KINDS = frozenset(("box", "ellipse", "polygon", "polyline", "points", "mask", "cuboid"))


class Images:
    """Makes items of the elements of one file, and puts them into the file's ``ready``."""

    def __init__(self, file: XmlFile, project: Project, plan: Plan, server: str, seen: Seen) -> None:
        """Nothing is open yet; ``seen`` knows the images of the files before this one."""
        self._file, self._plan, self._server, self._seen = file, plan, server, seen
        self._parser, self._problems = file.parser, file.problems
        self._ledger = b.Ledger(file.problems)
        self._authors = Authors(project, file.problems)
        self._tasks = project.tasks
        self._task = Task()
        self._only = next(iter(project.tasks.values()), self._task) if len(project.tasks) < 2 else self._task
        self._image: dict[str, str] | None = None
        self._size: tuple[int, int] | None = None
        self._width = self._height = inf
        self._marks = b.Marks(plan)
        # label -> control of those whose boxes need no more than their start, and of all others
        self._boxes = {x: plan.control(x, "box") for x in plan.labels() if plan.control(x, "box")}
        self._asked = {x for x in self._boxes if plan.questions(x)}
        self._due = False  # something is open that its attributes complete
        self._label = ""
        self._target: list[Any] | None = None
        self._tag = False
        self._given: list[tuple[str, str]] = []
        self._into = self._given  # what the next attribute belongs to
        self._figure: dict[str, str] | None = None
        self._points: list[b.Point] = []
        self._name, self._text = "", ""
        self._rolls: dict[tuple[str, str], tuple[Task, Roll]] = {}

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """The parser's handler. A box that needs nothing more is done here."""
        if name == "box" and self._figure is None:
            if self._due:
                self._close()
            try:
                label = attrs["label"]
                left, top = float(attrs["xtl"]), float(attrs["ytl"])
                right, bottom = float(attrs["xbr"]), float(attrs["ybr"])
                target = self._marks.drawn[self._boxes[label]]
                z = int(attrs["z_order"])
            except (KeyError, ValueError):
                self._shape(name, attrs)
                return
            inside = 0.0 <= left <= right <= self._width and 0.0 <= top <= bottom <= self._height
            if not inside or "rotation" in attrs or self._image is None:
                self._shape(name, attrs)
                return
            source = attrs.get("source", "manual")
            shape = Shape(
                Box(left, top, right - left, bottom - top), label, "", "", "",
                attrs.get("group_id", ""), None,
                source if source == "manual" else ORIGINS.get(source, source),
                attrs.get("occluded") == "1", z,
            )  # fmt: skip
            target.append(shape)
            if label in self._asked:
                self._due, self._label, self._target = True, label, target
            else:
                self._label, self._target = label, target
            return
        self._other(name, attrs)

    def _other(self, name: str, attrs: dict[str, str]) -> None:
        if name == "attribute":
            self._due = True
            self._name, self._text = attrs.get("name", ""), ""
            self._parser.CharacterDataHandler = self._data
            self._parser.EndElementHandler = self._end
            return
        if self._figure is not None:
            self._point(name, attrs)
            return
        if self._due:
            self._close()
        if name == "image":
            self.finish()
            self._begin(attrs)
        elif name == "skeleton":
            self._figure, self._points, self._into = attrs, [], self._given
            self._parser.EndElementHandler = self._end
        elif name == "tag":
            self._due = self._tag = True
            self._label, self._target = attrs.get("label", ""), None
        elif name == "track":
            self._ledger.lost(p.GEOMETRY.at(self._place(), shape=name, reason="it stands among images"))
        else:
            self._shape(name, attrs)

    def _data(self, text: str) -> None:
        self._text += text

    def _end(self, name: str) -> None:
        """Called while an attribute or a skeleton is open only."""
        if name == "attribute":
            into = self._given if self._figure is None else self._into
            into.append((self._name, self._text))
            self._parser.CharacterDataHandler = None
        elif name == "skeleton" and self._figure is not None:
            figure, points, self._figure, self._points = self._figure, self._points, None, []
            self._skeleton(figure, points)
        else:  # a point of a skeleton ends
            self._into = self._given
        if self._figure is None:
            self._parser.EndElementHandler = None

    # --- shapes

    def _place(self) -> Place:
        item = self._image.get("name", "") if self._image is not None else ""
        return Place(source=self._file.source, line=self._file.line, item=item)

    def _shape(self, tag: str, attrs: dict[str, str]) -> None:
        """Any shape, with care."""
        self._target, self._label = None, attrs.get("label", "")
        place = self._place()
        control = self._plan.control(self._label, tag)
        if not control:
            self._ledger.lost(self._plan.refuse(self._label, tag, place))
            return
        try:
            if tag not in KINDS:
                raise ValueError("it is of a kind that is not known")
            if self._image is None:
                raise ValueError("it stands outside any image")
            geometry = from_xml(tag, attrs)
        except ValueError as error:
            self._ledger.lost(b.refusal(error, tag, place))
            return
        b.check_size(geometry, self._task, self._size, place, self._problems)
        self._target = self._marks.drawn[control]
        self._target.append(shape_of(geometry, self._label, attrs))
        self._due = bool(self._plan.questions(self._label))

    def _point(self, tag: str, attrs: dict[str, str]) -> None:
        """A point of the skeleton that is open; one without a place is left to be found missing."""
        self._due, self._into = False, []
        try:
            found = from_xml(tag, attrs)
        except ValueError as error:
            self._problems.add(b.refusal(error, tag, self._place()))
            return
        if isinstance(found, Points):
            x, y = found.points[0]
            outside, occluded = attrs.get("outside") == "1", attrs.get("occluded") == "1"
            self._points.append(b.Point(attrs.get("label", ""), x, y, outside, occluded, self._into))

    def _skeleton(self, attrs: dict[str, str], points: list[b.Point]) -> None:
        self._due, self._label, place = False, attrs.get("label", ""), self._place()
        control = self._plan.control(self._label, "skeleton")
        if not control:
            self._given = []
            self._ledger.lost(self._plan.refuse(self._label, "skeleton", place))
            return
        try:
            geometry = b.skeleton(self._label, points, self._plan, self._problems, place)
        except ValueError as error:
            self._given = []
            self._ledger.lost(b.refusal(error, "skeleton", place))
            return
        b.check_size(geometry, self._task, self._size, place, self._problems)
        self._target = self._marks.drawn[control]
        self._target.append(shape_of(geometry, self._label, attrs))
        self._due = True

    def _close(self) -> None:
        """Complete the tag or shape that is open with its attributes."""
        given, self._given, self._due = self._given, [], False
        if self._tag:
            self._tag = False
            if b.tag(self._label, given, self._marks, self._plan, self._ledger, self._place()):
                self._ledger.took()
        elif self._target:
            answers = self._plan.answers(self._label, given, self._place())
            if answers:
                self._target[-1] = replace(self._target[-1], answers=answers)

    # --- images

    def _begin(self, attrs: dict[str, str]) -> None:
        self._image, self._marks = attrs, b.Marks(self._plan, self._ledger.aside)
        self._task = self._tasks.get(attrs.get("task_id", ""), self._only)
        try:
            self._size = int(attrs["width"]), int(attrs["height"])
            if not 0 < min(self._size) <= max(self._size) <= FARTHEST:
                raise ValueError
            self._width, self._height = self._size
        except (KeyError, ValueError):
            self._size, self._width, self._height = None, 1e300, 1e300
            self._problems.add(p.SIZE_MISSING.at(self._place()))

    def finish(self) -> None:
        """Put the image that is open into ``ready``; after the last element, too."""
        if self._due:
            self._close()
        attrs, task = self._image, self._task
        if attrs is None:
            return
        marks, self._image = self._marks, None
        name, given = attrs.get("name", ""), attrs.get("id", "")
        frame = int(given) if given.isdecimal() and len(given) < 16 else None
        owner = task.id or attrs.get("task_id", "")
        shapes = sum(map(len, marks.drawn.values()))
        place = Place(source=self._file.source, item=name)
        number = frame
        if frame is not None:
            if not task.job and task.size:
                number = task.relative(frame)
            if number is None:
                outside = p.FRAME_OUTSIDE.at(place, frame=frame, frames=task.size)
                self._lose(outside, shapes)
                return
        if not self._seen.add(owner or f"{task.job}/{task.part}", frame if frame is not None else name):
            self._lose(p.IMAGE_DUPLICATE.at(place, image=given or name, task=owner), shapes)
            return
        self._ledger.took(shapes)
        self._file.read += 1
        if self._plan.clip:
            self._on_film(task, number if number is not None else 0, marks)
            return
        self._file.ready.append(self._item(attrs, task, frame, number, marks))

    def _on_film(self, task: Task, frame: int, marks: b.Marks) -> None:
        if not self._rolls:
            self._problems.add(p.NO_TRACKS.at(Place(source=self._file.source)))
        roll = self._rolls.setdefault((task.id, task.job), (task, Roll(self._plan)))[1]
        roll.marks[frame] = marks

    def films(self) -> Iterator[Item]:
        """One item a task, where the template asks for tracks; after ``finish``."""
        for task, roll in self._rolls.values():
            who = self._authors.of(task)
            yield film_item(self._plan, task, roll, who, self._server, self._problems)

    def _lose(self, problem: Any, shapes: int) -> None:
        if shapes:
            self._ledger.lost(problem, shapes)
        else:
            self._problems.add(problem)

    def _item(
        self, attrs: dict[str, str], task: Task, frame: int | None, number: int | None, marks: b.Marks
    ) -> Item:
        name = attrs.get("name", "")
        key = b.key_of(self._server, task, name if frame is None else str(frame))
        answers = marks.answers(self._plan, self._problems, Place(source=self._file.source, item=name))
        shown, aside = name, self._ledger.aside - marks.aside
        if task.source and frame is not None and name == f"frame_{frame:06d}":
            shown = b.frame_name(task, frame)
        subset = attrs.get("subset") or task.subset
        return Item(
            key,
            {self._plan.input: shown},
            [Annotation(key.item, self._authors.of(task), answers, set_aside=aside)],
            [],
            {"subset": subset} if subset else {},
            b.link_of(key.server, task, number) if number is not None else "",
            sizes={self._plan.input: self._size} if self._size else {},
            lot="" if task.id and frame is not None else None,  # what prelabel knows a frame by
        )


def shape_of(geometry: Any, label: str, attrs: dict[str, str]) -> Shape:
    """A shape of an XML element's attributes, without its answers."""
    z = attrs.get("z_order", "0")
    return Shape(
        geometry,
        label,
        group=attrs.get("group_id", ""),
        origin=origin(attrs.get("source")),
        occluded=attrs.get("occluded") == "1",
        z=int(z) if z.removeprefix("-").isdecimal() and len(z) < 12 else 0,
    )
