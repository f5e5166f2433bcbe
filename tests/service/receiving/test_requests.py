"""What a request gets for an answer, whatever it is, and what of it is stored or said."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from programs import until
from receiving import CVAT, LABEL_STUDIO, configured, known, receiving, signature, signed
from recorded_webhooks import cvat, label_studio
from starlette.testclient import TestClient
from tests.service.receiving.conftest import SMALL, rows

from labelwright.contracts import Heard
from labelwright.service.app import build
from labelwright.service.context import Service
from labelwright.service.inbox import receiver as receiver_module
from labelwright.service.inbox.body import Bodies
from labelwright.service.inbox.rate import Buckets
from labelwright.service.inbox.writer import Full

CREATED = json.dumps(label_studio()["006_ok_ANNOTATION_CREATED"]).encode()
JOB = cvat()["update_job"][0]
JSON = {"Content-Type": "application/json"}


def test_a_delivery_of_each_tool_is_stored_once_and_counted(client: TestClient, service: Service) -> None:
    for _ in range(2):
        assert client.post(LABEL_STUDIO, content=CREATED, headers=known(service)).status_code == 200
        assert client.post(CVAT, content=JOB, headers=signed(service, JOB)).status_code == 200
    first, second = rows(service)
    assert (first.project, first.event, first.copies) == ("emails", "ANNOTATION_CREATED", 2)
    assert (second.project, second.event, second.copies) == ("street", "update:job", 2)
    assert json.loads(second.items) == ["1/1"] and second.state == "new" and second.known
    kept = json.loads(zlib.decompress(first.body))
    assert kept["objects"][0]["id"] == 161 and "token" not in kept["project"]
    assert service.extra["received"] == {("emails", 200): 2, ("street", 200): 2}


def test_every_recording_is_stored(client: TestClient, service: Service) -> None:
    for payload in label_studio().values():
        body = json.dumps(payload).encode()
        assert client.post(LABEL_STUDIO, content=body, headers=known(service)).status_code == 200
    for body, _ in cvat().values():
        assert client.post(CVAT, content=body, headers=signed(service, body)).status_code == 200
    stored = rows(service)
    assert len(stored) == len(label_studio()) + len(cvat()) - 1  # one is a redelivery
    assert sum(row.copies for row in stored) == len(label_studio()) + len(cvat())


def test_a_ping_is_kept_and_moves_nothing(client: TestClient, service: Service) -> None:
    poked: list[set[str]] = []
    service.poke = poked.append
    body = cvat()["ping"][0]
    assert client.post(CVAT, content=body, headers=signed(service, body)).status_code == 200
    (row,) = rows(service)
    assert (row.event, row.state, poked) == ("ping", "ignored", [])
    assert client.post(CVAT, content=JOB, headers=signed(service, JOB)).status_code == 200
    assert poked == [{"street"}]


def test_whoever_counts_is_told_what_was_heard(service: Service) -> None:
    told: list[Any] = []
    application = build(service)

    async def around(scope: Any, receive: Any, send: Any) -> None:
        await application(scope, receive, send)
        if scope["type"] == "http":
            told.append(scope.get("heard"))

    with TestClient(around) as client:
        client.post(LABEL_STUDIO, content=CREATED, headers=known(service))
        client.post(LABEL_STUDIO, content=b'{"action":"NEWS"}', headers=known(service))
        client.post(LABEL_STUDIO, content=CREATED, headers=JSON)
    assert told == [("ANNOTATION_CREATED", True), ("NEWS", False), None]


def test_an_unknown_event_is_kept(client: TestClient, service: Service) -> None:
    for path, body in ((LABEL_STUDIO, b'{"action":"NEWS"}'), (CVAT, b'{"event":"create:guide","x":1}')):
        headers = known(service) if path == LABEL_STUDIO else signed(service, body)
        assert client.post(path, content=body, headers=headers).status_code == 200
    assert [(r.event, r.known, r.state) for r in rows(service)] == [
        ("NEWS", False, "new"),
        ("create:guide", False, "new"),
    ]


def _refused(service: Service) -> Iterator[tuple[str, str, bytes, dict[str, str]]]:
    """Requests that nobody is to believe: what is wrong, path, body, headers."""
    right, sign = known(service), signed(service, JOB)
    yield "no secret", LABEL_STUDIO, CREATED, JSON
    yield "wrong secret", LABEL_STUDIO, CREATED, {**JSON, "X-Labelwright-Secret": "w" * 64}
    yield "empty secret", LABEL_STUDIO, CREATED, {**JSON, "X-Labelwright-Secret": ""}
    yield "another project's secret", LABEL_STUDIO, CREATED, known(service, "street")
    yield "another tool's way", LABEL_STUDIO, JOB, sign
    yield "unknown project", "/webhooks/label-studio/nobody", CREATED, right
    yield "unknown tool", "/webhooks/doccano/emails", CREATED, right
    yield "project of the other tool", "/webhooks/cvat/emails", CREATED, right
    yield "strange names", "/webhooks/%00/%F0%9F%92%A9", CREATED, right
    yield "no signature", CVAT, JOB, JSON
    yield "signed with nothing", CVAT, JOB, signature("", JOB)
    yield "wrong signature", CVAT, JOB, {**JSON, "X-Signature-256": "sha256=" + "0" * 64}
    yield "one byte changed", CVAT, JOB[:-1] + b" ", sign
    yield "no signature and no JSON", CVAT, b"{", JSON
    yield "unknown project and no JSON", "/webhooks/cvat/nobody", b"\xff", JSON


def test_whatever_is_not_believed_gets_the_same_answer(client: TestClient, service: Service) -> None:
    answers = {}
    for why, path, body, headers in _refused(service):
        response = client.post(path, content=body, headers=headers)
        answers[why] = (response.status_code, response.content, sorted(response.headers.items()))
    assert len(set(map(repr, answers.values()))) == 1, answers
    assert answers["no secret"][:2] == (401, b"")
    assert rows(service) == [] and len(answers) == 15


def test_there_is_as_much_to_do_for_whatever_is_not_believed(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the time of an answer tells nobody which projects there are, or which have a secret."""
    requests = list(_refused(service))
    asked: list[int] = []

    def counting(whole: Any) -> Any:
        def authentic(self: Any, headers: Any, body: bytes, secrets: Any) -> bool:
            asked.append(len(secrets))
            return bool(whole(self, headers, body, secrets))

        return authentic

    for kind in {type(project.hooks) for project in service.projects.values()}:
        monkeypatch.setattr(kind, "authentic", counting(kind.authentic))
    service.secrets.forget("emails")
    for _, path, body, headers in requests:
        assert client.post(path, content=body, headers=headers).status_code == 401
    assert asked == [1] * len(requests)


