"""Pulls a project, a task or a job into a folder, asking only for what moved since the last pull.

Annotations are read job by job, since a task's own answer leaves out replicas and ground truth, and
nothing else says who drew what. The lists of tasks and jobs, the frames and the labels are read every
time: they are small, and only they say what came, went or moved.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from labelwright.io import surrogates
from labelwright.problems import Problem
from labelwright_plugins.cvat import cursor as state
from labelwright_plugins.cvat import errors, media, targets
from labelwright_plugins.cvat import folder as f
from labelwright_plugins.cvat.client import OLDEST, Client

NO_FRAMES = {"size": 0, "start_frame": 0, "frame_filter": "", "frames": [], "deleted_frames": []}

Progress = Callable[[int], None]


class PullResult(msgspec.Struct, frozen=True):
    """What a pull found. ``changed`` is false when the folder held everything already.

    ``export`` is the folder. ``replicas`` and ``ground_truth`` are among the ``jobs``; ``annotations``
    counts tags, shapes and tracks. ``problems`` are what was pulled but may not be complete.
    """

    kind: str
    id: int
    name: str
    url: str
    export: str
    server_version: str
    tasks: int
    jobs: int
    replicas: int
    ground_truth: int
    annotations: int
    fetched: int  # jobs whose annotations were asked for
    reused: int
    deleted: int  # jobs of the last pull that are not in this one
    images: int  # files fetched
    changed: bool
    problems: tuple[Problem, ...] = ()


def pull(
    client: Client,
    what: str,
    folder: Path,
    images: bool = False,
    max_bytes: int = media.MOST,
    progress: Progress | None = None,
    finished_only: bool = False,
) -> PullResult:
    """Bring ``folder`` to the state of a project, task or job (see ``targets.resolve``).

    Writes all files or none. ``images`` fetches the image files too, at most ``max_bytes`` of a task.
    ``progress`` is told how many jobs are done. ``finished_only``: whoever reads the folder is to set the
    work of jobs aside that are not finished. Raises ``DataError`` when the server cannot be used or a
    file not be written.
    """
    target = targets.resolve(client, what)
    with f.Staged(folder) as staged:
        cursor = staged.read(f.CURSOR) or staged.read(f.OLD_CURSOR)
        old = state.load(cursor, client.url, target.kind, target.id)
        run = _Pull(client, target, staged, old, progress)
        run.objects(finished_only)
        for task in target.tasks:
            run.task(task, max_bytes if images else 0)
        return run.finish(folder)


class _Pull:
    """One pull: what it has seen so far."""

    def __init__(
        self,
        client: Client,
        target: targets.Target,
        staged: f.Staged,
        old: state.Cursor,
        progress: Progress | None,
    ) -> None:
        self._client, self._target, self._staged = client, target, staged
        self._old, self._progress = old, progress
        self._new = state.Cursor(client.url, target.kind, target.id)
        self._files: set[str] = set()
        self._version = client.about()
        self._kinds: dict[str, int] = {}
        self._annotations = self._fetched = self._images = 0
        self._problems: list[Problem] = []
        numbers = [int(n) for n in self._version.split(".")[:2] if n.isdecimal()]
        if tuple(numbers) < OLDEST:
            known = ".".join(map(str, OLDEST))
            self._problems.append(errors.SERVER_OLD.at(url=client.url, version=self._version, known=known))

    def objects(self, finished_only: bool) -> None:
        """Write what is said of the whole."""
        target = self._target
        about = {
            "format": f.FORMAT,
            "url": self._client.url,
            "organization": self._client.organization,
            "server_version": self._version,
            "kind": target.kind,
            "id": target.id,
            "name": target.name,
            **({"finished_only": True} if finished_only else {}),
        }
        self._put(f.ABOUT, f.encode(about))
        if target.project is not None:
            self._put(f.PROJECT, f.encode(f.anonymous(target.project)))
        labels = f.encode(
            f.anonymous(self._client.pages("/api/labels", "name", **{f"{target.kind}_id": target.id}))
        )
        self._put(f.LABELS, labels)
        self._new.labels = f.digest(labels)

    def task(self, task: dict[str, Any], max_bytes: int) -> None:
        """Write one task with its jobs; its images too where ``max_bytes`` allows any."""
        number = int(task["id"])
        self._put(f.task_file(number, "task"), f.encode(f.anonymous(task)))
        if not task.get("size"):  # no frames were uploaded yet: the server has no more to say
            self._put(f.task_file(number, "data_meta"), f.encode(NO_FRAMES, 0))
            self._put(f.task_file(number, "jobs"), f.encode([]))
            return
        meta = self._client.one(f"/api/tasks/{number}/data/meta", "size")
        self._put(f.task_file(number, "data_meta"), f.encode(meta, 0))
        layout = self._client.find(f"/api/tasks/{number}/validation_layout")
        if isinstance(layout, dict) and layout.get("mode"):
            self._put(f.task_file(number, "validation_layout"), f.encode(layout, 0))
        jobs = [job for job in self._client.pages("/api/jobs", task_id=number) if self._wanted(job)]
        listed = self._client.server_time
        self._put(f.task_file(number, "jobs"), f.encode(f.anonymous(jobs)))
        for job in jobs:
            self._job(number, job, state.updated(job, listed))
        self._media(number, meta, max_bytes)

    def _wanted(self, job: dict[str, Any]) -> bool:
        """Of a single job, its replicas belong to it: they are its annotators."""
        one = self._target.job
        return not one or job["id"] == one or job.get("parent_job_id") == one

    def _job(self, task: int, job: dict[str, Any], updated: str) -> None:
        number, name = int(job["id"]), f.annotations_file(task, int(job["id"]))
        data = self._known(number, name, updated)
        if data is None:
            found = self._client.one(f"/api/jobs/{number}/annotations/", "tags", "shapes", "tracks")
            data = f.encode(f.anonymous(f.ordered(found)), 0)
            self._fetched += 1
        self._put(name, data)
        self._new.jobs[number] = state.Seen(updated, f.digest(data))
        counted = surrogates.typed(data, _Counted)
        self._annotations += len(counted.tags) + len(counted.shapes) + len(counted.tracks)
        self._kinds[str(job.get("type"))] = self._kinds.get(str(job.get("type")), 0) + 1
        if self._progress is not None:
            self._progress(len(self._new.jobs))

    def _known(self, number: int, name: str, updated: str) -> bytes | None:
        """The file of the last pull, if neither the job nor the file nor the labels have moved."""
        seen = self._old.jobs.get(number)
        if seen is None or not updated or seen.updated != updated or self._old.labels != self._new.labels:
            return None
        data = self._staged.read(name)
        return data if data is not None and f.digest(data) == seen.content else None

    def _media(self, task: int, meta: dict[str, Any], max_bytes: int) -> None:
        before = self._old.media.get(task)
        if not max_bytes:
            if before is not None and before.fingerprint:
                self._new.media[task] = before  # fetched earlier, and not asked to go
            return
        print_ = f.digest(f.encode(meta, 0))
        if before is not None and before.fingerprint == print_ and media.there(self._staged, task, before):
            self._new.media[task] = before
            return
        found = media.fetch(self._client, self._staged, task, max_bytes)
        self._new.media[task] = state.Media(print_, found)
        self._images += len(found)
        self._problems.extend(media.missing(task, meta, found))

    def finish(self, folder: Path) -> PullResult:
        """Let everything take effect."""
        self._new.files = sorted(self._files)
        written = self._files | media.names(self._new.media)
        gone = sorted((set(self._old.files) | media.names(self._old.media)) - written)
        changed = bool(self._staged.changed) or bool(gone)
        self._staged.put(f.CURSOR, msgspec.json.encode(self._new) + b"\n")
        self._staged.commit([*gone, f.OLD_CURSOR])
        target = self._target
        return PullResult(
            kind=target.kind,
            id=target.id,
            name=surrogates.cleaned(target.name)[0],
            url=f"{self._client.url}/{target.kind}s/{target.id}",
            export=str(folder),
            server_version=self._version,
            tasks=len(target.tasks),
            jobs=len(self._new.jobs),
            replicas=self._kinds.get("consensus_replica", 0),
            ground_truth=self._kinds.get("ground_truth", 0),
            annotations=self._annotations,
            fetched=self._fetched,
            reused=len(self._new.jobs) - self._fetched,
            deleted=len(self._old.jobs.keys() - self._new.jobs.keys()),
            images=self._images,
            changed=changed,
            problems=tuple(self._problems),
        )

    def _put(self, name: str, data: bytes) -> None:
        self._files.add(name)
        self._staged.put(name, data)


class _Counted(msgspec.Struct):
    tags: list[Any] = []
    shapes: list[Any] = []
    tracks: list[Any] = []
