"""Reads a folder pulled from CVAT: every job's annotations by the frames and people they belong to.

Replicas and ground truth jobs are seen with the frames that they share with other jobs; a copy of a frame
that was hidden in a job to check on people counts as the real one. One task is held at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from labelwright.contracts import Source, Template
from labelwright.io.surrogates import HALF, cleaned, decode
from labelwright.problems import DataError, Place, Problems
from labelwright.records import Item
from labelwright_plugins.cvat import problems as p
from labelwright_plugins.cvat.project import Label, Project, Task, labels_from_api, step_of

FORMAT = "labelwright-cvat-1"
FOLDER = "cvat.json"
REFERENCE, REPLICA = "ground_truth", "consensus_replica"


class Person(Struct):
    """Who a job was given to. Nothing but number and name is ever read."""

    id: int | None = None
    username: str = ""


class Job(Struct):
    """A job as the API has it; frames are the task's own numbers."""

    id: int
    start_frame: int
    stop_frame: int
    type: str = "annotation"
    parent_job_id: int | None = None
    assignee: Person | None = None
    stage: str = "annotation"
    state: str = "new"
    updated_date: str = ""

    @property
    def finished(self) -> bool:
        """Whether its empty frames were looked at."""
        return self.state == "completed" or self.stage != "annotation"

    @property
    def accepted(self) -> bool:
        """Whether its work stands: it is finished, and nobody has sent it back since."""
        return self.finished and self.state != "rejected"


class Picture(Struct):
    """One image of a task, or its film."""

    name: str = ""
    width: int = 0
    height: int = 0


class Data(Struct):
    """What a task shows."""

    size: int = 0
    start_frame: int = 0
    frame_filter: str | None = ""
    frames: list[Picture] = []
    deleted_frames: list[int] = []


class Layout(Struct):
    """Which frames are compared with ground truth."""

    mode: str = ""
    validation_frames: list[int] = []
    disabled_frames: list[int] = []
    honeypot_frames: list[int] = []
    honeypot_real_frames: list[int] = []


class RawTask(Struct):
    """A task as the API has it."""

    id: int
    name: str = ""
    project_id: int | None = None
    mode: str | None = ""
    subset: str | None = ""
    dimension: str = "2d"
    validation_mode: str | None = None


class Loaded(Struct):
    """Everything about one task but its annotations. ``finished_only``: other jobs' work does not count."""

    task: Task
    data: Data
    jobs: list[Job]
    layout: Layout
    folder: Path
    dimension: str = "2d"
    finished_only: bool = False

    def size_of(self, frame: int) -> tuple[int, int] | None:
        """Width and height of a frame; None if nothing says."""
        frames = self.data.frames
        film = len(frames) == 1 and self.data.size != 1
        if not film and not 0 <= frame < len(frames):
            return None
        picture = frames[0 if film else frame]
        return (picture.width, picture.height) if picture.width and picture.height else None


def header(folder: Path, source: str) -> dict[str, Any]:
    """What ``cvat.json`` says. Raises ``DataError`` for a folder of another form."""
    found: dict[str, Any] = _load(folder / FOLDER, dict[str, Any], source)
    if found.get("format") != FORMAT:
        what = {"found": str(found.get("format")), "known": FORMAT}
        raise DataError(p.FOLDER_VERSION.at(Place(source=source), **what))
    return found


def labels_of(folder: Path, source: str, problems: Problems | None = None) -> list[Label]:
    """The labels of the project or task."""
    given = _load(folder / "labels.json", Any, source, problems)
    if isinstance(given, dict):
        given = given.get("results") or []
    return labels_from_api([x for x in given if isinstance(x, dict)])


def task_folders(folder: Path) -> list[Path]:
    """The folders of the tasks, in the order of their numbers."""
    found = [f for f in (folder / "tasks").glob("*") if (f / "task.json").is_file()]
    return sorted(found, key=lambda f: (len(f.name), f.name))


def project_of(folder: Path, source: str) -> Project:
    """Labels and tasks of a pulled folder."""
    header(folder, source)
    loaded = [load_task(f, "", source).task for f in task_folders(folder)]
    return Project("", labels_of(folder, source), {t.id: t for t in loaded})


def load_task(folder: Path, server: str, source: str, problems: Problems | None = None) -> Loaded:
    """A task, its frames and jobs. Raises ``DataError``."""
    raw = _load(folder / "task.json", RawTask, source, problems)
    data = _load(folder / "data_meta.json", Data, source, problems)
    jobs = sorted(_load(folder / "jobs.json", list[Job], source, problems), key=lambda j: j.id)
    layout = Layout()
    if (folder / "validation_layout.json").is_file():
        layout = _load(folder / "validation_layout.json", Layout, source)
    film = raw.mode == "interpolation" and len(data.frames) == 1
    segments = [(str(j.id), j.start_frame, j.stop_frame) for j in jobs if j.type == "annotation"]
    size = data.frames[0] if data.frames else Picture()
    task = Task(
        str(raw.id),
        "" if raw.project_id is None else str(raw.project_id),
        raw.name,
        data.size,
        raw.mode or "",
        data.start_frame,
        step_of(data.frame_filter or ""),
        raw.subset or "",
        sorted(segments, key=lambda s: (s[1], s[2])),
        "",
        size.name if film else "",
        size.width if film else 0,
        size.height if film else 0,
        "",
        server,
    )
    return Loaded(task, data, jobs, layout, folder, raw.dimension)


def _load(path: Path, kind: Any, source: str, problems: Problems | None = None) -> Any:
    """A JSON file of the folder as ``kind``; ``problems`` takes what was mended. Raises ``DataError``."""
    name = f"{path.parent.name}/{path.name}"
    try:
        content = path.read_bytes()
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.DecodeError:
            clean, halves = cleaned(decode(content))
        if problems is not None:
            problems.extend(HALF.at(Place(source=source, path=f"{name}: {path}")) for path in halves)
        return msgspec.convert(clean, kind)
    except OSError as error:
        reason = error.strerror or str(error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = str(error)
    raise DataError(p.FILE_BROKEN.at(Place(source=source), name=name, reason=reason))


def read(source: Source, template: Template, problems: Problems) -> Iterator[Item]:
    """The items of a pulled folder, by task and frame."""
    from labelwright_plugins.cvat.gathering import Gathering
    from labelwright_plugins.cvat.plan import Plan

    folder, name = Path(source.path), source.name or source.path
    server = source.server or str(header(folder, name).get("url") or "").rstrip("/")
    labels = labels_of(folder, name, problems)
    plan = Plan(template, labels, problems)
    folders = task_folders(folder)
    finished_only = header(folder, name).get("finished_only") is True
    if not folders:
        raise DataError(p.NO_ANNOTATIONS.at(Place(source=name), name="tasks"))
    for one in folders:
        loaded = load_task(one, server, name, problems)
        if loaded.dimension != "2d":
            place = Place(source=name, item=f"task {loaded.task.id}")
            problems.add(p.NOT_FLAT.at(place, dimension=loaded.dimension))
            continue
        loaded.finished_only = finished_only
        yield from Gathering(loaded, plan, labels, problems, name).items()
