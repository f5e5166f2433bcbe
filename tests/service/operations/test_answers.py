from __future__ import annotations

import time
from typing import Any
from unittest.mock import Mock

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families
from service_post import Post
from service_rows import build_row, deliver, version
from starlette.testclient import TestClient

from labelwright.contracts import Heard
from labelwright.service.app import build
from labelwright.service.inbox.writer import InboxWriter
from labelwright.service.loops.nodes import BEAT, LATE
from labelwright.service.metrics import MOST, OTHER, Metrics
from labelwright.service.outer import outer
from labelwright.service.store.tables import VERSION, meta, nodes
from labelwright.service.work.tending import sign, sign_off


@pytest.fixture
def client(post: Post) -> TestClient:
    return TestClient(
        outer(post.service, build(post.service)),
        base_url="http://127.0.0.1",
        raise_server_exceptions=False,
        client=("127.0.0.1", 50000),
        follow_redirects=False,
    )


def test_alive_needs_no_database(post: Post, client: TestClient) -> None:
    post.database.close()
    (post.folder / "data" / "labelwright.sqlite").unlink()
    assert client.get("/health").json() == {"alive": True}


def test_ready_when_all_is_well(post: Post, client: TestClient) -> None:
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": []})


def test_a_database_of_another_version_is_not_ready(post: Post, client: TestClient) -> None:
    with post.database.writing() as connection:
        connection.execute(meta.update().values(value=str(VERSION + 1)))
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["the database is of another version of this program"]


def test_a_database_that_is_away_is_told_without_its_address(
    post: Post, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Any:
        raise sa.exc.OperationalError("SELECT", {}, Exception("password=hunter2 host=db.internal"))

    monkeypatch.setattr(post.database, "reading", away)
    answer = client.get("/ready")
    assert (answer.status_code, answer.json()["reasons"]) == (503, ["the database does not answer"])
    page = client.get("/metrics")
    assert page.status_code == 200 and "labelwright_database_up 0.0" in page.text
    assert "hunter2" not in answer.text + page.text
    assert "labelwright_queue_age_seconds" not in page.text, "what is not known is not told as zero"


def test_a_full_inbox_an_ending_service_and_a_late_heart_are_not_ready(
    post: Post, client: TestClient
) -> None:
    post.service.inbox = InboxWriter(post.database, lambda projects: None, most_waiting=0)
    post.service.extra[BEAT] = time.monotonic() - LATE - 1
    post.service.closing.set()
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == [
        "the service is ending",
        "too many deliveries wait to be written",
        "the database takes nothing in",
    ]


def test_an_ending_service_takes_no_deliveries_and_asks_to_come_again(post: Post, client: TestClient) -> None:
    assert client.post("/webhooks/label-studio/none", json={}).status_code == 401
    post.service.closing.set()
    answer = client.post("/webhooks/label-studio/none")
    assert (answer.status_code, answer.headers["connection"]) == (503, "close")
    assert int(answer.headers["retry-after"]) > 0
    assert client.get("/health").status_code == 200
    page = client.get("/metrics").text
    for outcome in ("unauthorized", "closing"):
        assert f'labelwright_deliveries_total{{event="",outcome="{outcome}",tool="other"}} 1.0' in page


def test_metrics_tell_how_things_stand(post: Post, client: TestClient) -> None:
    oldest = time.time() - 90
    deliver(post, "a", last_at=oldest)
    deliver(post, "b")
    deliver(post, "c", state="done", last_at=5.0)
    version(post, 1, 0.9)
    version(post, 2, 0.75)
    build_row(post, "b1", 1.0)
    build_row(post, "b2", 2.0, state="failed")
    build_row(post, "b3", 3.0, state="running", ended_at=None)
    post.service.projects["emails"] = Mock()  # one that is configured; others have no such gauge
    build_row(post, "b4", 4.0, project="long-gone", state="failed")
    post.event("evt_1", "team", "chat")
    sign(post.service, post.service.node)
    post.service.metrics.commit(0.003, 7)
    post.service.metrics.rebuild("done", 12.5)
    lines = client.get("/metrics").text.splitlines()
    for line in (
        'labelwright_queue{state="done"} 1.0',
        'labelwright_queue{state="new"} 2.0',
        'labelwright_sends{state="waiting",target="chat"} 1.0',
        'labelwright_rebuilds{state="failed"} 2.0',
        'labelwright_agreement{dataset="sft",project="emails"} 0.75',
        'labelwright_version{dataset="sft",project="emails"} 2.0',
        'labelwright_version_published{dataset="sft",project="emails"} 1.0',
        'labelwright_project_failing{project="emails"} 1.0',
        "labelwright_nodes 1.0",
        "labelwright_database_up 1.0",
        "labelwright_committed_total 7.0",
        'labelwright_commit_seconds_bucket{le="0.005"} 1.0',
        'labelwright_rebuild_seconds_bucket{le="30.0",state="done"} 1.0',
    ):
        assert line in lines, line
    assert not any("long-gone" in line for line in lines)
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)
    told = {f.name: f.type for f in text_string_to_metric_families(client.get("/metrics").text)}
    assert all(name.startswith(("labelwright_", "process_")) for name in told)
    assert told["labelwright_deliveries"] == told["labelwright_committed"] == "counter"
    assert told["labelwright_queue"] == "gauge" and told["labelwright_commit_seconds"] == "histogram"
    (age,) = [line for line in lines if line.startswith("labelwright_queue_age_seconds ")]
    assert 90 <= float(age.split()[1]) <= time.time() - oldest


