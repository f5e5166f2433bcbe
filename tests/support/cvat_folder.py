"""Builds folders as a pull from CVAT leaves them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORDINGS = Path(__file__).parent.parent / "cvat" / "recordings"
API = RECORDINGS / "api"
CONSENSUS = RECORDINGS / "consensus"
SERVER = "http://127.0.0.1:8091"


def load(path: Path) -> Any:
    """A recorded JSON file."""
    return json.loads(path.read_text("utf-8"))


def rectangle(number: int, frame: int, label: int = 1, **more: Any) -> dict[str, Any]:
    """A box as the API has it."""
    plain: dict[str, Any] = {
        "id": number, "label_id": label, "type": "rectangle", "frame": frame, "group": 0,
        "source": "manual", "score": 1.0, "occluded": False, "outside": False, "z_order": 0,
        "rotation": 0.0, "points": [10.0, 10.0, 50.0, 40.0], "attributes": [], "elements": [],
    }  # fmt: skip
    return plain | more


def job(number: int, start: int, stop: int, user: int | None = None, **more: Any) -> dict[str, Any]:
    """A job as the API has it, with no more of its assignee than a pull keeps."""
    plain: dict[str, Any] = {
        "id": number, "type": "annotation", "parent_job_id": None, "start_frame": start,
        "stop_frame": stop, "stage": "annotation", "state": "completed",
        "updated_date": "2026-03-01T00:00:00Z",
        "assignee": None if user is None else {"id": user, "username": f"user{user}"},
    }  # fmt: skip
    return plain | more


def labeled(*shapes: dict[str, Any], tags: Any = (), tracks: Any = ()) -> dict[str, Any]:
    """The annotations of a job."""
    return {"version": 0, "tags": list(tags), "shapes": list(shapes), "tracks": list(tracks)}


def images(count: int, **more: Any) -> dict[str, Any]:
    """The data of a task of images."""
    frames = [{"name": f"img_{n:03d}.jpg", "width": 160, "height": 120} for n in range(count)]
    plain: dict[str, Any] = {
        "size": count, "start_frame": 0, "stop_frame": count - 1, "frame_filter": "",
        "frames": frames, "deleted_frames": [],
    }  # fmt: skip
    return plain | more


def film(count: int, **more: Any) -> dict[str, Any]:
    """The data of a task of a film."""
    return images(count) | {"frames": [{"name": "vid.mp4", "width": 160, "height": 120}]} | more


def label(number: int, name: str, kind: str = "rectangle", **more: Any) -> dict[str, Any]:
    """A label as the API has it."""
    return {"id": number, "name": name, "type": kind, "attributes": [], "sublabels": []} | more


def write_folder(
    folder: Path,
    labels: list[dict[str, Any]],
    tasks: dict[int, tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]], dict[int, Any]]],
    layouts: dict[int, Any] | None = None,
) -> Path:
    """A pulled folder; each task is (task, data, jobs, annotations by job)."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {
        "format": "labelwright-cvat-1", "url": SERVER, "organization": "", "server_version": "2.64.0",
        "kind": "project", "id": 1, "name": "p",
    }  # fmt: skip
    _write(folder / "cvat.json", about)
    _write(folder / "labels.json", labels)
    for number, (task, data, jobs, held) in tasks.items():
        place = folder / "tasks" / str(number)
        (place / "annotations").mkdir(parents=True, exist_ok=True)
        _write(place / "task.json", {"id": number, "name": "t", "project_id": 1, "mode": "annotation"} | task)
        _write(place / "data_meta.json", data)
        _write(place / "jobs.json", jobs)
        if layouts and number in layouts:
            _write(place / "validation_layout.json", layouts[number])
        for name, given in held.items():
            _write(place / "annotations" / f"job_{name}.json", given)
    return folder


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