def test_a_secret_twice_in_one_request_is_none(client: TestClient, service: Service) -> None:
    secret = service.secrets.newest("emails")
    headers = [*JSON.items(), ("X-Labelwright-Secret", secret), ("X-Labelwright-Secret", secret)]
    assert client.post(LABEL_STUDIO, content=CREATED, headers=headers).status_code == 401


def test_secrets_are_believed_while_they_are_good(client: TestClient, service: Service) -> None:
    """Both of a rotation until the grace is over; none where there is none."""
    unset = {**JSON, "X-Labelwright-Secret": "x" * 64}
    assert client.post(LABEL_STUDIO, content=CREATED, headers=unset).status_code == 401
    old = known(service)
    service.secrets.rotate("emails", 3600.0)
    new = known(service)
    for headers in (old, new):
        assert client.post(LABEL_STUDIO, content=CREATED, headers=headers).status_code == 200
    service.secrets.rotate("emails", 0.0)
    for headers in (old, new):
        assert client.post(LABEL_STUDIO, content=CREATED, headers=headers).status_code == 401
    service.secrets.forget("emails")
    assert client.post(LABEL_STUDIO, content=CREATED, headers=new).status_code == 401


def test_a_secret_that_is_not_ascii_signs(client: TestClient, service: Service) -> None:
    path = service.loaded.data / "secrets" / "webhooks" / "street.json"
    service.secrets.newest("street")
    path.write_text(json.dumps([{"secret": "ключ-🔑"}, {"secret": "old"}, {"secret": "gone", "until": 1.0}]))
    for secret, status in (("ключ-🔑", 200), ("old", 200), ("gone", 401)):
        assert client.post(CVAT, content=JOB, headers=signature(secret, JOB)).status_code == status


