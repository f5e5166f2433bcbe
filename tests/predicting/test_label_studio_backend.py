"""Label Studio's ML-backend protocol: what a real server sent, answered so that it stores no junk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest

from labelwright.contracts import Asked, Control, Guess, HostAnswer, HostRequest, Input, Query, Template
from labelwright.predicting.binding import bind
from labelwright.predicting.model import Model
from labelwright.problems import Place, Problems
from labelwright.records import Kind, Span
from labelwright_plugins.label_studio.backend import host
from labelwright_plugins.label_studio.backend_fit import fitting, fresh
from labelwright_plugins.label_studio.config import parse_config

RECORDED = Path(__file__).parent / "recorded"
SPANS = Template(
    name="names",
    title="Names",
    inputs={"text": Input("text")},
    controls={"label": Control(Kind.SPANS, labels=["PER", "LOC"])},
)
MOOD = Template(
    name="moods",
    title="Moods",
    inputs={"text": Input("text")},
    controls={"sentiment": Control(Kind.CHOICE, labels=["Positive", "Negative"])},
)
MOODS = (
    '<View><Choices name="sentiment" toName="text"><Choice value="Positive"/><Choice value="Negative"/>'
    '</Choices><Text name="text" value="$text"/></View>'
)


class Echo:
    """Answers Positive, or all places of the word Ada; says what it was asked about."""

    inputs = ("text",)
    kinds = (Kind.SPANS, Kind.CHOICE)
    batch = 64

    def __init__(self, asked: Asked) -> None:
        self.asked, self.sizes, self.drawn = asked, [], []  # type: ignore[var-annotated]

    def predict(self, batch: Sequence[Query]) -> list[Guess]:
        self.sizes.append(len(batch))
        return [self.guess(query) for query in batch]

    def guess(self, query: Query) -> Guess:
        (control,) = self.asked.controls
        if self.asked.template is MOOD:
            return Guess({control: "Positive"}, score=0.8)
        text = query.text("text")
        starts = [n for n in range(len(text)) if text.startswith("Ada", n)]
        return Guess({control: tuple(Span(n, n + 3, "PER", score=0.5) for n in starts)})

    def interact(self, query: Query) -> Guess:
        self.drawn.append(query.drawn)
        return self.guess(query)


def served(template: Template) -> Model:
    """A loaded model."""
    model = Model("echo", Echo, bind(Echo, template))
    model.load()
    return model


def recorded(name: str) -> dict[str, Any]:
    """A request of the server's, as it was sent."""
    found: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return found


def asked(model: Model, path: str, body: Any, method: str = "POST") -> HostAnswer:
    """The answer to one request."""
    request = HostRequest(
        method, f"echo/{path}", {}, body if isinstance(body, bytes) else json.dumps(body).encode()
    )
    found = host.at_once(request, {"echo": model})
    return found if found is not None else host.answer(request, {"echo": model}, {})


def replayed(model: Model, name: str) -> HostAnswer:
    """The answer to what a server sent."""
    sent = recorded(name)
    return asked(model, sent["path"].strip("/"), sent["request"], sent["method"])


def results(answer: HostAnswer) -> list[dict[str, Any]]:
    """The results of an answer."""
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = json.loads(answer.body)["results"]
    return found


def test_set_up_and_health_are_answered_while_a_model_loads() -> None:
    model = Model("echo", Echo, bind(Echo, MOOD))
    assert json.loads(replayed(model, "connect_setup").body) == {"model_version": model.version}
    health = asked(model, "health", b"", "GET")
    assert health.status == 200 and json.loads(health.body)["state"] == "loading"
    assert json.loads(asked(model, "versions", b"", "GET").body) == {"versions": [model.version]}


class Draws(Echo):
    """Says which labels it has, and answers while somebody draws."""

    labels = ("per", "ORGANISATION")


class Knows(Draws):
    """Says which labels it has."""

    interact = None  # type: ignore[assignment]


def names_of(*labels: str) -> str:
    """A label config that asks for names of these labels."""
    values = "".join(f'<Label value="{label}"/>' for label in labels)
    return (
        f'<View><Labels name="label" toName="text">{values}</Labels><Text name="text" value="$text"/></View>'
    )


