"""Tokens of both kinds against the real server."""

from __future__ import annotations

import pytest
from tests.live.server import Server

from labelwright.problems import DataError
from labelwright_plugins.label_studio import projects
from labelwright_plugins.label_studio.client import Client, connect

pytestmark = pytest.mark.live


@pytest.mark.parametrize("kind", ["token", "legacy"])
def test_both_kinds_of_token_work(server: Server, kind: str) -> None:
    server.api("POST", "/api/projects/", {"title": f"For {kind}"})
    with connect(server.url, getattr(server, kind)) as client:
        assert f"For {kind}" in {p["title"] for p in projects.projects(client)}


def test_a_wrong_token_is_told_without_showing_it(server: Server) -> None:
    wrong = "f" * 40
    with connect(server.url, wrong) as client, pytest.raises(DataError) as caught:
        list(projects.projects(client))
    assert caught.value.problem.code == "label-studio.token-refused"
    assert wrong not in str(caught.value)


def test_a_disabled_legacy_token_leads_to_personal_ones(server: Server, client: Client) -> None:
    before = client.get("/api/jwt/settings")
    client.post("/api/jwt/settings", {**before, "legacy_api_tokens_enabled": False})
    try:
        with connect(server.url, server.legacy) as legacy, pytest.raises(DataError) as caught:
            list(projects.projects(legacy))
    finally:
        client.post("/api/jwt/settings", before)
    assert caught.value.problem.code == "label-studio.legacy-token-disabled"
    assert "personal access token" in caught.value.problem.remedy


def test_an_unknown_project_lists_what_there_is(client: Client) -> None:
    with pytest.raises(DataError) as caught:
        projects.resolve(client, "no such project")
    assert caught.value.problem.code == "label-studio.project-unknown"