MALFORMED = [
    b"", b"{", b"null", b"3", b'"ping"', b"[]", b"{}", b'{"event":null}', b'{"event":3}', b'{"event":""}',
    b'{"event":"a\\u0000b"}', b'{"event":"ping"}x', b'{"event":"ping",}', b"{'event':'ping'}",
    b'{"event":NaN}',
    b"\xff\xfe{\x00}\x00", b'\xef\xbb\xbf{"event":"ping"}', b'{"event":"\xff"}', b'{"event":"\x00"}',
    b'{"event":"ping","n":' + b"9" * 5000 + b"}", b'{"event":"ping","n":Infinity}', b"[" * 50_000,
    b'{"event":"ping","x":' + b"[" * 21 + b"]" * 21 + b"}", b'{"a":' * 9000 + b"1" + b"}" * 9000,
    b"\x00" + b'{"event":"ping"}', b'{"event":"pi\nng"}', b'"' + b"[" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: repr(body[:24]))
def test_what_is_malformed_is_400_without_a_word(client: TestClient, service: Service, body: bytes) -> None:
    response = client.post(CVAT, content=body, headers=signed(service, body))
    assert (response.status_code, response.content) == (400, b"") and rows(service) == []


ODD = [
    b'{"event":"x","event":"ping"}', b' \n{"event" : "ping"}\r\n\t',
    b'{"event":"ping","n":12345678901234567890123}', b'{"event":"ping","n":0.' + b"1" * 5000 + b"}",
    b'{"event":"ping","s":"\\ud800"}', b'{"event":"ping","n":1e999}',
    b'{"event":"ping","webhook":{"id":"\\ud83d","type":"\\u0000","project_id":1e400}}',
    b'{"event":"ping","x":' + b"[" * 18 + b"]" * 18 + b"}", b'{"event":"ping","x":"' + b"[{" * 500 + b'"}',
    b'{"event":"ping","x":[' + b",".join([b"[]"] * 500) + b"]}", b'{"\\u0065vent":"ping"}',
    b'{"event":"ping","x":"\\\\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}',
]  # fmt: skip


@pytest.mark.parametrize("body", ODD, ids=lambda body: repr(body[:40]))
def test_what_is_odd_and_no_less_json_is_taken(client: TestClient, service: Service, body: bytes) -> None:
    """The last of two keys counts, as with everybody who reads it; what cannot be stored is not kept."""
    assert client.post(CVAT, content=body, headers=signed(service, body)).status_code == 200
    (row,) = rows(service)
    assert row.event == "ping" and json.loads(zlib.decompress(row.body))["event"] == "ping"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "application/jsonx"}, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, 415),
        ({"Content-Type": 'Application/JSON; Charset="UTF-8"'}, 200),
        ({"Content-Type": "application/vnd.tool+json"}, 200),
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Encoding": "deflate"}, 415),
        ({"Content-Encoding": "br, gzip"}, 415),
        ({"Content-Encoding": "identity"}, 200),
    ],
    ids=str,
)
def test_only_plain_json_is_taken(
    client: TestClient, service: Service, headers: dict[str, str], status: int
) -> None:
    response = client.post(LABEL_STUDIO, content=CREATED, headers={**known(service), **headers})
    assert response.status_code == status
    elsewhere = client.post("/webhooks/cvat/nobody", content=CREATED, headers={**JSON, **headers})
    assert elsewhere.status_code == (401 if status == 200 else status)  # it tells nothing of projects