@pytest.mark.parametrize(
    ("offered", "mapped", "refused"),
    [
        (("PER", "LOC"), {}, False),
        (("LOC", "DATE"), {}, True),
        (("LOC", "DATE"), {"ORGANISATION": "LOC"}, False),
        (("LOC", "DATE"), {"ORGANISATION": "PER"}, True),
    ],
)
def test_a_project_with_none_of_the_labels_is_refused(
    offered: tuple[str, ...], mapped: dict[str, str], refused: bool
) -> None:
    model = Model("echo", Knows, bind(Knows, SPANS), mapped)
    answer = asked(model, "setup", {"schema": names_of(*offered)})
    assert answer.status == (303 if refused else 200)
    model.load()
    body = {"tasks": [{"id": 1, "data": {"text": "x"}}], "label_config": names_of(*offered), "params": {}}
    answer = asked(model, "predict", body)
    assert answer.status == (422 if refused else 200)
    if refused:
        said = json.loads(answer.body)["detail"]
        assert said == "echo answers with per, ORGANISATION; this project has LOC, DATE"


def test_labels_that_somebody_draws_are_not_its_own() -> None:
    model = Model("echo", Draws, bind(Draws, SPANS))
    assert asked(model, "setup", {"schema": names_of("LOC", "DATE")}).status == 200


def test_all_tasks_of_a_retrieval_are_answered_in_order_and_asked_in_batches() -> None:
    model, sent = served(MOOD), recorded("predict_300")["request"]
    (first,) = sent["tasks"]  # of the 308 that the server sent in one request
    tasks = sent["tasks"] = [{**first, "id": first["id"] + n, "inner_id": n + 1} for n in range(308)]
    answer = asked(model, "predict", sent)
    found: list[Any] = results(answer)
    assert len(found) == len(tasks) == answer.items and not answer.codes
    assert model.ready().sizes == [64] * (len(tasks) // 64) + [len(tasks) % 64]
    assert {one["model_version"] for one in found} == {model.version}
    assert found[0]["result"][0]["value"] == {"choices": ["Positive"]} and found[0]["score"] == 0.8


def test_what_was_drawn_is_told_and_not_suggested_again() -> None:
    model = served(SPANS)
    (one,) = results(replayed(model, "smart_drawn"))
    assert [r["value"]["start"] for r in one["result"]] == [0, 33]
    (drawn,) = model.ready().drawn
    assert [(s.start, s.end, s.label) for s in drawn["label"]] == [(0, 12, "PER")]
    sent = recorded("smart_drawn")["request"]
    again = one["result"][1]
    sent["params"]["context"]["result"].append(
        {k: again[k] for k in ("id", "from_name", "to_name", "type", "value")}
    )
    (other,) = results(asked(model, "predict", sent))
    assert [r["value"]["start"] for r in other["result"]] == [0]


def test_events_that_people_answered_call_for_learning() -> None:
    model = served(SPANS)
    heard, train = replayed(model, "annotation_created").learn, replayed(model, "start_training").learn
    assert heard is not None and not heard.now and heard.projects == ("38", "smart text")
    assert train is not None and train.now
    assert asked(model, "webhook", {"action": "TASKS_CREATED", "project": {"id": 1}}).learn is None


def test_a_project_that_nothing_fits_is_refused_with_the_reason_where_the_server_shows_it() -> None:
    answer = asked(served(SPANS), "setup", {"schema": MOODS})
    assert answer.status == 303
    said = unquote_plus(answer.headers["Location"])
    assert "label (spans)" in said and "sentiment (Choices)" in said
    assert asked(served(SPANS), "refused", b"", "GET").status == 422
    shown = (
        MOODS.replace("$text", "$body").replace('name="text"', 'name="words"').replace('"text"', '"words"')
    )
    answer = asked(served(MOOD), "setup", {"schema": shown})
    assert "this project shows $body" in unquote_plus(answer.headers["Location"])
    assert asked(served(SPANS), "predict", {"tasks": [], "label_config": MOODS}).status == 422


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"tasks": 1}', b"\xff", b"[" * 100_000])
@pytest.mark.parametrize("path", ["predict", "webhook", "setup"])
def test_what_is_no_request_is_refused(path: str, body: bytes) -> None:
    assert asked(served(MOOD), path, body).status == (
        200 if (path, body) == ("setup", b'{"tasks": 1}') else 400
    )


