"""Tokens of both kinds against the real server."""

from __future__ import annotations

import pytest
from tests.live.server import Server

from labelwright.problems import DataError
from labelwright_plugins.label_studio import projects
from labelwright_plugins.label_studio.client import connect

pytestmark = pytest.mark.live


@pytest.mark.parametrize("kind", ["token", "legacy"])
def test_both_kinds_of_token_work(server: Server, kind: str) -> None:
    assert isinstance(list(projects.projects(connect(server.url, getattr(server, kind)))), list)


def test_a_wrong_token_is_told_without_showing_it(server: Server) -> None:
    wrong = "f" * 40
    with pytest.raises(DataError) as caught:
        list(projects.projects(connect(server.url, wrong)))
    assert caught.value.problem.code == "label-studio.token-refused"
    assert wrong not in str(caught.value)


def test_a_disabled_legacy_token_leads_to_personal_ones(server: Server) -> None:
    client = connect(server.url, server.token)
    before = client.get("/api/jwt/settings")
    client.post("/api/jwt/settings", {**before, "legacy_api_tokens_enabled": False})
    try:
        with pytest.raises(DataError) as caught:
            list(projects.projects(connect(server.url, server.legacy)))
    finally:
        client.post("/api/jwt/settings", before)
    assert caught.value.problem.code == "label-studio.legacy-token-disabled"
    assert "personal access token" in caught.value.problem.remedy


def test_an_unknown_project_lists_what_there_is(server: Server) -> None:
    with pytest.raises(DataError) as caught:
        projects.resolve(connect(server.url, server.token), "no such project")
    assert caught.value.problem.code == "label-studio.project-unknown"
