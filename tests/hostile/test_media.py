"""What servers and files that mean ill must not do: hang a run, end it, or give an image that is none."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import photos
import pytest
from PIL import Image

from labelwright.contracts import FILE, MediaRules
from labelwright.examples import Media
from labelwright.media import web
from labelwright.media.room import open_room
from labelwright.media.sources import Fault
from labelwright.problems import NOWHERE, Problem, Problems, UsageError


def _slow_head(wire: socket.socket) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        wire.sendall(b"a")
        time.sleep(0.05)


def _for_ever_continued(wire: socket.socket) -> None:
    while True:
        wire.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


def _slow_body(wire: socket.socket) -> None:
    wire.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        wire.sendall(b"a")
        time.sleep(0.05)


def _said(answer: bytes) -> Callable[[socket.socket], None]:
    return lambda wire: wire.sendall(answer)


@contextlib.contextmanager
def speaking(say: Callable[[socket.socket], None]) -> Iterator[str]:
    """The address of a server that says this to whoever asks."""
    server = socket.create_server(("127.0.0.1", 0))

    def one(wire: socket.socket) -> None:
        with wire, contextlib.suppress(OSError):
            wire.recv(65536)
            say(wire)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                wire, _ = server.accept()
                threading.Thread(target=one, args=(wire,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    with server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def fault(address: str, places: list[str]) -> tuple[str, str]:
    with pytest.raises(Fault) as caught:
        web.Web(places, allow_private=True).find(address)
    problem = caught.value.kind.at(uri=address, **caught.value.what)
    return problem.code, problem.message


@pytest.mark.parametrize("say", [_slow_head, _for_ever_continued, _slow_body])
def test_a_server_that_never_comes_to_an_end_is_left(
    say: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "PATIENCE", 0.5)
    with speaking(say) as address:
        began = time.monotonic()
        assert "more than 0.5 s" in fault(f"{address}/a.png", ["http"])[1]
        assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
        b"\0\xff" * 100,
        b"",
    ],
)
def test_an_answer_that_is_none_is_one_problem(answer: bytes) -> None:
    with speaking(_said(answer)) as address:
        assert fault(f"{address}/a.png", ["http"])[0] in ("media.not-fetched", "media.address-not-allowed")


@pytest.mark.parametrize(
    "path", ["%2e%2e/b", "%2E./b", "..%2fb", "%252e%252e/b", "..;/b", "..%5cb", "x/%2e%2e/%2e%2e/b"]
)
def test_an_escaped_path_does_not_leave_the_place(path: str) -> None:
    asked = []
    with speaking(lambda wire: asked.append(wire)) as address:
        assert fault(f"{address}/a/{path}", [f"{address}/a"])[0] == "media.address-not-allowed"
    assert not asked


@pytest.mark.parametrize("missing", [1, 100, 2000])
def test_a_tiff_without_its_end_is_no_image(tmp_path: Path, missing: int) -> None:
    whole = io.BytesIO()
    Image.frombytes("RGB", (40, 30), bytes(range(256)) * 14 + bytes(16)).save(whole, "TIFF")
    (tmp_path / "a.tiff").write_bytes(whole.getvalue()[:-missing])
    room = open_room([str(tmp_path)], MediaRules(FILE, ("image/tiff",)), folder=tmp_path / "out")
    found = room.prepare(Media("a.tiff"), None, NOWHERE, Problems())
    assert isinstance(found, Problem) and found.code == "media.truncated"


def taken(folder: Path, *uris: str) -> list[dict[str, int]]:
    """What is said of each address in turn, of one room over a folder."""
    room, found = open_room([str(folder)], MediaRules()), []
    for uri in uris:
        problems = Problems()
        assert not isinstance(room.prepare(Media(uri), None, NOWHERE, problems), Problem)
        found.append(dict(problems.counts))
    return found


def test_another_folders_image_is_not_taken_unsaid(tmp_path: Path) -> None:
    photos.put(tmp_path / "cam1", a_png=photos.png())
    said = taken(tmp_path, "cam1/a.png", "cam2/a.png", "a.png", "https://host/x/cam1/a.png", "x/cam1/a.png")
    assert "media.found-elsewhere" in said[1]
    assert not any("media.found-elsewhere" in one for one in (said[0], *said[2:]))


def test_two_uploads_of_one_name_are_not_one_file_unsaid(tmp_path: Path) -> None:
    photos.put(tmp_path, a_png=photos.png())
    said = taken(tmp_path, *(f"/data/upload/1/{prefix}-a.png" for prefix in ("0123abcd", "89abcdef")))
    assert said == [{}, {"media.one-file-for-two": 1}]


def test_a_jpeg_of_12_bits_that_cannot_be_decoded_is_no_image(tmp_path: Path) -> None:
    whole = photos.jpeg()
    at = whole.index(b"\xff\xc0") + 4
    (tmp_path / "a.jpg").write_bytes(whole[:at] + b"\x0c" + whole[at + 1 :])
    found = open_room([str(tmp_path)], MediaRules()).prepare(Media("a.jpg"), None, NOWHERE, Problems())
    assert isinstance(found, Problem) and found.code == "media.truncated"


@pytest.mark.parametrize(
    "uri",
    [
        "https://user:hunter2@host.example/a.png",
        "https://host.example/a.png?X-Amz-Signature=hunter2&x=1",
        "https://host.example/a.png?x=1&token=hunter2",
        "s3://key:hunter2@bucket/a.png",
    ],
)
def test_no_secret_of_an_address_is_told(tmp_path: Path, uri: str) -> None:
    found = open_room([str(tmp_path)], MediaRules()).prepare(Media(uri), None, NOWHERE, Problems())
    assert isinstance(found, Problem) and "hunter2" not in found.message and "a.png" in found.message


def test_no_name_of_a_folder_is_no_folder() -> None:
    with pytest.raises(UsageError, match="no folder"):
        open_room([""], MediaRules())