def test_a_bomb_is_not_unpacked(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    headers = {**signed(service, bomb), "Content-Encoding": "gzip"}
    read: list[Any] = []
    monkeypatch.setattr(Bodies, "read", lambda *given: read.append(given))
    for name in ("decompress", "decompressobj"):
        monkeypatch.setattr(zlib, name, lambda *given, **more: read.append(given))
    assert client.post(CVAT, content=bomb, headers=headers).status_code == 415
    assert read == []


def test_a_body_that_says_it_is_too_large_is_not_read(client: TestClient, service: Service) -> None:
    headers = {**known(service), "Content-Length": "50000000"}
    response = client.post(LABEL_STUDIO, content=b"{}", headers=headers)
    assert (response.status_code, response.headers["connection"]) == (413, "close")
    for length in ("1e3", "-1", "+5", "٣", "9" * 400, "0x10"):
        given = {k.encode(): v.encode() for k, v in {**known(service), "Content-Length": length}.items()}
        answer = client.post(LABEL_STUDIO, content=b"{}", headers=given)
        assert answer.status_code == (413 if length.startswith("9") else 400), length
    assert rows(service) == []


def test_a_body_that_does_not_say_is_counted(client: TestClient, service: Service) -> None:
    whole = json.dumps({"action": "NEWS", "text": "x" * 99_000}).encode()
    pieces = [whole[at : at + 7000] for at in range(0, len(whole), 7000)]
    assert client.post(LABEL_STUDIO, content=iter(pieces), headers=known(service)).status_code == 200
    response = client.post(LABEL_STUDIO, content=iter([b" " * 7000] * 20), headers=known(service))
    assert (response.status_code, response.headers["connection"]) == (413, "close")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", [LABEL_STUDIO, "/webhooks/cvat/nobody"])
def test_nothing_but_post(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


def test_a_full_inbox_and_a_broken_database_ask_to_come_again(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[Exception] = [
        Full(),
        sa.exc.OperationalError("INSERT secret", {"secret": "secret"}, Exception("disk is full")),
        OSError(28, "No space left on device"),
        RuntimeError("secret"),
    ]
    for failure in failures:

        def put(project: str, heard: Heard, failure: Exception = failure) -> Any:
            if isinstance(failure, Full):
                raise failure
            stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            stored.set_exception(failure)
            return stored

        monkeypatch.setattr(service.inbox, "put", put)
        response = client.post(LABEL_STUDIO, content=CREATED, headers=known(service))
        assert (response.status_code, response.content) == (503, b"")
        assert int(response.headers["retry-after"]) >= 1


def test_a_delivery_that_is_not_stored_in_time_is_given_up(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    within = receiver_module.STORED_WITHIN
    monkeypatch.setattr(receiver_module, "STORED_WITHIN", 0.05)
    with service.database.writing():  # somebody else holds the database
        assert client.post(LABEL_STUDIO, content=CREATED, headers=known(service)).status_code == 503
    monkeypatch.setattr(receiver_module, "STORED_WITHIN", within)
    until(lambda: rows(service), "it was not lost on the way all the same")
    assert client.post(LABEL_STUDIO, content=CREATED, headers=known(service)).status_code == 200
    assert [row.copies for row in rows(service)] == [2]


@pytest.mark.parametrize("broken", [b"{", b"[3]", b'[{"secret":1}]'])
def test_secrets_that_cannot_be_read_let_nobody_in(
    client: TestClient, service: Service, broken: bytes
) -> None:
    headers = known(service)
    (service.loaded.data / "secrets" / "webhooks" / "emails.json").write_bytes(broken)
    assert client.post(LABEL_STUDIO, content=CREATED, headers=headers).status_code == 503
    assert rows(service) == []


def test_a_fault_of_our_own_is_500_and_told_without_its_words(
    client: TestClient, service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def hear(self: Any, payload: Any) -> Heard:
        raise KeyError(payload["annotation"]["unique_id"])

    monkeypatch.setattr(type(service.projects["emails"].hooks), "hear", hear)
    assert client.post(LABEL_STUDIO, content=CREATED, headers=known(service)).status_code == 500
    assert "KeyError at test_requests.py:" in caplog.text
    assert label_studio()["006_ok_ANNOTATION_CREATED"]["annotation"]["unique_id"] not in caplog.text


def test_no_log_line_holds_anything_of_a_request(
    client: TestClient, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for _, path, body, headers in _refused(service):
        client.post(path, content=body, headers=headers)
    client.post(
        "/webhooks/cvat/UNIQUE-PATH", content=b"UNIQUE-BODY", headers={**JSON, "X-A": "UNIQUE-HEADER"}
    )
    body = b'{"UNIQUE-BODY": '
    client.post(CVAT, content=body, headers=signed(service, body))
    client.post(LABEL_STUDIO, content=CREATED, headers=known(service))
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("labelwright")]
    assert len(ours) >= 3 and any("for street was answered 400" in line for line in ours)
    said = "\n".join(ours)
    for secret in ("UNIQUE", "http", "/", service.secrets.newest("emails"), "3llytM", "sha256", "nobody"):
        assert secret not in said, secret


def test_a_flood_does_not_flood_the_log(
    client: TestClient, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(50):
        client.post(LABEL_STUDIO, content=CREATED, headers=JSON)
    assert len([r for r in caplog.records if "401" in r.getMessage()]) == 1
    assert service.extra["received"] == {("emails", 401): 50}


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still for the receiver's buckets: none fills again."""
    monkeypatch.setattr(receiver_module, "Buckets", lambda rate: Buckets(rate, lambda: 0.0))


@pytest.mark.usefixtures("still")
def test_who_sends_too_much_waits(tmp_path: Path) -> None:
    login = {"proxies": ["10.0.0.0/8"], "proxy_header": "X-User"}
    with receiving(configured(tmp_path, {**SMALL, "rate": 5}, login)) as service:
        headers, application = known(service), build(service)

        def statuses(peer: str, forwarded: str, times: int) -> list[int]:
            sent = {**headers, **({"X-Forwarded-For": forwarded} if forwarded else {})}
            with TestClient(application, client=(peer, 9)) as client:
                found = [client.post(LABEL_STUDIO, content=CREATED, headers=sent) for _ in range(times)]
            assert all(int(r.headers["retry-after"]) >= 1 for r in found if r.status_code == 429)
            return [r.status_code for r in found]

        assert statuses("192.0.2.1", "", 12) == [200] * 5 + [429] * 7
        assert statuses("192.0.2.1", "198.51.100.7", 2) == [429, 429]  # nobody believes it what it says
        assert statuses("192.0.2.2", "", 2) == [200, 200]
        assert statuses("10.0.0.1", "198.51.100.7", 12) == [200] * 5 + [429] * 7
        assert statuses("10.0.0.2", "203.0.113.9, 198.51.100.7", 1) == [429]
        assert statuses("10.0.0.2", "198.51.100.7, 203.0.113.9", 1) == [200]


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("where", [CVAT, LABEL_STUDIO])
def test_wrong_ones_keep_no_right_one_out(tmp_path: Path, where: str) -> None:
    with receiving(configured(tmp_path, {**SMALL, "max_body": 1_000_000, "rate": 2})) as service:
        body, headers = {CVAT: (JOB, signed(service, JOB)), LABEL_STUDIO: (CREATED, known(service))}[where]
        with TestClient(build(service), client=("192.0.2.1", 9)) as client:

            def statuses(times: int, sent: dict[str, str], content: bytes = body) -> list[int]:
                return [client.post(where, content=content, headers=sent).status_code for _ in range(times)]

            assert statuses(40, JSON) == [401] * 2 + [429] * 38
            assert statuses(20, headers) == [200] * 2 + [429] * 18  # the rate that is theirs
            # What is large is not even read now, and what is right uses up nothing of what is wrong.
            assert statuses(20, JSON) == [429] * 20 and statuses(1, JSON, b" " * 300_000) == [429]
