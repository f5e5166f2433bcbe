"""The body of "CVAT for video 1.1": tracks of one or several tasks.

The file lists every frame that a track is seen on. Of a film only the keyframes are kept; where one item
is a frame, all rows are, so that every place is as CVAT says. A track whose rows end before the film
does ends with them, for CVAT leaves the closing row out at the end of a job.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labelwright.geometry.shapes import MOST_FRAMES, Geometry, Points, Skeleton
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import Place
from labelwright.records import Annotation, Item
from labelwright_plugins.cvat import building as b
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.geometry import from_xml
from labelwright_plugins.cvat.images import KINDS
from labelwright_plugins.cvat.people import Authors
from labelwright_plugins.cvat.plan import Plan, origin
from labelwright_plugins.cvat.project import Project, Task
from labelwright_plugins.cvat.rolls import Made, Roll, film_item, finished, note_open
from labelwright_plugins.cvat.seen import Seen
from labelwright_plugins.cvat.xmlread import XmlFile

Pairs = list[tuple[str, str]]


class Films:
    """Collects the tracks of one file by task; ``items`` gives them after the last."""

    def __init__(self, file: XmlFile, project: Project, plan: Plan, server: str, seen: Seen) -> None:
        """Nothing is open yet; ``seen`` knows the films of the files before this one."""
        self._seen = seen
        self._file, self._plan, self._server = file, plan, server
        self._problems, self._ledger = file.problems, b.Ledger(file.problems)
        self._authors = Authors(project, file.problems)
        self._tasks = dict(project.tasks) or {"": Task()}
        self._rolls: dict[str, Roll] = {task: Roll(plan) for task in self._tasks}
        self._ids: set[tuple[str, str]] = set()
        self._track: dict[str, str] | None = None
        self._made: Made | None = None
        self._row: dict[str, str] | None = None
        self._row_tag = ""
        self._given: Pairs = []
        self._into = self._given  # what the next attribute belongs to
        self._points: list[b.Point] | None = None
        self._listed: list[int] = []
        self._shape = ""
        self._name, self._text = "", ""

    def begin(self) -> Any:
        """Take over the parser, whose ends are all wanted here."""
        self._file.parser.EndElementHandler = self._end
        return self.start

    def start(self, name: str, attrs: dict[str, str]) -> None:
        """The parser's handler."""
        if name == "attribute":
            self._name, self._text = attrs.get("name", ""), ""
            self._file.parser.CharacterDataHandler = self._data
        elif name == "track":
            self._track, self._listed = attrs, []
            self._shape = ""
            z = Made(attrs.get("label", ""), "", attrs.get("id", ""), attrs.get("group_id", ""))
            z.origin = origin(attrs.get("source"))
            z.moments = []
            self._made = z
        elif self._points is not None:
            self._point(name, attrs)
        elif self._track is not None:
            self._row, self._row_tag, self._given = attrs, name, []
            self._into = self._given
            self._points = [] if name == "skeleton" else None
        else:
            place = Place(source=self._file.source, line=self._file.line)
            self._ledger.lost(p.GEOMETRY.at(place, shape=name, reason="it stands outside any track"))

    def _data(self, text: str) -> None:
        self._text += text

    def _end(self, name: str) -> None:
        if name == "attribute":
            self._file.parser.CharacterDataHandler = None
            self._into.append((self._name, self._text))
        elif name == "track":
            self._close()
        elif self._row is not None and name == self._row_tag:
            self._moment(self._row)
            self._row, self._points = None, None
        else:  # a point of a skeleton ends
            self._into = self._given

    def _place(self) -> Place:
        made = self._made
        return Place(source=self._file.source, line=self._file.line, region=made.id if made else "")

    def _point(self, name: str, attrs: dict[str, str]) -> None:
        self._into = []
        try:
            found = from_xml(name, attrs)
        except ValueError as error:
            self._problems.add(b.refusal(error, name, self._place()))
            return
        if isinstance(found, Points) and self._points is not None:
            x, y = found.points[0]
            outside, occluded = attrs.get("outside") == "1", attrs.get("occluded") == "1"
            self._points.append(b.Point(attrs.get("label", ""), x, y, outside, occluded, self._into))
            if attrs.get("keyframe") == "1" and self._row is not None:
                self._row["keyframe"] = "1"

    def _task(self) -> tuple[str, Task]:
        given = self._track.get("task_id", "") if self._track is not None else ""
        if given in self._tasks:
            return given, self._tasks[given]
        if not given and len(self._tasks) == 1:
            return next(iter(self._tasks.items()))
        self._tasks[given] = Task(given)
        self._rolls[given] = Roll(self._plan)
        return given, self._tasks[given]

    def _moment(self, row: dict[str, str]) -> None:
        """Enter the row that is complete."""
        made, place = self._made, self._place()
        if made is None:
            return
        _, task = self._task()
        self._shape = self._row_tag
        text, outside = row.get("frame", ""), row.get("outside") == "1"
        try:
            if self._row_tag != "skeleton" and self._row_tag not in KINDS:
                raise ValueError("it is of a kind that is not known")
            if not text.isdecimal() or len(text) > 15:
                raise ValueError(f"{text[:40]!r} is no frame")
            geometry = self._geometry(made, row, place)
        except ValueError as error:
            self._problems.add(b.refusal(error, self._row_tag, place))
            return
        frame = _number(task, int(text))
        if isinstance(geometry, Skeleton):
            outside = outside or not any(j.visibility for j in geometry.joints)
        if frame is None:
            if not outside:
                self._problems.add(p.FRAME_OUTSIDE.at(place, frame=text, frames=task.size))
            return
        if frame >= MOST_FRAMES:
            beyond = ValueError(f"its frame {frame} is beyond {MOST_FRAMES} frames")
            self._problems.add(b.refusal(beyond, self._row_tag, place))
            return
        if not outside:
            size = (task.width, task.height) if task.width else None
            b.check_size(geometry, task, size, place, self._problems)
        self._listed.append(frame)
        if row.get("keyframe") != "0" or not self._plan.clip:
            z = row.get("z_order", "0")
            level = int(z) if z.removeprefix("-").isdecimal() and len(z) < 12 else 0
            moment = Keyframe(frame, geometry, outside, row.get("occluded") == "1", (), level)
            made.moments.append((moment, self._given))

    def _geometry(self, made: Made, row: dict[str, str], place: Place) -> Geometry:
        if self._points is None:
            return from_xml(self._row_tag, row)
        return b.skeleton(made.label, self._points, self._plan, self._problems, place)

    def _close(self) -> None:
        """Enter the track that is complete."""
        made, self._made, place = self._made, None, self._place()
        owner, task = self._task()
        self._track = None
        if made is None:
            return
        place = Place(source=self._file.source, line=self._file.line, region=made.id)
        made.control = self._plan.control(made.label, self._shape or "track")
        if not made.control:
            self._ledger.lost(self._plan.refuse(made.label, self._shape or "track", place))
            return
        if made.id and (owner, made.id) in self._ids:
            self._ledger.lost(p.OBJECT_DUPLICATE.at(place, what="track", id=made.id))
            return
        self._ids.add((owner, made.id))
        last = max(self._listed, default=0)
        if made.moments and (len(made.moments) == 1 or _is_listed(self._listed)):
            latest = max(made.moments, key=lambda m: m[0].frame)[0]
            if not latest.outside and (not task.size or last + 1 < task.size):
                self._problems.add(p.TRACK_STOPS.at(place, frame=last))
                end = Keyframe(last + 1, latest.geometry, True, latest.occluded, (), latest.z)
                made.moments.append((end, []))
        track = finished(made, self._plan, place, self._problems)
        if track is None:
            self._ledger.lost(p.TRACK_EMPTY.at(place))
            return
        self._file.read += 1
        self._ledger.took()
        if task.size:
            note_open(track, last=task.size - 1 if not _is_listed(self._listed) else last, place=place,
                      problems=self._problems)  # fmt: skip
        self._rolls[owner].tracks.append((made.control, track))

    # --- items

    def items(self) -> Iterator[Item]:
        """One item a task, or one a frame, by the plan."""
        for owner, roll in self._rolls.items():
            task = self._tasks[owner]
            if not self._seen.add(f"film {task.id}/{task.job}/{task.part}", 0):
                place = Place(source=self._file.source)
                self._ledger.untook(p.IMAGE_DUPLICATE.at(place, image="film", task=owner), len(roll.tracks))
                continue
            who = self._authors.of(task)
            if self._plan.clip:
                yield film_item(self._plan, task, roll, who, self._server, self._problems)
            else:
                yield from self._frames(task, roll, who)

    def _frames(self, task: Task, roll: Roll, who: str) -> Iterator[Item]:
        last = max((t.keyframes[-1].frame for _, t in roll.tracks), default=-1)
        size = task.size if task.size <= MOST_FRAMES else 0
        roll.unroll(size or last + 1)
        for frame in range(size) if size else sorted(roll.marks):
            absolute = task.start + frame * task.step
            key = b.key_of(self._server, task, str(absolute))
            place = Place(source=self._file.source, item=str(key))
            answers = roll.at(frame).answers(self._plan, self._problems, place)
            yield Item(
                key,
                {self._plan.input: b.frame_name(task, absolute)},
                [Annotation(key.item, who, answers, set_aside=self._ledger.aside)],
                meta={"subset": task.subset} if task.subset else {},
                link=b.link_of(key.server, task, frame),
                sizes={self._plan.input: (task.width, task.height)} if task.width else {},
            )


def _number(task: Task, frame: int) -> int | None:
    """The task's own number of a frame; a job's file does not say where its task begins."""
    if task.job:
        return frame - task.start if task.step == 1 and frame >= task.start else frame
    return task.relative(frame)


def _is_listed(listed: list[int]) -> bool:
    """Whether the rows of a track name every frame that it is seen on."""
    return len(listed) > 1 and max(listed) - min(listed) + 1 == len(set(listed))
