"""doccano's REST request: labels in the form that its mapping templates take, and never anything else."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import jinja2
import pytest

from labelwright.contracts import Control, HostRequest, Input, Outcome, Query, Template
from labelwright.problems import DataError, ProblemType
from labelwright.records import Kind, Span
from labelwright_plugins.doccano.autolabel import TASKS, mapping, request
from labelwright_plugins.doccano.backend import Backend, host, labels

FAILED = ProblemType("test.failed", "It failed", "it failed", "Nothing.")
TEXT = "Tim Cook 😀"


class Model:
    """A predictor that answers what it is told to."""

    name, title, version, labels, interacts, reason = "m", "m", "1", (), False, ""

    def __init__(self, answers: Any, state: str = "ready", image: bool = False, **more: Control) -> None:
        controls = more or {
            "spans": Control(Kind.SPANS, ["PER"]),
            "label": Control(Kind.CHOICES, ["A"]),
            "summary": Control(Kind.TEXT),
            "asked": Control(Kind.CHOICE, on="spans"),
        }
        shown = "image" if image else "body"
        inputs = {shown: Input("image" if image else "text")}
        self.template = Template("own", inputs=inputs, controls=controls)
        self.state, self._answers = state, answers
        self.seen: list[Query] = []

    def predict(self, queries: Sequence[Query]) -> list[Outcome]:
        self.seen += queries
        if isinstance(self._answers, Exception):
            raise self._answers
        return [Outcome(self._answers, problems=[FAILED.at()]) for _ in queries]

    def interact(self, query: Query) -> Outcome:
        return self.predict([query])[0]


ANSWERS: dict[str, Any] = {
    "spans": (Span(0, 8, "PER", "Tim Cook", score=0.5), Span(9, 10, "PER")),
    "label": ("A", "B"),
    "summary": 'He said "hi"\n',
    "asked": "x",
}
EXPECTED: dict[str, list[dict[str, Any]]] = {
    "span": [
        {"label": "PER", "start_offset": 0, "end_offset": 8, "score": 0.5},
        {"label": "PER", "start_offset": 9, "end_offset": 10},
    ],
    "category": [{"label": "A"}, {"label": "B"}],
    "text": [{"text": 'He said "hi"\n'}],
}


def _ask(model: Model, path: str, body: Any = None, backend: Backend = host, **query: str) -> tuple[int, Any]:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    asked = HostRequest("GET" if query else "POST", path, {}, sent, query)
    served: Mapping[str, Any] = {"m": model}
    found = backend.at_once(asked, served) or backend.answer(asked, served, {})
    return found.status, json.loads(found.body)


@pytest.mark.parametrize("task", EXPECTED)
def test_each_task_gets_its_labels(task: str) -> None:
    model = Model(ANSWERS)
    assert _ask(model, f"m/{task}", {"text": TEXT}) == (200, EXPECTED[task])
    assert _ask(model, f"m/{task}", q=TEXT) == (200, EXPECTED[task])
    assert [q.item.inputs for q in model.seen] == [{"body": TEXT}] * 2


@pytest.mark.parametrize("task", EXPECTED)
def test_the_mapping_templates_take_the_answer(task: str) -> None:
    """doccano renders the template with Jinja, our answer as ``input``, and reads the outcome as JSON."""
    answer = labels(Model(ANSWERS).template, task, ANSWERS)
    kept = [{k: v for k, v in one.items() if k != "score"} for one in EXPECTED[task]]
    assert json.loads(jinja2.Template(mapping(task.title())).render(input=answer)) == kept
    assert json.loads(jinja2.Template(mapping(task.title())).render(input=[])) == []


def test_the_task_may_be_left_out_where_there_is_but_one() -> None:
    one = Model({"c": "A"}, c=Control(Kind.CHOICE, ["A"]))
    assert _ask(one, "m", {"text": TEXT}) == (200, [{"label": "A"}])
    assert _ask(Model(ANSWERS), "m", {"text": TEXT}) == (404, [])


@pytest.mark.parametrize(
    ("model", "path", "body", "status"),
    [
        (Model(ANSWERS, "loading"), "m/span", {"text": "x"}, 503),
        (Model(ANSWERS, "failed"), "m/span", {"text": "x"}, 503),
        (Model(None), "m/span", {"text": "x"}, 503),
        (Model(DataError(FAILED.at())), "m/span", {"text": "x"}, 503),
        (Model(ANSWERS), "other/span", {"text": "x"}, 404),
        (Model(ANSWERS), "m/boxes", {"text": "x"}, 404),
        (Model(ANSWERS), "m/span", {"text": 5}, 400),
        (Model(ANSWERS), "m/span", [], 400),
        (Model(ANSWERS), "m/span", b"{", 400),
        (Model(ANSWERS), "m/span", b"\xff", 400),
        (Model({}), "m/span", {"text": "x"}, 200),
    ],
)
def test_every_failure_is_an_empty_list(model: Model, path: str, body: Any, status: int) -> None:
    """doccano looks at no status, and would take an error's body for labels."""
    assert _ask(model, path, body) == (status, [])


def test_what_was_asked_is_counted_with_its_problems_and_is_named_by_what_it_shows() -> None:
    found, keys = [], []
    for model in (Model(DataError(FAILED.at())), Model({})):
        for text in ("a", "b", "a"):
            asked = HostRequest("POST", "m/span", {}, json.dumps({"text": text}).encode())
            served: Mapping[str, Any] = {"m": model}
            answer = host.answer(asked, served, {})
            found.append((answer.status, answer.items, list(answer.codes)[:1]))
        keys += [query.item.key.item for query in model.seen]
    assert [one[:2] for one in found] == [(503, 1)] * 3 + [(200, 1)] * 3 and found[0][2] == [FAILED.code]
    assert len(keys) == 6 and len(set(keys)) == 2 and keys[0] == keys[2] and all(keys)


def test_a_model_that_hangs_is_not_waited_for() -> None:
    release = threading.Event()

    class Hanging(Model):
        def predict(self, queries: Sequence[Query]) -> list[Outcome]:
            release.wait(30)
            return super().predict(queries)

    try:
        assert _ask(Hanging(ANSWERS), "m/span", {"text": "x"}, Backend(patience=0.05)) == (504, [])
    finally:
        release.set()


def test_a_stored_path_becomes_the_path_on_the_server() -> None:
    model = Model({"label": ("A",)}, image=True)
    assert _ask(model, "m/category", {"text": "up/file"}) == (200, [{"label": "A"}])
    assert model.seen[0].item.inputs == {"image": "media/up/file"}


def test_whether_it_gets_through_is_answered_without_the_model() -> None:
    model = Model(ANSWERS, "loading")
    assert _ask(model, "m/span", b"{}") == (200, []) and model.seen == []


def test_what_doccano_is_told_to_send_is_what_the_host_takes() -> None:
    assert {t for tasks in TASKS.values() for t in tasks} == {"Category", "Span", "Text"}
    for task in ("Category", "Span", "Text"):
        sent = request("http://service.test/rest/m/", "key", task)
        assert sent["headers"] == {"Authorization": "Bearer key"} and sent["body"] == {"text": "{{ text }}"}
        path = sent["url"].removeprefix("http://service.test/rest/")
        assert _ask(Model(ANSWERS), path, {"text": TEXT}) == (200, EXPECTED[task.lower()])
