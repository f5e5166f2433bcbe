"""The page and its API on PostgreSQL say what they say on SQLite."""

from __future__ import annotations

from pathlib import Path

from postgres import Postgres
from service_pages import TOKEN, add_event, add_send, fill, served
from starlette.testclient import TestClient

from labelwright.service.app import build
from labelwright.service.operations import API

HERE = "http://localhost:8790"


def test_every_page_and_list_is_shown(postgresql: Postgres, tmp_path: Path) -> None:
    changes = {"service": {"database_url": postgresql.database(), "data": "data", "port": 8790}}
    with served(tmp_path, changes) as service:
        fill(service)
        for number in range(30):
            add_event(service, f"new_{number:02}")
            add_send(service, f"new_{number:02}")
        client = TestClient(build(service), base_url=HERE, headers={"Authorization": f"Bearer {TOKEN}"})
        page = client.get("/projects/emails").text
        assert (
            "31 events were not taken by whom it was for" in page and "and 11 more that were given up" in page
        )
        for path in ("/", "/projects/replies", "/projects/emails?past=new_05", "/projects/emails?before=5"):
            assert client.get(path).status_code == 200, path
        for path in ("status", "projects", "deliveries", "builds", "datasets", "events", "sends"):
            assert client.get(f"{API}/{path}").status_code == 200, path
        metrics = client.get("/metrics").text
        assert 'labelwright_project_failing{project="replies"} 1.0' in metrics
        assert client.post(f"{API}/projects/emails/revive").status_code == 202
        assert client.get("/api/v1/projects/emails").json()["dead_sends"] == 0
