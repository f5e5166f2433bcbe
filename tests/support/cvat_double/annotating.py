"""What cvat-cli asks for when it annotates a task: its pictures in one file, and its answers put back."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

from cvat_double.state import LISTS, Refused, Row, State

if TYPE_CHECKING:
    from cvat_double.server import Request

Answer = tuple[int, Any]


def chunk(r: Request) -> Answer:
    """The pictures of an export as a chunk: by number of the frame, not compressed."""
    meta = r.state.metas[r.one(r.state.tasks)["id"]]
    wanted = (r.query.get("type"), r.query.get("quality"), r.query.get("number"))
    if wanted != ("chunk", "original", "0") or meta["size"] > meta["chunk_size"]:
        raise Refused(400, ["never recorded"])
    with zipfile.ZipFile(io.BytesIO(r.state.archives[r.id])) as archive:
        names = {name.rpartition("/")[2]: name for name in archive.namelist()}
        pictures = [archive.read(names[frame["name"]]) for frame in meta["frames"]]
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number, data in enumerate(pictures):
            archive.writestr(zipfile.ZipInfo(f"{number:06d}.jpg"), data)
    return 200, made.getvalue()


def replace(r: Request) -> Answer:
    """PUT of a task's annotations: each to the job that has its frame."""
    made: Row = {"version": 0, **{kind: [] for kind in LISTS}}
    for job, body in _by_job(r.state, r.id, r.body).items():
        _add(made, r.state.replace(job, body))
    return 200, made


def create(r: Request) -> Answer:
    """PATCH of a task's annotations with action=create."""
    if r.query.get("action") != "create":
        raise Refused(400, ["never recorded"])
    made: Row = {"version": 0, **{kind: [] for kind in LISTS}}
    for job, body in _by_job(r.state, r.id, r.body).items():
        _add(made, r.state.create(job, body))
    return 200, made


def _by_job(state: State, task: int, body: Row) -> dict[int, Row]:
    jobs = [j for j in state.jobs.values() if j["task_id"] == task and j["type"] == "annotation"]
    found: dict[int, Row] = {job["id"]: {kind: [] for kind in LISTS} for job in jobs}
    for kind in LISTS:
        for row in body.get(kind, []):
            owner = next(j for j in jobs if j["start_frame"] <= row["frame"] <= j["stop_frame"])
            found[owner["id"]][kind].append(row)
    return found


def _add(made: Row, part: Row) -> None:
    for kind in LISTS:
        made[kind].extend(part[kind])


ROUTES = [
    ("GET", r"/api/tasks/(\d+)/data/?", chunk),
    ("PUT", r"/api/tasks/(\d+)/annotations/?", replace),
    ("PATCH", r"/api/tasks/(\d+)/annotations/?", create),
]
