"""Files that items name: found beside the items, uploaded once, and put into the tasks as addresses."""

from __future__ import annotations

import json
import re
import wave
from pathlib import Path
from typing import Any

import pytest

from labelwright.contracts import Input, Template
from labelwright.problems import DataError, Place
from labelwright_plugins.label_studio.items import read_items
from labelwright_plugins.label_studio.media import (
    durations_of,
    find_media,
    named_files,
    path_of,
    upload_media,
    with_addresses,
)

TEMPLATE = Template("t", inputs={"audio": Input("audio"), "note": Input("text")})


class Server:
    """Stands for a project's part of the server, as the real one answers."""

    def __init__(self) -> None:
        self.files: dict[int, str] = {}
        self.stored: dict[str, bytes] = {}
        self.sizes_lie = False
        self.shows_uploads = True

    def get(self, path: str, **query: Any) -> Any:
        assert (path, query) == ("/api/projects/3/file-uploads", {"all": "true"})
        return [{"id": n, "file": f} for n, f in self.files.items()] if self.shows_uploads else []

    def upload(self, method: str, path: str, name: str, content: bytes) -> Any:
        if method == "POST":
            # Only a list of tasks is taken where the page shows several things.
            assert path == "/api/projects/3/import?commit_to_project=false"
            assert name.endswith(".json") and json.loads(content)
            number = len(self.files) + 1
            self.files[number] = f"upload/3/{number:08x}-{name}"
            return {"file_upload_ids": [number]}
        number = int(path.removeprefix("/api/import/file-upload/"))
        self.files[number] = f"upload/3/{number + 100:08x}-{name}"
        self.stored[self.files[number]] = content
        size = len(content) - (1 if self.sizes_lie else 0)
        return {"id": number, "file": self.files[number], "size": size}


def items(folder: Path, *values: str) -> Path:
    path = folder / "items.jsonl"
    path.write_text("".join(json.dumps({"audio": v, "note": "x"}) + "\n" for v in values))
    return path


def sound(folder: Path, name: str, content: bytes = b"RIFF") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return name


def install(path: Path, server: Server, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """What an install does with the items' files."""
    tasks = read_items(path, TEMPLATE)
    media = find_media(tasks, TEMPLATE, path.parent)
    addresses, sent = upload_media(server, 3, media, rows)  # type: ignore[arg-type]
    return with_addresses(tasks, TEMPLATE, addresses), sent


def test_files_are_uploaded_once_and_become_addresses(tmp_path: Path) -> None:
    server = Server()
    sound(tmp_path, "media/a é.wav")
    sound(tmp_path, "media/b.wav", b"other")
    path = items(tmp_path, "media/a é.wav", "media/b.wav", "./media/a é.wav")
    tasks, sent = install(path, server, [])
    assert sent == 2 and sorted(server.stored.values()) == [b"RIFF", b"other"]
    found = [task["data"]["audio"] for task in tasks]
    assert re.fullmatch(r"/data/upload/3/[0-9a-f]{8}-[0-9a-f]{16}-a-.wav", found[0])
    assert found[1].endswith("-b.wav") and found[2] == found[0]
    assert all(task["data"]["note"] == "x" for task in tasks)
    assert install(path, server, []) == (tasks, 0)


def test_what_another_person_uploaded_is_known_by_the_tasks(tmp_path: Path) -> None:
    server = Server()
    path = items(tmp_path, sound(tmp_path, "a.wav"))
    tasks, _ = install(path, server, [])
    server.shows_uploads = False
    assert install(path, server, [{"data": task["data"]} for task in tasks]) == (tasks, 0)


def test_a_changed_file_is_another_file(tmp_path: Path) -> None:
    server = Server()
    path = items(tmp_path, sound(tmp_path, "a.wav"))
    before, _ = install(path, server, [])
    sound(tmp_path, "a.wav", b"changed")
    after, sent = install(path, server, [{"data": task["data"]} for task in before])
    assert sent == 1 and after != before


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/a.wav",
        "s3://bucket/a.wav",
        "gs://b/a.wav",
        "data:audio/wav;base64,UklG",
        "/data/a.wav",
    ],
)
def test_addresses_are_left_alone(address: str, tmp_path: Path) -> None:
    server = Server()
    tasks, sent = install(items(tmp_path, address), server, [])
    assert (sent, server.files, tasks[0]["data"]["audio"]) == (0, {}, address)


