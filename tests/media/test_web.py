"""Web addresses and buckets: what is asked, and what never is."""

from __future__ import annotations

import socket
import sys
from typing import Any

import photos
import pytest
from web_double import Answer, serving

from labelwright.contracts import MediaRules, Prepared
from labelwright.examples import Media
from labelwright.media import web
from labelwright.media.places import Places
from labelwright.media.room import open_room
from labelwright.media.sources import Fault, Found
from labelwright.media.stores import Store
from labelwright.problems import NOWHERE, Problem, Problems, UsageError

ALL = "http"


def found(uri: str, places: list[str], private: bool = True) -> Found:
    return Places(places, allow_private=private).find(uri, NOWHERE)


def fault(uri: str, places: list[str], private: bool = True) -> tuple[str, str]:
    with pytest.raises(Fault) as caught:
        found(uri, places, private)
    problem = caught.value.kind.at(uri=uri, **caught.value.what)
    return problem.code.removeprefix("media."), problem.message


def test_an_allowed_address_is_fetched() -> None:
    with serving({"/dir/a%20b.jpg?x=1": Answer(photos.jpeg())}) as server:
        got = found(f"{server.url}/dir/a b.jpg?x=1", [ALL])
        assert got.data == photos.jpeg() and got.name == "dir/a b.jpg"
        assert found(f"{server.url}/dir/a%20b.jpg?x=1", [f"{server.url}/dir"]).data == photos.jpeg()
        heads = server.requests[0][1]
        assert "Authorization" not in heads and "Cookie" not in heads


def test_a_room_takes_an_image_from_the_web() -> None:
    with serving({"/a.jpg": Answer(photos.jpeg(turn=3))}) as server:
        room, problems = open_room([ALL], MediaRules(), allow_private=True), Problems()
        for _ in range(2):
            got = room.prepare(Media(f"{server.url}/a.jpg"), None, NOWHERE, problems)
            assert isinstance(got, Prepared) and got.size == (40, 30)
        assert server.paths == ["/a.jpg"]
        assert isinstance(room.prepare(Media(f"{server.url}/b.jpg"), None, NOWHERE, problems), Problem)


@pytest.mark.parametrize(
    "place",
    ["https", "http://127.0.0.1:1", "http://127.0.0.1", "https://example.org", "{url}/other", "{url}/di"],
)
def test_an_address_that_no_place_allows_is_not_asked(place: str) -> None:
    with serving({"/dir/a.jpg": Answer(photos.jpeg())}) as server:
        places = [place.format(url=server.url)]
        if place == "https":  # as http: all addresses
            assert found(f"{server.url}/dir/a.jpg", places).data
            return
        code, words = fault(f"{server.url}/dir/a.jpg", places)
        assert code == "address-not-allowed" and "127.0.0.1" in words
        assert server.requests == []