def test_one_bad_task_costs_that_task_alone() -> None:
    tasks = [
        {"id": 1, "data": {"text": "a"}},
        7,
        {"id": 2},
        {"id": 3, "data": {}},
        {"id": 4, "data": {"text": "b"}},
    ]
    answer = asked(served(MOOD), "predict", {"tasks": tasks, "label_config": MOODS})
    found: list[Any] = results(answer)
    assert found[1:4] == [[], [], []], "nothing is stored, and the server asks again"
    assert [len(one["result"]) for one in (found[0], found[4])] == [1, 1]
    assert answer.codes["predictor.input-missing"] == 1 and sum(answer.codes.values()) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, ""),
        ({"from_name": "mood"}, "no such control"),
        ({"to_name": "picture"}, "it is about 'picture'"),
        ({"type": "labels"}, "it is of type 'labels'"),
        ({"value": {}}, "it has no value"),
        ({"value": {"choices": ["Neutral"]}}, "no label 'Neutral'"),
    ],
)
def test_a_result_that_the_config_cannot_hold_is_not_sent(change: dict[str, Any], said: str) -> None:
    right = {"id": "a", "from_name": "sentiment", "to_name": "text", "type": "choices", "score": float("nan")}
    result: dict[str, Any] = {**right, "value": {"choices": ["Positive"]}, **change}
    problems = Problems()
    links = [{"type": "relation", "from_id": "a", "to_id": "a"}]
    found = fitting([result, *links], parse_config(MOODS), Place(item="1"), problems)
    if not said:
        assert "score" not in found[0] and len(found) == 2 and not problems.counts
        return
    (problem, lost) = problems
    assert found == [] and said in problem.message
    assert lost.code == problem.code and "relates to one that is not sent" in lost.message


def test_only_what_nobody_drew_is_new() -> None:
    mine = {"id": "a", "from_name": "label", "value": {"start": 0, "end": 3, "labels": ["PER"]}}
    other = {"id": "b", "from_name": "label", "value": {"start": 5, "end": 9, "labels": ["PER"]}}
    drawn = [
        {"id": "x", "from_name": "label", "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}}
    ]
    assert fresh([mine, other], [*drawn, 7]) == [other]
    assert fresh([mine, other], [{"id": "b"}]) == [mine]


def test_half_of_a_surrogate_pair_costs_nobody_anything() -> None:
    """Label Studio escapes it as it lies in its database; UTF-8 cannot hold it."""
    model = served(SPANS)
    tasks = [{"id": n, "data": {"text": text}} for n, text in enumerate(["Ada", "\ud83d Ada", "Ada"])]
    answer = asked(model, "predict", json.dumps({"tasks": tasks}).encode("ascii"))
    starts = [[one["value"]["start"] for one in task["result"]] for task in results(answer)]
    assert starts == [[0], [2], [0]]
    assert answer.codes == {"io.lone-surrogate": 1}
    odd = MOODS.replace('value="Positive"', 'value="\ud83d"')
    assert asked(served(MOOD), "setup", json.dumps({"schema": odd}).encode("ascii")).status == 200


def test_a_label_config_that_was_edited_counts_from_the_next_request() -> None:
    model, sent = served(MOOD), recorded("predict_300")["request"]
    edited = MOODS.replace('<Choice value="Positive"/>', '<Choice value="Fine"/>')
    found = []
    for config in (MOODS, edited, MOODS, edited, "<View/>", MOODS):
        answer = asked(model, "predict", {**sent, "label_config": config})
        results_of = json.loads(answer.body).get("results", [])
        found.append((answer.status, [len(one["result"]) for one in results_of], dict(answer.codes)))
    unknown, broken = {"predictor.label-unknown": 1}, {"label-studio.config-unreadable": 1}
    nothing: dict[str, int] = {}
    fine, other = (200, [1], nothing), (200, [0], unknown)
    assert found == [fine, other, fine, other, (422, [], broken), fine]