def test_only_what_is_shown_from_a_file_names_one(tmp_path: Path) -> None:
    task = {"data": {"audio": "a.wav", "note": "b.wav", "more": "c.wav"}}
    assert list(named_files(task, TEMPLATE)) == [("audio", "a.wav")]
    assert list(named_files({"data": {"audio": 7}}, TEMPLATE)) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("missing.wav", "label-studio.media-unreadable"),
        ("media", "label-studio.media-unreadable"),
        ("media/empty.wav", "label-studio.media-unreadable"),
        ("x" * 300 + ".wav", "label-studio.media-unreadable"),
        ("a\0.wav", "label-studio.media-unreadable"),
        ("../secret.wav", "label-studio.media-outside"),
        ("media/../../secret.wav", "label-studio.media-outside"),
        ("media/link.wav", "label-studio.media-outside"),
        ("../nothing.wav", "label-studio.media-outside"),
    ],
)
def test_a_file_that_cannot_be_sent_is_told_with_its_line(name: str, code: str, tmp_path: Path) -> None:
    folder = tmp_path / "items"
    sound(folder, "media/empty.wav", b"")
    sound(folder, "good.wav")
    sound(tmp_path, "secret.wav")
    (folder / "media" / "link.wav").symlink_to(tmp_path / "secret.wav")
    with pytest.raises(DataError) as caught:
        read_items(items(folder, "good.wav", name), TEMPLATE)
    assert (caught.value.problem.code, caught.value.problem.place.line) == (code, 2)


def test_an_absolute_name_is_outside(tmp_path: Path) -> None:
    sound(tmp_path, "a.wav")
    (tmp_path / "items").mkdir()
    with pytest.raises(DataError) as caught:
        path_of(str(tmp_path / "a.wav"), tmp_path / "items", Place())
    assert caught.value.problem.code == "label-studio.media-outside"


def test_a_file_that_arrives_short_is_told(tmp_path: Path) -> None:
    server = Server()
    server.sizes_lie = True
    with pytest.raises(DataError) as caught:
        install(items(tmp_path, sound(tmp_path, "a.wav")), server, [])
    assert caught.value.problem.code == "label-studio.media-not-stored"


HEARD = Template("t", inputs={**TEMPLATE.inputs, "duration": Input("json", required=False)})


def wav(folder: Path, name: str, frames: int) -> str:
    with wave.open(str(folder / name), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * frames)
    return name


def durations(path: Path, template: Template) -> list[float | None]:
    tasks = read_items(path, template)
    return durations_of(tasks, template, find_media(tasks, template, path.parent))


def test_a_duration_that_is_asked_and_missing_is_read_from_the_wav_file(tmp_path: Path) -> None:
    wav(tmp_path, "a.wav", 10_003)
    wav(tmp_path, "empty.wav", 0)
    sound(tmp_path, "b.wav", b"no wave")
    path = items(tmp_path, "a.wav", "b.wav", "https://example.com/c.wav", "empty.wav")
    assert durations(path, HEARD) == [1.25, None, None, None]
    assert durations(path, TEMPLATE) == [None] * 4
    path.write_text('{"audio": "a.wav", "note": "x", "duration": 7}')
    assert durations(path, HEARD) == [None]  # what the data say stands


def test_an_empty_cell_of_a_duration_is_none(tmp_path: Path) -> None:
    wav(tmp_path, "a.wav", 8000)
    path = tmp_path / "items.csv"
    path.write_text("audio,note,duration\na.wav,x,\na.wav,y,2.5\n")
    assert [t["data"].get("duration") for t in read_items(path, HEARD)] == [None, 2.5]
    assert durations(path, HEARD) == [1.0, None]
