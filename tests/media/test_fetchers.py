"""Tools give their own files: to whom, and with which token."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import photos
import pytest
from web_double import Answer, serving

from labelwright.contracts import MediaRules, Prepared
from labelwright.examples import Media
from labelwright.media.room import open_room
from labelwright.media.sources import Fault
from labelwright.problems import NOWHERE, DataError, Place, Problem, Problems
from labelwright.registry import tools
from labelwright_plugins.cvat import fetching as cvat
from labelwright_plugins.label_studio import fetching as label_studio

TOKEN = "secret0123456789secret0123456789"
META = {
    "size": 3,
    "start_frame": 3,
    "frame_filter": "step=2",
    "frames": [{"name": f"dir/{n}.jpg", "width": 40, "height": 30} for n in "abc"],
    "deleted_frames": [2],
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LABEL_STUDIO_API_KEY_FILE", "CVAT_ACCESS_TOKEN_FILE", "CVAT_ORGANIZATION", "CVAT_USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", TOKEN)
    monkeypatch.setenv("CVAT_ACCESS_TOKEN", TOKEN)
    monkeypatch.setattr("labelwright.io.asking.BACKOFF", 0.001)


@pytest.mark.parametrize("name", ["label-studio", "cvat"])
def test_tools_offer_their_files(name: str) -> None:
    module, _, function = tools()[name].capabilities["media"].partition(":")
    assert callable(getattr(import_module(module), function))


def test_label_studio_gives_uploads_and_local_files() -> None:
    answers = {
        "/data/upload/3/0123abcd-a%20b.jpg": Answer(photos.jpeg()),
        "/data/local-files/?d=dir/a%20b.jpg": Answer(photos.png()),
    }
    with serving(answers) as server:
        fetch = label_studio.open_fetcher(server.url)
        assert fetch("/data/upload/3/0123abcd-a b.jpg", NOWHERE) == photos.jpeg()
        assert fetch(f"{server.url}/data/upload/3/0123abcd-a%20b.jpg", NOWHERE) == photos.jpeg()
        assert fetch("/data/local-files/?d=dir/a b.jpg", NOWHERE) == photos.png()
        assert fetch("/data/upload/3/none.jpg", NOWHERE) is None
        assert all(TOKEN in heads["Authorization"] for _, heads in server.requests)
        assert TOKEN not in repr(fetch)


def test_the_token_goes_to_the_configured_server_alone() -> None:
    with serving({"/data/upload/3/a.jpg": Answer(photos.jpeg())}) as other:
        away = Answer(status=302, headers={"Location": f"{other.url}/data/upload/3/a.jpg"})
        with serving({"/data/upload/3/a.jpg": away}) as server:
            fetch = label_studio.open_fetcher(server.url)
            for uri in (
                f"{other.url}/data/upload/3/a.jpg",
                f"{server.url}.evil.example/data/a.jpg",
                f"{server.url}@evil.example/data/a.jpg",
                "/data/../api/users/",
                "/data/upload/%2e%2e/%2e%2e/api/users/",
                "/data/upload/%252e%252e/%252e%252e/api/users/",
                "/data/upload/..%5c..%5capi/users/",
                "/data/upload/..;/..;/api/users/",
                "/api/users/",
                "images/a.jpg",
            ):
                assert fetch(uri, NOWHERE) is None
            assert server.requests == []
            with pytest.raises(Fault) as caught:
                fetch("/data/upload/3/a.jpg", NOWHERE)
            assert caught.value.kind.code == "media.not-fetched"
        assert other.requests == []


def test_a_server_below_a_path_says_it_in_its_addresses() -> None:
    with serving({"/ls/data/upload/3/a.jpg": Answer(photos.jpeg())}) as server:
        fetch = label_studio.open_fetcher(f"{server.url}/ls")
        for uri in (
            "/data/upload/3/a.jpg",
            "/ls/data/upload/3/a.jpg",
            f"{server.url}/ls/data/upload/3/a.jpg",
        ):
            assert fetch(uri, NOWHERE) == photos.jpeg()


def test_what_label_studio_refuses_is_told_without_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusal(status: int) -> Answer:
        return Answer(json.dumps({"detail": f"no {TOKEN}"}).encode(), status)

    answers = {f"/data/{status}.jpg": refusal(status) for status in (401, 403, 503)}
    answers["/data/big.jpg"] = Answer(bytes(5000))
    with serving(answers) as server:
        fetch = label_studio.open_fetcher(server.url)
        for status in (403, 503):
            with pytest.raises(Fault) as caught:
                fetch(f"/data/{status}.jpg", NOWHERE)
            assert str(status) in caught.value.what["reason"] and TOKEN not in caught.value.what["reason"]
        with pytest.raises(DataError) as stopped:
            fetch("/data/401.jpg", NOWHERE)
        assert stopped.value.problem.code == "label-studio.token-refused" and TOKEN not in str(stopped.value)
        assert isinstance(fetch, label_studio.Fetching)
        monkeypatch.setattr(fetch, "_most", 4000)
        with pytest.raises(Fault) as large:
            fetch("/data/big.jpg", NOWHERE)
        assert large.value.kind.code == "media.too-many-bytes"


def cvat_answers(meta: dict[str, Any] = META) -> dict[str, Answer]:
    found = {"/api/tasks/5/data/meta": Answer(json.dumps(meta).encode())}
    for number, width in ((0, 40), (1, 41)):
        path = f"/api/tasks/5/data/?type=frame&number={number}&quality=original"
        found[path] = Answer(photos.jpeg(width))
    return found


def test_cvat_gives_frames_by_the_items_key() -> None:
    with serving(cvat_answers()) as server:
        fetch = cvat.open_fetcher(server.url)
        for item in ("2/5/5", f"{server.url}/2/5/5", "5/5"):
            assert fetch("dir/b.jpg", Place(item=item)) == photos.jpeg(41)
        assert fetch("dir/a.jpg", Place(item="5/3")) == photos.jpeg(40)
        assert server.paths.count("/api/tasks/5/data/meta") == 1
        assert all(heads["Authorization"] == f"Bearer {TOKEN}" for _, heads in server.requests)
        for item, name in (
            ("5/3", "dir/b.jpg"),  # another image's name
            ("5/4", "dir/a.jpg"),  # a frame that the filter leaves out
            ("5/7", "dir/c.jpg"),  # deleted
            ("5/9", "dir/d.jpg"),
            ("6/3", "dir/a.jpg"),  # no such task
            ("https://other.example/5/3", "dir/a.jpg"),
            ("job-5/3", "dir/a.jpg"),
            ("", "dir/a.jpg"),
        ):
            assert fetch(name, Place(item=item)) is None
        assert TOKEN not in repr(fetch)


def test_frames_of_a_film_have_names_of_their_own() -> None:
    meta = {**META, "frames": [{"name": "film.mp4"}], "deleted_frames": []}
    with serving(cvat_answers(meta)) as server:
        fetch = cvat.open_fetcher(server.url)
        assert fetch("film/frame_000005.png", Place(item="5/5")) == photos.jpeg(41)


def test_recorded_frames_are_found_by_name() -> None:
    recorded = Path("tests/cvat_client/recordings")
    path = next(p for p in sorted(recorded.rglob("task_1_data_meta.json")))
    meta = json.loads(path.read_text(encoding="utf-8"))
    numbers = [cvat.frame_of(meta, n, f"img_00{n}.jpg") for n in range(7)]
    assert [n for n in numbers if n is not None] == [n for n in range(6) if n not in meta["deleted_frames"]]


def test_what_cvat_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = cvat_answers()
    path = next(p for p in answers if "number=0" in p)
    answers[path] = Answer(json.dumps({"detail": f"no {TOKEN}"}).encode(), 403)
    with serving(answers) as server:
        fetch = cvat.open_fetcher(server.url)
        with pytest.raises(Fault) as caught:
            fetch("dir/a.jpg", Place(item="5/3"))
        assert "403" in caught.value.what["reason"] and TOKEN not in caught.value.what["reason"]
        assert isinstance(fetch, cvat.Fetching)
        monkeypatch.setattr(fetch, "_most", 100)
        with pytest.raises(Fault) as large:
            fetch("dir/b.jpg", Place(item="5/5"))
        assert large.value.kind.code == "media.too-many-bytes"


def test_a_room_asks_the_tool_where_no_folder_has_it(tmp_path: Path) -> None:
    photos.put(tmp_path, own_jpg=photos.jpeg(60))
    with serving(cvat_answers()) as server:
        room = open_room([str(tmp_path)], MediaRules(), fetchers=[cvat.open_fetcher(server.url)])
        problems = Problems()
        sizes = {}
        for uri, item in (("own.jpg", "5/3"), ("dir/a.jpg", "5/3"), ("dir/b.jpg", "5/5")):
            got = room.prepare(Media(uri), None, Place(item=item), problems)
            assert isinstance(got, Prepared)
            sizes[uri] = got.size
        assert sizes == {"own.jpg": (60, 30), "dir/a.jpg": (40, 30), "dir/b.jpg": (41, 30)}
        lost = room.prepare(Media("dir/c.jpg"), None, Place(item="5/7"), problems)
        assert isinstance(lost, Problem) and lost.code == "media.missing"
