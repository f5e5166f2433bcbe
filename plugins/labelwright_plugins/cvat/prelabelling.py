"""The frames of a project, to be given shapes and tags: see ``predicting.prelabelling``.

Suggestions are put into the jobs that show a frame, beside what people drew there, and nothing that is
there is touched. A job that was completed, or that is being reviewed, gets none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, field

from labelwright.contracts import Outcome, Served, Template
from labelwright.predicting.prelabelling import Slot
from labelwright.problems import DataError, Place, Problems, ProblemType, UsageError
from labelwright.records import Item
from labelwright_plugins.cvat import building as b
from labelwright_plugins.cvat import pulled
from labelwright_plugins.cvat.client import Client
from labelwright_plugins.cvat.infer import adapt
from labelwright_plugins.cvat.plan import Plan
from labelwright_plugins.cvat.prelabel_shapes import AUTO, Writer, apart
from labelwright_plugins.cvat.project import Label, Task, step_of
from labelwright_plugins.cvat.targets import Target

JOBS = ("annotation", "consensus_replica")
OTHERWISE = ProblemType(
    "cvat.suggestions-stored-otherwise",
    "CVAT stored other suggestions than it was sent",
    "{sent} objects were sent to job {job}, and it says that {stored} are stored",
    "Look at the job in CVAT.",
)
NOT_FRAMES = "a predictor can suggest shapes and tags of frames, and this template asks for tracks of films"


class Held(Struct):
    """What a job holds, by frame of its task: frames that a predictor filled, frames that people did.

    ``groups`` is the highest number of a group.
    """

    id: int
    first: int
    last: int
    closed: str
    auto: set[int] = field(default_factory=set)
    people: set[int] = field(default_factory=set)
    groups: int = 0


class Frames:
    """See ``predicting.prelabelling.Project``."""

    tells = False

    def __init__(
        self, client: Client, target: Target, labels: list[Label], model: Served, problems: Problems
    ) -> None:
        """Raises ``UsageError`` for a template of tracks."""
        self.name = target.name
        self._client, self._target, self._problems = client, target, problems
        adapted, found = adapt(model.template, labels, target.name)
        problems.extend(found)
        self._template = adapted
        self._plan = Plan(adapted, labels, problems)
        if self._plan.clip:
            raise UsageError(NOT_FRAMES)
        self._writer = Writer(adapted, labels, problems)

    @property
    def template(self) -> Template:
        """With the project's own labels."""
        return self._template

    def slots(self) -> Iterator[Slot]:
        """Every frame that a job shows, by task."""
        for given in self._target.tasks:
            if given.get("size") and given.get("dimension", "2d") == "2d":
                yield from self._task(msgspec.convert(given, pulled.RawTask))

    def _task(self, raw: pulled.RawTask) -> Iterator[Slot]:
        found = self._client.one(f"/api/tasks/{raw.id}/data/meta", "size")
        data = msgspec.convert(found, pulled.Data)
        film = raw.mode == "interpolation" and len(data.frames) == 1
        source = data.frames[0].name if film else ""
        project = "" if raw.project_id is None else str(raw.project_id)
        task = Task(
            str(raw.id), project, raw.name, data.size, raw.mode or "", data.start_frame,
            step_of(data.frame_filter or ""), source=source, server=self._client.url,
        )  # fmt: skip
        jobs = [self._held(job, task.size) for job in self._jobs(raw.id)]
        hidden, real = set(data.deleted_frames), self._real(raw)
        for frame in range(task.size):
            showing = [job for job in jobs if job.first <= frame <= job.last]
            if showing and frame not in hidden:
                slot = self._slot(task, data, frame, showing)
                if frame in real:  # a copy that people work on as if it were the frame itself
                    slot.item.lot = b.key_of("", task, str(task.start + real[frame] * task.step)).item
                yield slot

    def _real(self, raw: pulled.RawTask) -> dict[int, int]:
        """The frames of which frames of a task are copies, hidden among others to check on people."""
        if not raw.validation_mode:
            return {}
        found = self._client.find(f"/api/tasks/{raw.id}/validation_layout")
        layout = msgspec.convert(found, pulled.Layout) if isinstance(found, dict) else pulled.Layout()
        return dict(zip(layout.honeypot_frames, layout.honeypot_real_frames, strict=False))

    def _jobs(self, task: int) -> list[pulled.Job]:
        rows = self._client.pages("/api/jobs", "start_frame", "stop_frame", task_id=task)
        jobs = [msgspec.convert(row, pulled.Job) for row in rows]
        wanted = self._target.job
        parents = {job.parent_job_id for job in jobs}  # their replicas are what people work on
        return [
            job
            for job in jobs
            if job.type in JOBS
            and job.id not in parents
            and (not wanted or wanted in (job.id, job.parent_job_id))
        ]

    def _held(self, job: pulled.Job, size: int) -> Held:
        closed = f"job {job.id} is {job.state} in {job.stage}" if job.finished else ""
        held = Held(job.id, job.start_frame, min(job.stop_frame, size - 1), closed)
        given = self._client.one(f"/api/jobs/{job.id}/annotations/", "tags", "shapes", "tracks")
        for one in (*given["tags"], *given["shapes"], *given["tracks"]):
            held.groups = max(held.groups, one.get("group") or 0)
        for one in (*given["tags"], *given["shapes"]):
            (held.auto if one.get("source") == AUTO else held.people).add(int(one["frame"]))
        for track in given["tracks"]:
            held.people.update(range(int(track.get("frame", held.first)), held.last + 1))
        return held

    def _slot(self, task: Task, data: pulled.Data, frame: int, jobs: list[Held]) -> Slot:
        name, absolute = self._plan.input, task.start + frame * task.step
        shown = data.frames[0 if task.source else frame]
        size = (shown.width, shown.height) if shown.width and shown.height else None
        item = Item(
            b.key_of("", task, str(absolute)),
            {name: b.frame_name(task, absolute) if task.source else shown.name},
            [],
            link=f"{self._client.url}/tasks/{task.id}/jobs/{jobs[0].id}?frame={frame}",
            sizes={name: size} if size else {},
        )
        work = [job for job in jobs if not job.closed]
        waiting = {str(job.id): job for job in work if frame not in job.auto}
        return Slot(
            item,
            answered=any(frame in job.people for job in jobs),
            present=bool(work) and not waiting,
            closed="" if work else jobs[0].closed,
            ref=(frame, waiting),
            places=tuple(waiting),
        )

    def look(self, slot: Slot) -> Slot:
        """The slot as it is: all is known."""
        return slot

    def write(self, slot: Slot, outcome: Outcome, problems: Problems) -> int:
        """Add shapes and tags to each open job that shows the frame. Raises ``DataError``."""
        place, (frame, jobs) = Place(item=str(slot.item.key)), slot.ref
        body = self._writer.write(outcome, frame, place, slot.item.size(self._plan.input))
        sent = sum(map(len, body.values()))
        highest = max((one["group"] for rows in body.values() for one in rows), default=0)
        for job in slot.places if sent else ():
            path, held = f"/api/jobs/{job}/annotations/?action=create", jobs[job]
            made: Any = self._client.patch(path, {"version": 0, **apart(body, held.groups)})
            held.groups += highest
            there = sum(len(made.get(k) or ()) for k in body) if isinstance(made, dict) else "none"
            if there != sent:
                raise DataError(OTHERWISE.at(place, sent=sent, job=job, stored=there))
        return sent

    def remove(self, slot: Slot) -> int:
        """Nothing: what people made of a suggestion cannot be told from what nobody looked at."""
        del slot
        return 0
