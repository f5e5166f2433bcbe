"""connect --predictor: the ML backend of a Label Studio made small, its webhook, and who else is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ls_webhooks import TOKEN, LabelStudio, label_studio

from labelwright.contracts import Server, Wanted
from labelwright.problems import DataError
from labelwright_plugins.label_studio.backend import ANSWERED
from labelwright_plugins.label_studio.backend_register import asks

URL = "http://127.0.0.1:8790/ml/names"
WANTED = Wanted(URL, "labelwright names", "labelwright", "k" * 48, interactive=True, learns=True)
SILENT = Wanted(URL, "labelwright names", "labelwright", "k" * 48)


class WithBackends(LabelStudio):
    """With ML backends, as 1.23.2 has them: each makes a webhook for all events, and shows no password."""

    def __init__(self) -> None:
        super().__init__()
        self.backends: dict[int, dict[str, Any]] = {}
        self.shown = ""
        self.refusing = ""
        self.version = "names-01234567"

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if path.startswith("/api/projects/7/"):
            if method == "PATCH":
                self.writes.append(f"{method} {path}")
                self.shown = body["model_version"]
            return 200, {"id": 7, "title": "Emails", "model_version": self.shown}
        if not path.startswith("/api/ml"):
            return super().answer(method, path, query, body)
        if method == "GET":
            return 200, [one for one in self.backends.values() if one["project"] == int(query["project"])]
        self.writes.append(f"{method} {path}")
        if self.refusing:
            return 400, {"non_field_errors": [self.refusing]}
        number = int(path.rpartition("/")[2] or len(self.backends) + 1)
        if method == "DELETE":
            del self.backends[number]
            return 204, None
        kept = {k: v for k, v in body.items() if k != "basic_auth_pass"}
        if method == "POST":
            self.add(url=f"{body['url']}/webhook")
            self.shown = self.shown or body["title"]
        well = {"state": "CO", "error_message": None, "model_version": self.version}
        told = {"id": number, "is_interactive": False, "extra_params": None, **well}
        self.backends[number] = {**told, **kept}
        return 200, self.backends[number]


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[WithBackends]:
    monkeypatch.setattr("ls_webhooks.LabelStudio", WithBackends)
    with label_studio() as running:
        assert isinstance(running, WithBackends)
        yield running


@pytest.fixture
def server(tool: WithBackends, tmp_path: Path) -> Server:
    (tmp_path / "token").write_text(TOKEN)
    (tmp_path / "token").chmod(0o600)
    return Server(tool.url, str(tmp_path / "token"))


def test_made_once_with_a_log_in_and_a_webhook_that_has_it(tool: WithBackends, server: Server) -> None:
    assert asks.connect(server, "Emails", WANTED, True).state == "missing" and tool.writes == []
    made = asks.connect(server, "Emails", WANTED, False)
    assert (made.state, made.address) == ("created", f"{tool.url}/projects/7/settings/ml")
    (backend,) = tool.backends.values()
    assert (backend["auth_method"], backend["basic_auth_user"]) == ("BASIC_AUTH", "labelwright")
    assert WANTED.key not in str(backend) and backend["is_interactive"] and tool.shown == "labelwright names"
    (hook,) = tool.hooks.values()
    assert hook["headers"]["Authorization"].startswith("Basic ") and hook["actions"] == list(ANSWERED)
    assert not hook["send_for_all_actions"]
    tool.writes.clear()
    assert asks.connect(server, "Emails", WANTED, False).state == "unchanged" and tool.writes == []


def test_one_that_does_not_learn_is_sent_no_events(tool: WithBackends, server: Server) -> None:
    assert asks.connect(server, "Emails", SILENT, False).state == "created" and tool.hooks == {}


@pytest.mark.parametrize("change", [{"title": "x"}, {"is_interactive": False}, {"extra_params": None}])
def test_what_differs_is_repaired(tool: WithBackends, server: Server, change: dict[str, Any]) -> None:
    asks.connect(server, "Emails", WANTED, False)
    tool.backends[1] |= change
    assert asks.connect(server, "Emails", WANTED, True).state == "wrong"
    assert asks.connect(server, "Emails", WANTED, False).state == "updated"
    assert asks.connect(server, "Emails", WANTED, True).state == "unchanged"


def test_another_key_and_other_suggestions_are_noticed(tool: WithBackends, server: Server) -> None:
    asks.connect(server, "Emails", WANTED, False)
    other = Wanted(URL, WANTED.title, WANTED.user, "n" * 48, True, True)
    assert asks.connect(server, "Emails", other, True).differs == ("log-in", "webhook")
    tool.shown = "old-model"
    assert asks.connect(server, "Emails", WANTED, True).differs == ("suggestions shown",)
    asks.connect(server, "Emails", WANTED, False)
    assert tool.shown == WANTED.title


def test_duplicates_go_and_another_backend_is_told_of(tool: WithBackends, server: Server) -> None:
    tool.backends[1] = {"id": 1, "project": 7, "url": "http://other", "title": "old"}
    tool.shown = "old"
    made = asks.connect(server, "Emails", WANTED, False)
    assert "'old', which alone is asked" in made.told[0] and tool.shown == "old"
    assert asks.connect(server, "Emails", WANTED, True).state == "unchanged"
    tool.backends[3] = {**tool.backends[2], "id": 3}
    assert asks.connect(server, "Emails", WANTED, False).removed == 1 and sorted(tool.backends) == [1, 2]
    assert asks.disconnect(server, "Emails", URL) == 1 and sorted(tool.backends) == [1] and not tool.hooks


@pytest.mark.parametrize(
    ("refusing", "code", "said"),
    [
        ("URL resolves to a reserved address", "label-studio.backend-refused", "a reserved address"),
        (
            'Can\'t connect to ML backend http://x, health check failed. <a href="/h">Learn more</a>. '
            "Additional info: 502 Server Error: Bad Gateway for url: http://x/health",
            "label-studio.backend-refused",
            "asked for its health, it answered HTTP 502 (Bad Gateway)",
        ),
        (
            "Successfully connected to http://x but it doesn't look like a valid ML backend. Reason: "
            "Unterminated string starting at: line 1 column 3 (char 2).\nCheck the ML backend server console",
            "label-studio.backend-refused",
            "asked to set itself up, it answered something that is not JSON",
        ),
        (
            "Able to connect to ML Server, but authentication parameters were either not provided",
            "label-studio.backend-refused",
            "it refused the log-in (HTTP 401)",
        ),
        (
            "422 Client Error for url: http://x/refused?because=names+answers+mood;+this+asks+age.\nCheck",
            "label-studio.backend-fits-not",
            "names answers mood; this asks age",
        ),
    ],
)
def test_a_refusal_is_told(tool: WithBackends, server: Server, refusing: str, code: str, said: str) -> None:
    tool.refusing = refusing
    with pytest.raises(DataError) as caught:
        asks.connect(server, "Emails", WANTED, False)
    assert caught.value.problem.code == code and said in caught.value.problem.message


@pytest.mark.parametrize("version", ["", "foreign-1", "names"])
def test_something_else_that_answers_is_taken_away_again(
    tool: WithBackends, server: Server, version: str
) -> None:
    tool.version = version
    with pytest.raises(DataError) as caught:
        asks.connect(server, "Emails", WANTED, False)
    assert caught.value.problem.code == "label-studio.backend-not-ours"
    assert "no predictor of this service" in caught.value.problem.message
    assert tool.backends == {} == tool.hooks


@pytest.mark.parametrize(
    ("change", "differs", "said"),
    [
        ({"state": "DI"}, "not reached", "no healthy answer"),
        (
            {"state": "ER", "error_message": "HTTPConnectionPool: Read timed out. (read timeout=3.0)"},
            "not set up",
            "no answer within 3 s",
        ),
        ({"model_version": "foreign-1"}, "another model", "names its model 'foreign-1'"),
    ],
)
def test_a_check_tells_that_it_does_not_answer(
    tool: WithBackends, server: Server, change: dict[str, Any], differs: str, said: str
) -> None:
    asks.connect(server, "Emails", WANTED, False)
    tool.backends[1] |= change
    found = asks.connect(server, "Emails", WANTED, True)
    assert (found.state, found.differs) == ("wrong", (differs,)) and said in found.told[0]
    assert asks.connect(server, "Emails", WANTED, False).state == "updated"
    assert asks.connect(server, "Emails", WANTED, True).told == ()
