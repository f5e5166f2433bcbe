"""Puts the files that items name onto the server, so that its pages can show and play them.

The server takes a file into a project only while the project's page shows a single thing. Replacing an
uploaded file has no such rule, so that each file comes as the replacement of a small placeholder.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from labelwright.contracts import Template
from labelwright.io.wav import wav_seconds
from labelwright.problems import DataError, Place, ProblemType
from labelwright_plugins.label_studio.client import Client

UNREADABLE = ProblemType(
    "label-studio.media-unreadable",
    "A file that an item names cannot be read",
    "{name!r} cannot be uploaded: {reason}",
    "Name files relative to the folder of the items file, or give addresses that the annotators can open.",
)
OUTSIDE = ProblemType(
    "label-studio.media-outside",
    "An item names a file outside the items' folder",
    "{name!r} lies outside the folder of the items file; nothing is uploaded",
    "Put the file below the items file, or give an address that the annotators can open.",
)
NOT_STORED = ProblemType(
    "label-studio.media-not-stored",
    "The server did not store a file as it was sent",
    "{name!r} has {sent} bytes, the server stored {stored}",
    "Run the same command again: files that are there already are not sent twice.",
)
DURATION = "duration"  # the input that a file's own length fills in
SHOWN = frozenset(("audio", "image", "video"))
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")  # https:, s3:, data:
_SERVED = ("/data/", "/static/")  # addresses on the server itself
_UPLOADED = re.compile(r"(/data/upload/\d+/[0-9a-f]{8}-([0-9a-f]{16}-[\w.-]+))")
_ODD = re.compile(r"[^A-Za-z0-9.-]+")
_LONGEST = 48  # characters of a name; the server keeps 100 of the whole path


class Media(Struct, frozen=True):
    """A local file: where it is, and the name it has on the server, which its content decides."""

    path: Path
    name: str


def named_files(task: Mapping[str, Any], template: Template) -> Iterator[tuple[str, str]]:
    """(input, value) of what an item shows from a local file."""
    for name, shown in template.inputs.items():
        value = task["data"].get(name)
        if shown.type in SHOWN and isinstance(value, str) and value and not _is_address(value):
            yield name, value


def _is_address(value: str) -> bool:
    return _ADDRESS.match(value) is not None or value.startswith(_SERVED)


def path_of(value: str, folder: Path, place: Place) -> Path:
    """The file that an item names. Raises ``DataError`` if it is not below ``folder`` or unusable."""
    try:
        path, root = (folder / value).resolve(), folder.resolve()
        inside = path.is_relative_to(root)
        reason = "" if path.is_file() else "it is no file" if path.exists() else "there is no such file"
        reason = reason or ("" if path.stat().st_size else "it is empty")
    except (OSError, ValueError) as error:
        raise DataError(UNREADABLE.at(place, name=value, reason=error)) from None
    if not inside:
        raise DataError(OUTSIDE.at(place, name=value))
    if reason:
        raise DataError(UNREADABLE.at(place, name=value, reason=reason))
    return path


def _safe(name: str) -> str:
    """A name that the server and addresses leave as it is; its end, which tells the type, is kept."""
    return _ODD.sub("-", name)[-_LONGEST:].lstrip(".-") or "file"


def find_media(tasks: Iterable[Mapping[str, Any]], template: Template, folder: Path) -> dict[str, Media]:
    """Every local file that items name, by the words that name it. Raises ``DataError`` as ``path_of``."""
    words = {value for task in tasks for _, value in named_files(task, template)}
    found = {}
    for value in sorted(words):
        path = path_of(value, folder, Place())
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(UNREADABLE.at(Place(), name=value, reason=error.strerror)) from None
        found[value] = Media(path, f"{content[:16]}-{_safe(path.name)}")
    return found


def upload_media(
    client: Client, project: int, media: Mapping[str, Media], rows: Iterable[Mapping[str, Any]]
) -> tuple[dict[str, str], int]:
    """Upload what the project does not have; return address by words, and how many were sent.

    ``rows`` are the tasks that are there: another person's uploads are seen only in them.
    """
    if not media:
        return {}, 0
    there = _known(client, project, rows)
    sent = 0
    for one in media.values():
        if one.name not in there:
            there[one.name] = _upload(client, project, one)
            sent += 1
    return {words: there[one.name] for words, one in media.items()}, sent


def _known(client: Client, project: int, rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Address by name of every file of the project."""
    listed = client.get(f"/api/projects/{project}/file-uploads", all="true")
    addresses = [f"/data/{row['file']}" for row in listed]
    addresses += [v for row in rows for v in row["data"].values() if isinstance(v, str)]
    found = (_UPLOADED.fullmatch(address) for address in addresses)
    return {match[2]: match[1] for match in found if match}


def _upload(client: Client, project: int, media: Media) -> str:
    content = media.path.read_bytes()
    place = f"/api/projects/{project}/import?commit_to_project=false"
    made = client.upload("POST", place, "placeholder.json", b'[{"placeholder": ""}]')
    (number,) = made["file_upload_ids"]
    stored = client.upload("PATCH", f"/api/import/file-upload/{number}", media.name, content)
    if stored.get("size") not in (None, len(content)):
        raise DataError(NOT_STORED.at(name=media.path.name, sent=len(content), stored=stored["size"]))
    return f"/data/{stored['file']}"


def with_addresses(
    tasks: Sequence[dict[str, Any]], template: Template, addresses: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The tasks with the server's addresses in the place of local names."""
    found = []
    for task in tasks:
        changed = {name: addresses[value] for name, value in named_files(task, template)}
        found.append({**task, "data": {**task["data"], **changed}})
    return found


def durations_of(
    tasks: Sequence[dict[str, Any]], template: Template, media: Mapping[str, Media]
) -> list[float | None]:
    """Seconds of each task's WAV file, in whole milliseconds, where its data lack the ``duration`` asked.

    None where the template has no input of that name, the data have one, or no file tells.
    """
    heard = [name for name, shown in template.inputs.items() if shown.type == "audio"]
    if DURATION not in template.inputs or len(heard) != 1:
        return [None] * len(tasks)
    found: list[float | None] = []
    for task in tasks:
        files = dict(named_files(task, template)) if DURATION not in task["data"] else {}
        seconds = wav_seconds(media[files[heard[0]]].path) if heard[0] in files else None
        found.append(round(seconds, 3) or None if seconds is not None else None)
    return found
