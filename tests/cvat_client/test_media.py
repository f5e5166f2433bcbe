"""Images come by the server's own export, awaited by its status, under caps."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from cvat_double import Double
from cvat_double.seed import RECORDINGS

from labelwright.problems import DataError
from labelwright_plugins.cvat import folder as f
from labelwright_plugins.cvat import media
from labelwright_plugins.cvat.client import Client
from labelwright_plugins.cvat.puller import pull

ARCHIVE = RECORDINGS / "task1__CVAT_for_images_1.1.zip"
NAMES = [f"img_00{n}.jpg" for n in range(6)]


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "WAIT", 0.001)
    monkeypatch.setattr(media, "LONGEST_WAIT", 0.001)


def _zip(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return data.getvalue()


def test_images_are_the_servers_own_bytes(double: Double, client: Client, tmp_path: Path) -> None:
    found = pull(client, "task:1", tmp_path, images=True)
    assert (found.images, found.problems) == (6, ())
    with zipfile.ZipFile(ARCHIVE) as archive:
        for name in NAMES:
            assert (tmp_path / f.data_folder(1) / name).read_bytes() == archive.read(f"images/{name}")
    assert sorted(p.name for p in (tmp_path / f.data_folder(1)).iterdir()) == NAMES
    assert b"admin@localhost" not in b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


def test_an_export_is_awaited_by_its_status(double: Double, client: Client, tmp_path: Path) -> None:
    pull(client, "task:1", tmp_path, images=True)
    assert double.count("GET /api/requests/action%3Dexport%26target%3Dtask") == 3
    assert (
        double.count(r"POST /api/tasks/1/dataset/export\?format=CVAT\+for\+images\+1.1&save_images=true") == 1
    )
    # The server keeps an export of what has not moved: it comes with the first look.
    pull(client, "task:1", tmp_path / "again", images=True)
    assert double.count("GET /api/requests/") == 4


def test_images_that_are_there_are_not_fetched_again(double: Double, client: Client, tmp_path: Path) -> None:
    pull(client, "task:1", tmp_path, images=True)
    assert pull(client, "task:1", tmp_path, images=True).images == 0
    assert double.count("POST") == 1
    path = tmp_path / f.data_folder(1) / NAMES[2]
    path.unlink()
    assert pull(client, "task:1", tmp_path, images=True).images == 6
    assert path.is_file()
    assert pull(client, "task:1", tmp_path).images == 0 and path.is_file()
    double.state.metas[1]["deleted_frames"] = [2]
    double.state.archives[1] = _zip(**{f"images__{n}": b"x" for n in NAMES if n != NAMES[2]})
    found = pull(client, "task:1", tmp_path, images=True)
    assert (found.images, found.problems) == (5, ())
    assert not path.exists()


def test_images_of_a_task_that_is_gone_go(double: Double, client: Client, tmp_path: Path) -> None:
    for task in (2, 3):
        del double.state.tasks[task]
    pull(client, "1", tmp_path, images=True)
    del double.state.tasks[1]
    assert pull(client, "1", tmp_path, images=True).tasks == 0
    assert not (tmp_path / "tasks").exists()


def test_images_below_folders(double: Double, client: Client, tmp_path: Path) -> None:
    double.state.metas[3]["frames"][0]["name"] = "sub dir/dü.png"
    files = {"annotations.xml": b"<annotations/>", "images__sub dir__dü.png": b"1"}
    double.state.archives[3] = _zip(**files, **{"images__img_000.png": b"2", "images__img_001.png": b"3"})
    found = pull(client, "task:3", tmp_path, images=True)
    assert (found.images, found.problems) == (3, ())
    assert (tmp_path / f.data_folder(3) / "sub dir" / "dü.png").read_bytes() == b"1"


def test_images_that_an_export_lacks_are_told(double: Double, client: Client, tmp_path: Path) -> None:
    double.state.archives[1] = _zip(**{f"images__{n}": b"x" for n in NAMES[:4]})
    (problem,) = pull(client, "task:1", tmp_path, images=True).problems
    assert problem.code == "cvat.media-missing"
    assert "2 frames" in problem.message and "img_004.jpg" in problem.message
    double.state.archives[2] = _zip(**{f"images__frame_{n:06}.PNG": b"x" for n in range(17)})
    (problem,) = pull(client, "task:2", tmp_path, images=True).problems
    assert "3 frames" in problem.message and "vid.mp4" in problem.message
    double.state.archives[2] = _zip(**{f"images__frame_{n:06}.PNG": b"x" for n in range(20)})
    assert pull(client, "task:2", tmp_path / "whole", images=True).problems == ()


@pytest.mark.parametrize("most", [1000, 17_000], ids=["unpacked", "packed"])
def test_more_images_than_allowed(double: Double, client: Client, tmp_path: Path, most: int) -> None:
    double.state.archives[1] = _deflated() if most == 1000 else ARCHIVE.read_bytes()
    assert (len(double.state.archives[1]) > most) is (most != 1000)
    with pytest.raises(DataError) as caught:
        pull(client, "task:1", tmp_path, images=True, max_bytes=most)
    assert caught.value.problem.code == "cvat.media-too-large"
    assert list(tmp_path.iterdir()) == []


def _deflated() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("images/img_000.jpg", bytes(100_000))
    return data.getvalue()


def test_an_export_that_fails_says_why(double: Double, client: Client, tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        pull(client, "task:6", tmp_path, images=True)
    assert caught.value.problem.code == "cvat.export-failed"
    assert "Invalid RLE mask representation" in caught.value.problem.message
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_never_ends(
    double: Double, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "PATIENCE", 0.003)
    double.fail("GET /api/requests", (200, {"status": "started", "result_url": None}, {}))
    with pytest.raises(DataError) as caught:
        pull(client, "task:1", tmp_path, images=True)
    assert caught.value.problem.code == "cvat.export-late"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((200, b"PK\x03\x04 cut", {}), "archive.broken"),
        ((200, _zip(**{"..__..__evil.jpg": b"x"}), {}), "archive.unsafe-name"),
        ("cut", "cvat.cut-short"),
        ((503, b"", {}), "cvat.server-error"),
    ],
    ids=["broken", "unsafe", "cut", "503"],
)
def test_a_download_that_is_none(
    double: Double, client: Client, tmp_path: Path, answer: object, code: str
) -> None:
    double.fail("GET .*/dataset/download", answer)
    with pytest.raises(DataError) as caught:
        pull(client, "task:1", tmp_path, images=True)
    assert caught.value.problem.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_breaks_once_is_fetched_again(double: Double, client: Client, tmp_path: Path) -> None:
    double.fail("GET .*/dataset/download", "cut", 1)
    assert pull(client, "task:1", tmp_path, images=True).images == 6
    assert double.count("dataset/download") == 2


def test_a_result_elsewhere_gets_no_token(double: Double, client: Client, tmp_path: Path) -> None:
    double.state.requests["r"] = {"number": 1, "looks": 9}
    elsewhere = "http://evil.invalid/api/tasks/1/dataset/download?rq_id=r"
    double.fail("GET /api/requests", (200, {"status": "finished", "result_url": elsewhere}, {}))
    assert pull(client, "task:1", tmp_path, images=True).images == 6
    assert double.asked[-1] == "GET /api/tasks/1/dataset/download?rq_id=r"


def test_a_result_in_a_cloud_is_told(double: Double, client: Client, tmp_path: Path) -> None:
    double.fail("GET /api/requests", (200, {"status": "finished", "result_url": None}, {}))
    with pytest.raises(DataError, match="cloud storage"):
        pull(client, "task:1", tmp_path, images=True)