def test_private_networks_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({"/a.jpg": Answer(photos.jpeg())}) as server:
        assert fault(f"{server.url}/a.jpg", [ALL], private=False)[0] == "address-not-allowed"
        local = server.url.replace("127.0.0.1", "localhost")
        assert "private network" in fault(f"{local}/a.jpg", [ALL], private=False)[1]
        port = int(server.url.rpartition(":")[2])
        # A name that has a public and a private address is refused as a whole.
        both = [(socket.AF_INET, 1, 6, "", (a, port)) for a in ("93.184.216.34", "127.0.0.1")]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: both)
        assert "private network" in fault(f"http://two.example:{port}/a.jpg", [ALL], private=False)[1]
        assert server.requests == []


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    with serving({"/a.jpg": Answer(photos.jpeg())}) as server:
        port = int(server.url.rpartition(":")[2])

        def lookup(host: str, *rest: Any, **more: Any) -> list[Any]:
            asked.append(host)
            return [(socket.AF_INET, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(socket, "getaddrinfo", lookup)
        assert found(f"http://name.example:{port}/a.jpg", [ALL]).data
        assert asked == ["name.example"]
        assert server.requests[0][1]["Host"] == f"name.example:{port}"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::5db8:d822", True),
        ("2002:a00:1::", False),
        ("::127.0.0.1", False),
        ("::ffff:0:127.0.0.1", False),
        ("64:ff9b:1::7f00:1", False),
        ("fec0::1", False),
        ("3fff::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert web.is_public(address) is public


def test_a_redirect_is_checked_like_an_address() -> None:
    with serving({"/secret": Answer(b"secret")}) as inner:
        moves = {
            "/a": Answer(status=302, headers={"Location": "/b"}),
            "/b": Answer(photos.png()),
            "/out": Answer(status=302, headers={"Location": f"{inner.url}/secret"}),
            "/file": Answer(status=301, headers={"Location": "file:///etc/passwd"}),
            "/round": Answer(status=307, headers={"Location": "/round"}),
        }
        with serving(moves) as server:
            here = [server.url]
            assert found(f"{server.url}/a", here).data == photos.png()
            assert fault(f"{server.url}/out", here)[0] == "address-not-allowed"
            assert fault(f"{server.url}/file", [ALL])[0] == "address-not-allowed"
            assert "redirects" in fault(f"{server.url}/round", here)[1]
        assert inner.requests == []


def test_what_the_server_says_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"/500": Answer(status=500), "/cut": Answer(b"abc", length=50), "/big": Answer(bytes(5000))}
    answers["/long"] = Answer(bytes(5000), length=-1)
    with serving(answers) as server:
        assert "HTTP 500" in fault(f"{server.url}/500", [ALL])[1]
        assert "HTTP 404" in fault(f"{server.url}/none", [ALL])[1]
        assert fault(f"{server.url}/cut", [ALL])[0] == "not-fetched"
        small = web.Web([ALL], allow_private=True, most=1000)
        for path in ("/big", "/long"):
            with pytest.raises(Fault) as caught:
                small.find(f"{server.url}{path}")
            assert caught.value.kind.code == "media.too-many-bytes"
    with socket.socket() as held:  # its port is nobody else's, and nobody listens
        held.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{held.getsockname()[1]}"
        assert "connection failed" in fault(f"{gone}/a", [ALL])[1]
    assert fault("http://user:secret@host/a", [ALL])[0] == "address-not-allowed"
    assert fault("http://[::1/a", [ALL])[0] == "address-not-allowed"
    assert fault("http://host:99999/a", [ALL])[0] == "address-not-allowed"

    def unknown(*rest: Any, **more: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "unknown" in fault("http://host.invalid/a", [ALL])[1]


def test_a_server_that_hangs_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TIMEOUT", 0.1)
    silent = socket.create_server(("127.0.0.1", 0))
    with silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/a"
        assert "no answer" in fault(address, [ALL])[1]


# --- buckets


def memory(**files: bytes) -> Store:
    from obstore.store import MemoryStore

    store = MemoryStore()
    for name, data in files.items():
        store.put(name.replace("__", "/").replace("_", "."), data)
    return Store("s3://bucket/train", store, most=100_000)


def test_a_bucket_gives_keys_below_its_place() -> None:
    store = memory(dir__a_jpg=photos.jpeg())
    for uri in ("s3://bucket/train/dir/a.jpg", "dir/a.jpg", "/data/local-files/?d=dir/a.jpg"):
        got = store.find(uri)
        assert got is not None and got.data == photos.jpeg() and got.name == "dir/a.jpg"
    assert store.find("s3://other/dir/a.jpg") is None
    assert store.find("none.jpg") is None
    for uri in ("../a.jpg", "s3://bucket/train/../../a.jpg"):
        with pytest.raises(Fault) as caught:
            store.find(uri)
        assert caught.value.kind.code == "media.outside-folder"


def test_a_bucket_does_not_give_what_is_too_large() -> None:
    with pytest.raises(Fault) as caught:
        memory(a_jpg=bytes(100_001)).find("a.jpg")
    assert caught.value.kind.code == "media.too-many-bytes"


def test_s3_is_asked_by_its_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    head = {"Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT", "ETag": '"x"'}
    answers = {
        "/bucket/train/a.jpg": Answer(photos.jpeg(), headers=head),
        "/bucket/train/b.jpg": Answer(b"<Error><Code>AccessDenied</Code></Error>", 403),
    }
    with serving(answers) as server:
        for name, value in {
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "very-secret",
        }.items():
            monkeypatch.setenv(name, value)
        places = ["s3://bucket/train"]
        assert found("s3://bucket/train/a.jpg", places).data == photos.jpeg()
        assert found("a.jpg", places).data == photos.jpeg()
        assert fault("none.jpg", places)[0] == "missing"
        code, words = fault("b.jpg", places)
        assert code == "unreadable" and "very-secret" not in words and "key" not in words
    assert all("very-secret" not in str(r) for r in server.requests)


def test_without_obstore_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(UsageError, match=r"pip install 'labelwright\[media\]'"):
        Places(["s3://bucket"])


def test_without_pillow_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving({"/a.jpg": Answer(photos.jpeg(turn=6)), "/b.jpg": Answer(photos.jpeg())}) as server:
        monkeypatch.setitem(sys.modules, "PIL", None)
        room = open_room([ALL], MediaRules(), allow_private=True)
        good = room.prepare(Media(f"{server.url}/b.jpg"), None, NOWHERE, Problems())
        assert isinstance(good, Prepared)  # what needs no change needs no Pillow
        with pytest.raises(UsageError, match=r"pip install 'labelwright\[vision\]'"):
            room.prepare(Media(f"{server.url}/a.jpg"), None, NOWHERE, Problems())
