"""The chat predictor against a server of another's making that speaks the protocol and checks the schema."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from chatting import ask, asking, codes, loaded, question, shipped, small
from jsonschema import Draft202012Validator
from photos import encoded
from PIL import Image
from programs import free_port

from labelwright.contracts import Control
from labelwright.predicting.binding import fits
from labelwright.predictors import _asking
from labelwright.predictors.chat import Chat
from labelwright.records import Kind
from labelwright.registry import template_folders

MADE_UP = {"chat.quote-not-found", "chat.place-unfit", "chat.phrase-not-found", "predictor.value-misfits"}
MADE_UP |= {"chat.answer-unfit"}
MOOD = small(mood=Control(Kind.CHOICE, ["GOOD", "BAD"], required=True))


class Mock:
    """The server at ``url``, and what it can be told and asked beside the protocol."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(
            f"{self.url}/_llmock/{path}", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def scenario(self, *behaviors: dict[str, Any]) -> None:
        self.control("reset", {})
        self.control("scenario", {"behaviors": list(behaviors)})

    def requests(self) -> list[Any]:
        """Those that it was asked, as it keeps them."""
        return list(self.control("requests")["requests"])


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    port = free_port()
    log = tmp_path_factory.mktemp("llmock") / "log"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    program = Path(sys.executable).with_name("llmock")
    with log.open("wb") as out:
        server = subprocess.Popen(
            [program, "serve", "--host", "127.0.0.1", "--port", str(port)],
            stdout=out,
            stderr=out,
            env=environment,
        )
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    assert server.poll() is None and time.monotonic() < until, log.read_text()
                    time.sleep(0.1)
            yield Mock(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()
            server.wait(60)


@pytest.fixture(autouse=True)
def fresh(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_asking, "FIRST_WAIT", 0.05)
    mock.control("reset", {})


def test_an_answer_made_of_the_schema_fits_the_template(mock: Mock) -> None:
    template = small(
        mood=MOOD.controls["mood"],
        tags=Control(Kind.CHOICES, ["X", "Y"]),
        stars=Control(Kind.RATING, minimum=1, maximum=5, required=True),
        why=Control(Kind.TEXT, required=True),
    )
    found = ask(loaded(f"{mock.url}/v1", template), text="A fine day.")
    assert found.problems == []
    assert found.answers is not None
    assert found.answers["mood"] == "GOOD" and found.answers["stars"] in range(1, 6) and found.answers["why"]


ABLE = [
    name
    for name in sorted(template_folders())
    if fits(Chat, shipped(name)) and asking("http://127.0.0.1:1", shipped(name)).state == "ready"
]


@pytest.mark.parametrize("name", ABLE)
def test_every_template_is_asked_and_answered(mock: Mock, name: str) -> None:
    template = shipped(name)
    image = encoded(Image.new("RGB", (40, 20), "navy"))
    line = (Path(template.folder) / "samples.jsonl").read_text("utf-8").splitlines()[0]
    found = ask(loaded(f"{mock.url}/v1", template), image, **json.loads(line))
    (sent,) = [r["body"]["response_format"]["json_schema"] for r in mock.requests()]
    Draft202012Validator.check_schema(sent["schema"])
    assert sent["strict"] is True
    # What is made of a schema quotes no text and points nowhere; all else has to be an answer.
    assert {c for c in codes(found) if c not in MADE_UP} == set(), found.problems
    assert (found.answers is not None) or codes(found)


def test_templates_of_every_sort_are_among_them() -> None:
    assert len(ABLE) >= 20
    assert {"phrase-grounding", "visual-question-answering", "named-entities", "preference-pair"} <= set(ABLE)


def test_images_are_taken(mock: Mock) -> None:
    regions = [{"bbox_2d": [0, 0, 500, 500], "label": "PHRASE", "phrase": "blue plane", "occurrence": 1}]
    mock.scenario({"type": "reply", "text": json.dumps({"caption": "A blue plane", "regions": regions})})
    image = encoded(Image.new("RGB", (40, 20), "navy"))
    found = ask(loaded(f"{mock.url}/v1", shipped("phrase-grounding")), image, image="a.png")
    assert found.problems == [] and found.answers is not None
    (shape,) = found.answers["regions"]
    assert (shape.geometry.width, shape.geometry.height) == (20, 10)


def test_it_is_asked_again_where_it_has_no_room(mock: Mock) -> None:
    mock.scenario(
        {"type": "fail", "status": 429, "times": 2},
        {"type": "reply", "text": '{"mood": "BAD"}'},
    )
    found = ask(loaded(f"{mock.url}/v1", MOOD, retries=3), text="A grey day.")
    assert found.answers == {"mood": "BAD"} and found.problems == []
    assert [r["status"] for r in mock.requests()] == [429, 429, 200]


def test_what_it_spends_is_counted_by_the_server(mock: Mock) -> None:
    mock.scenario({"type": "reply", "text": '{"mood": "BAD"}'})
    model = loaded(f"{mock.url}/v1", MOOD, price_in=1, price_out=1)
    assert codes(ask(model, text="A grey day.")) == []
    assert "guessed" not in model.told and "for 1 answers" in model.told


def test_many_items_are_answered_in_order(mock: Mock) -> None:
    model = loaded(f"{mock.url}/v1", MOOD, concurrency=4)
    found = model.predict([question(MOOD, str(n), text=f"Day {n}.") for n in range(12)])
    assert [o.answers for o in found] == [{"mood": "GOOD"}] * 12