def test_a_version_without_agreement_has_no_gauge(post: Post, client: TestClient) -> None:
    version(post, 1, 0.9)
    version(post, 2, None)
    text = client.get("/metrics").text
    assert "labelwright_agreement{" not in text and "labelwright_version{" in text


def test_labels_are_bounded_whatever_comes(post: Post) -> None:
    metrics = Metrics(["cvat"])
    for number in range(MOST * 3):
        metrics.delivery("cvat", "accepted", f"made-up-{number}", known=False)
        metrics.delivery(f"tool-{number}", f"outcome-{number}", f"known-{number}", known=True)
    text = metrics.show({}).decode()
    assert f'event="{OTHER}",outcome="accepted",tool="cvat"}} {MOST * 3}.0' in text
    assert "made-up" not in text and "tool-1" not in text
    assert text.count("labelwright_deliveries_total{") <= MOST + 2


def test_an_event_is_told_where_the_receiver_names_it(post: Post) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        heard = Heard("ANNOTATION_CREATED", "k")
        scope["heard"] = (heard.event, heard.known)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    TestClient(outer(post.service, app)).post("/webhooks/label-studio/emails?token=x")
    page = post.service.metrics.show({}).decode()
    assert 'labelwright_deliveries_total{event="ANNOTATION_CREATED",outcome="accepted",tool="other"}' in page
    assert "labelwright_delivery_seconds_count 1.0" in page


def test_requests_are_logged_without_what_they_carry(
    post: Post, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "labelwright.service.requests")
    client.post("/webhooks/label-studio/secret-path?token=q1", content=b"a body", headers={"X-A": "a header"})
    client.get("/somewhere/else?session=q2")
    client.get("/health?x=q3")
    told = [r.getMessage().rpartition(" in ")[0] for r in caplog.records if r.name.endswith(".requests")]
    assert [line[:-2] for line in told] == ["POST (unknown) 4", "GET (unknown) 4", "GET /health 2"]
    for carried in ("secret-path", "q1", "q2", "q3", "a body", "a header", "somewhere"):
        assert carried not in caplog.text


def test_a_node_is_forgotten_when_it_is_silent_or_leaves(post: Post) -> None:
    with post.database.writing() as connection:
        old = {"id": "other-1", "version": "0", "started_at": 1.0, "seen_at": time.time() - 3600}
        connection.execute(nodes.insert().values(old))
    sign(post.service, post.service.node)
    sign(post.service, post.service.node)
    with post.database.reading() as connection:
        assert list(connection.execute(sa.select(nodes.c.id)).scalars()) == [post.service.node]
    sign_off(post.service, post.service.node)
    with post.database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(nodes)).scalar() == 0
