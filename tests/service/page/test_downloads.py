"""Files of a version come whole, and nothing else comes."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import socket
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from service_pages import TOKEN, add_version
from service_run import over_http
from starlette.testclient import TestClient

from labelwright.service.context import Service
from labelwright.service.page.streams import files_below, open_below, open_folder, zipped

BASE = "/projects/emails/datasets/train/versions"


@pytest.fixture
def folder(service: Service) -> Path:
    made = add_version(service, 1)
    (made / "train").mkdir()
    (made / "train" / "a b.xml").write_text("<a/>")
    (made / 'odd ü".jsonl').write_text("{}\n")
    return made


def test_every_file_comes_whole(folder: Path, program: TestClient) -> None:
    for listed in program.get("/api/v1/projects/emails/datasets/train/versions/1").json()["files"]:
        found = program.get(listed["url"])
        assert found.status_code == 200 and int(found.headers["content-length"]) == listed["size"]
        assert hashlib.sha256(found.content).hexdigest() == listed["sha256"]
        head = program.head(listed["url"])
        assert head.headers["content-length"] == str(listed["size"]) and head.content == b""
    assert program.get(f"{BASE}/1/files/train/a%20b.xml").text == "<a/>"


def test_what_a_browser_makes_of_it(folder: Path, program: TestClient) -> None:
    rows = program.get(f"{BASE}/1/files/train.jsonl").headers
    called = "emails-train-0001-train.jsonl"
    assert rows["content-disposition"] == f"attachment; filename=\"{called}\"; filename*=UTF-8''{called}"
    odd = program.get(f"{BASE}/1/files/odd%20%C3%BC%22.jsonl").headers["content-disposition"]
    assert odd == (
        'attachment; filename="emails-train-0001-odd __.jsonl"; '
        "filename*=UTF-8''emails-train-0001-odd%20%C3%BC%22.jsonl"
    )
    report = program.get(f"{BASE}/1/files/train.report.html").headers
    assert report["content-disposition"].startswith("inline") and report["content-type"].startswith(
        "text/html"
    )
    policy = report["content-security-policy"]
    assert (
        policy.startswith("sandbox ") and "allow-scripts" not in policy and "allow-same-origin" not in policy
    )
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert report["x-content-type-options"] == "nosniff" == rows["x-content-type-options"]


@pytest.mark.parametrize(
    "path",
    [
        "1/files/../train.jsonl", "1/files/%2e%2e/0001/train.jsonl", "1/files/..%2f0001%2ftrain.jsonl",
        "1/files//etc/passwd", "1/files/%2Fetc%2Fpasswd", "1/files/train.jsonl/", "1/files/train",
        "1/files/.",
        "1/files/train.jsonl%00", "1/files/none", "1/files/train//a%20b.xml", "1/files/" + "a/" * 40 + "b",
        "1/files/" + "a" * 5000, "2/files/train.jsonl", "0/files/train.jsonl", "01x/files/train.jsonl",
        "99999999999999999999/archive.zip", "2/archive.zip", "1/files/\\..\\train.jsonl",
    ],
)  # fmt: skip
def test_other_paths_are_not_found(path: str, folder: Path, program: TestClient) -> None:
    assert program.get(f"{BASE}/{path}").status_code == 404


def test_other_projects_and_data_sets_are_not_found(folder: Path, program: TestClient) -> None:
    for base in (
        "/projects/none/datasets/train/versions/1", "/projects/emails/datasets/none/versions/1",
        "/projects/emails/datasets/../versions/1", "/projects/%2e%2e/datasets/train/versions/1",
        "/projects/replies/datasets/train/versions/1",
    ):  # fmt: skip
        assert program.get(f"{base}/files/train.jsonl").status_code == 404
        assert program.get(f"{base}/archive.zip").status_code == 404


def test_no_link_is_followed(service: Service, folder: Path, program: TestClient) -> None:
    secret = service.loaded.folder / "token"
    (folder / "link").symlink_to(secret)
    (folder / "inner").symlink_to("train.jsonl")
    (folder / "way").symlink_to(service.loaded.folder)
    os.mkfifo(folder / "pipe")
    for name in ("link", "inner", "way/token", "way", "pipe"):
        answer = program.get(f"{BASE}/1/files/{name}")
        assert answer.status_code == 404 and TOKEN not in answer.text
    names = zipfile.ZipFile(io.BytesIO(program.get(f"{BASE}/1/archive.zip").content)).namelist()
    assert not {n.split("/")[1] for n in names} & {"link", "inner", "way", "pipe"}
    folder.rename(folder.with_name("0007"))
    folder.symlink_to(service.loaded.folder)
    assert program.get(f"{BASE}/1/files/token").status_code == 404


def test_the_zip_holds_everything_and_is_always_the_same(folder: Path, program: TestClient) -> None:
    first, again = (program.get(f"{BASE}/1/archive.zip") for _ in range(2))
    assert first.headers["content-type"] == "application/zip" and first.content == again.content
    assert "emails-train-0001.zip" in first.headers["content-disposition"]
    archive = zipfile.ZipFile(io.BytesIO(first.content))
    assert archive.testzip() is None
    held = {
        f"emails-train-0001/{p.relative_to(folder)}": p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }
    assert {name: archive.read(name) for name in archive.namelist()} == held
    assert program.head(f"{BASE}/1/archive.zip").content == b""


def test_a_large_file_is_sent_in_pieces(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(os.urandom(1 << 20))
    held = open_folder(tmp_path)
    pieces = list(zipped(held, files_below(held), "x"))
    os.close(held)
    assert len(pieces) > 8 and max(map(len, pieces)) < 1 << 18
    assert zipfile.ZipFile(io.BytesIO(b"".join(pieces))).read("x/big") == (tmp_path / "big").read_bytes()


def held(folder: Path) -> int:
    """How much of a folder is open in this process, where other threads may open and close what they will."""
    found = 0
    for one in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # it was closed meanwhile
            found += str(folder) in str(one.readlink())
    return found


def test_nothing_stays_open(folder: Path, program: TestClient) -> None:
    for _ in range(20):
        program.get(f"{BASE}/1/files/train.jsonl")
        program.head(f"{BASE}/1/files/train.jsonl")
        program.get(f"{BASE}/1/files/none/none")
        program.get(f"{BASE}/1/archive.zip")
        program.head(f"{BASE}/1/archive.zip")
    assert held(folder) == 0


def test_whoever_hangs_up_leaves_nothing_open(service: Service, folder: Path) -> None:
    # More than lies between the two sides, in a zip also: it is not sent until somebody reads.
    (folder / "big.jsonl").write_bytes(os.urandom(40 << 20))

    with over_http(service) as url:
        port = int(url.rpartition(":")[2])
        for path in ("files/big.jsonl", "archive.zip"):
            with socket.create_connection(("127.0.0.1", port)) as line:
                asked = [f"GET {BASE}/1/{path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {TOKEN}"]
                line.sendall("\r\n".join([*asked, "", ""]).encode())
                assert line.recv(12) == b"HTTP/1.1 200"
                assert held(folder) > 0
            end = time.monotonic() + 60
            while held(folder) and time.monotonic() < end:
                time.sleep(0.05)
            assert held(folder) == 0, path


PART = st.sampled_from(
    ["..", ".", "", "a", "train.jsonl", "0001", "versions", "token", "~", "\\", "a\x00b", "%2e%2e"]
)


@settings(max_examples=60)
@given(parts=st.lists(PART | st.text(max_size=4), min_size=1, max_size=6))
def test_no_path_leads_out(parts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.getbasetemp() / "leads-out"
    inside = root / "versions" / "0001"
    inside.mkdir(parents=True, exist_ok=True)
    (root / "token").write_text("secret")
    (root / "versions" / "token").write_text("secret")
    (inside / "train.jsonl").write_text("fine")
    held = open_folder(inside)
    try:
        with open_below(held, "/".join(parts)) as found:
            assert found.read() == b"fine"
        os.close(held)
    except (OSError, ValueError):
        with pytest.raises(OSError):
            os.fstat(held)
