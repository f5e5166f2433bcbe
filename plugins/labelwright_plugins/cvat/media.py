"""Fetches a task's images: the server's own export with images, which keeps their names and bytes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from labelwright.io.archive import Archive
from labelwright.io.atomic import writing
from labelwright.problems import DataError, Place, Problem, ProblemType, Severity
from labelwright_plugins.cvat import errors
from labelwright_plugins.cvat.client import Client
from labelwright_plugins.cvat.cursor import Media
from labelwright_plugins.cvat.folder import Staged, data_folder
from labelwright_plugins.cvat.transport import having

MISSING = ProblemType(
    "cvat.media-missing",
    "An export with images lacks some",
    "the images of {count} frames are not in the export, such as {name!r}",
    "Look for them in CVAT: files of a cloud or shared storage may be gone. Pull again with --media.",
    Severity.WARNING,
)
FORMAT = "CVAT for images 1.1"
IMAGES = "images/"
GIGABYTE = 10**9
MOST = 20 * GIGABYTE  # bytes of one task
WAIT, LONGEST_WAIT = 0.2, 5.0  # seconds between two looks at an export: the first, and at most
PATIENCE = 3600.0  # seconds for the server to prepare one task
FINISHED, FAILED = "finished", "failed"


def fetch(client: Client, staged: Staged, task: int, most: int) -> dict[str, int]:
    """Stage all images of a task; return their sizes by name below the task's data folder.

    Raises ``DataError`` if the server cannot export them or they have more than ``most`` bytes, packed
    or unpacked.
    """
    result = _export(client, task)
    archive = staged.temporary(f"{task}.zip")
    with writing(archive), archive.open("wb+") as file:
        fits = client.download(result, file, most)
    if not fits:
        raise DataError(_too_large(task, most))
    found: dict[str, int] = {}
    with Archive(str(archive), f"export of task {task}") as opened:
        for name in opened.names():
            if name.startswith(IMAGES):
                most -= (size := _unpack(opened, name, staged, task, most))
                found[name.removeprefix(IMAGES)] = size
    archive.unlink()
    return found


def _unpack(opened: Archive, name: str, staged: Staged, task: int, most: int) -> int:
    target = staged.place(f"{data_folder(task)}/{name.removeprefix(IMAGES)}")
    size = 0
    with writing(target), target.open("wb") as file:
        for chunk in opened.chunks(name):
            size += len(chunk)
            if size > most:
                raise DataError(_too_large(task, most))
            file.write(chunk)
    return size


def _export(client: Client, task: int) -> str:
    """Have the images exported; the path of the result. An export that is there already comes at once."""
    path = f"/api/tasks/{task}/dataset/export"
    started = having(f"{client.url}{path}", client.post(path, format=FORMAT, save_images="true"), "rq_id")
    wait, waited = WAIT, 0.0
    while True:
        found = client.one(f"/api/requests/{quote(str(started['rq_id']), safe='')}", "status")
        # Only the status tells: the dates may be missing although an export is finished.
        if found.get("status") == FINISHED:
            break
        if found.get("status") == FAILED:
            detail = " ".join(str(found.get("message") or "no reason given").split())[-300:]
            raise DataError(errors.EXPORT_FAILED.at(url=client.url, task=task, detail=detail))
        if waited >= PATIENCE:
            raise DataError(errors.EXPORT_LATE.at(url=client.url, task=task, seconds=PATIENCE))
        time.sleep(wait)
        waited += wait
        wait = min(wait * 1.5, LONGEST_WAIT)
    if not found.get("result_url"):
        detail = "the result lies in a cloud storage, not on the server"
        raise DataError(errors.EXPORT_FAILED.at(url=client.url, task=task, detail=detail))
    # The server repeats whatever host it was asked by; the log-in goes to the one it belongs to.
    parts = urlsplit(str(found["result_url"]))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _too_large(task: int, most: int) -> Problem:
    return errors.MEDIA_TOO_LARGE.at(task=task, limit=most / GIGABYTE)


def there(staged: Staged, task: int, media: Media) -> bool:
    """Whether all images of the last pull still lie in the folder, by name and size."""
    return all(staged.size(f"{data_folder(task)}/{name}") == size for name, size in media.files.items())


def names(media: Mapping[int, Media]) -> set[str]:
    """The names of all images, from the pulled folder's root."""
    return {f"{data_folder(task)}/{name}" for task, one in media.items() for name in one.files}


def missing(task: int, meta: Mapping[str, Any], found: Mapping[str, int]) -> Iterator[Problem]:
    """Frames that the server tells of and the export lacks; deleted frames are never in it."""
    deleted = set(meta.get("deleted_frames") or ())
    frames = meta.get("frames") or []
    if len(frames) == 1 and int(meta.get("size") or 0) > 1:  # a video, whose frames have made-up names
        lost = [str(frames[0].get("name"))] * (int(meta["size"]) - len(deleted) - len(found))
    else:
        shown = [str(frame["name"]) for number, frame in enumerate(frames) if number not in deleted]
        lost = [name for name in shown if name not in found]
    if lost:
        yield MISSING.at(Place(source=f"task {task}"), count=len(lost), name=lost[0])
