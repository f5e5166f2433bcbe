"""The client, the puller and the installer against a double that answers as doccano was recorded."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doccano_double import HTML, KEY, PASSWORD, USER, Double, running

from labelwright.contracts import Control, Input, Source, Template
from labelwright.problems import DataError, Problems, UsageError
from labelwright.records import Kind, Status
from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright_plugins.doccano import plugin
from labelwright_plugins.doccano.client import Client, connect
from labelwright_plugins.doccano.installer import install, plan_of
from labelwright_plugins.doccano.pages import project_page
from labelwright_plugins.doccano.puller import pull
from labelwright_plugins.doccano.settings import Settings, settings


@pytest.fixture
def double() -> Iterator[Double]:
    """A running double."""
    with running() as started:
        yield started


@pytest.fixture
def client(double: Double) -> Iterator[Client]:
    """An administrator's client."""
    with connect(Settings(double.url, USER, PASSWORD), timeout=60.0) as connected:
        connected.backoff = 0.001
        yield connected


CASES: list[tuple[str, Any, str]] = [
    ("401", (401, {"detail": f"bad {KEY}"}), "doccano.forbidden"),
    ("403", (403, {"detail": "You do not have permission to perform this action."}), "doccano.forbidden"),
    ("404", (404, {"detail": "Not found."}), "doccano.not-found"),
    ("400", (400, {"detail": [f"no {PASSWORD}"]}), "doccano.refused"),
    ("500", (500, HTML), "doccano.server-error"),
    ("page", (200, b"<!doctype html><p>hi"), "doccano.not-an-answer"),
    ("json", (200, b'{"a": '), "doccano.not-an-answer"),
    ("list", (200, [1]), "doccano.not-an-answer"),
    ("object", (200, {"count": 1}), "doccano.not-an-answer"),
    ("redirect", (302, b""), "doccano.not-an-answer"),
]


@pytest.mark.parametrize(("answer", "code"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_each_failure_is_one_problem_with_a_remedy(
    double: Double, client: Client, answer: Any, code: str
) -> None:
    double.failures = [("GET /v1/projects", answer)]
    with pytest.raises(DataError) as caught:
        list(client.pages("/v1/projects"))
    problem = caught.value.problem
    assert problem.code == code and double.url in problem.message and problem.remedy
    assert KEY not in str(problem) and PASSWORD not in str(problem)


@pytest.mark.parametrize("answer", ["cut", (503, b"busy"), (502, b"<html>")])
def test_a_read_is_tried_again_and_a_write_is_not(double: Double, client: Client, answer: Any) -> None:
    double.failures = [("GET /v1/projects", answer)] * 3
    assert list(client.pages("/v1/projects")) == []
    double.failures = [("POST /v1/projects", answer)]
    with pytest.raises(DataError):
        client.post("/v1/projects", {"name": "x", "project_type": "Seq2seq"})
    assert double.asked.count("POST /v1/projects") == 1


def test_nobody_listens_and_a_wrong_password(double: Double) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        with pytest.raises(DataError, match=r"doccano\.unreachable.*refused"):
            connect(Settings(url, USER, PASSWORD))
    with pytest.raises(DataError, match=r"doccano\.login-refused"):
        connect(Settings(double.url, USER, "wrong"))


def test_without_the_extra_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(UsageError, match=r"labelwright\[doccano\]"):
        connect(Settings("http://doccano.test", USER, PASSWORD))


def test_settings_come_from_the_environment_alone(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret-word\n")
    found = settings(
        environ={"DOCCANO_URL": "http://d.test/", "DOCCANO_USERNAME": "me",
                 "DOCCANO_PASSWORD_FILE": str(tmp_path / "password")}
    )  # fmt: skip
    assert (found.url, found.username, found.password) == ("http://d.test", "me", "secret-word")
    assert "secret" not in repr(found)
    for lacking in (
        {},
        {"DOCCANO_URL": "http://d.test"},
        {"DOCCANO_URL": "http://d.test", "DOCCANO_USERNAME": "me"},
    ):
        with pytest.raises(UsageError, match="DOCCANO"):
            settings(environ=lacking)


def _line(number: int, **more: Any) -> bytes:
    return json.dumps({"id": number, "text": f"text {number}", "Comments": [], **more}).encode() + b"\n"


def _project(double: Double) -> int:
    number = double.project("Mail", "DocumentClassification", single_class_classification=True)
    double.types[number, "category-types"] = [{"id": 1, "text": "A"}, {"id": 2, "text": "B"}]
    double.examples[number] = [{"id": n, "upload_name": "x"} for n in range(1, 2001)]
    answered = _line(1, label=["A"]) + _line(2, label=[]) + _line(3, label=["B"]) + _line(4, label=[])
    double.exports[number] = {
        False: {"ann.jsonl": answered, "bob@example.com.jsonl": _line(1, label=["B"])},
        True: {"ann.jsonl": _line(1, label=["A"]) + _line(2, label=[]), "bob@example.com.jsonl": b""},
    }
    return number


def test_a_pull_tells_answered_confirmed_and_untouched_apart(
    double: Double, client: Client, tmp_path: Path
) -> None:
    number = _project(double)
    found = pull(client, "Mail", tmp_path / "p")
    assert (found.annotators, found.examples, found.answered, found.confirmed) == (2, 4, 3, 2)
    assert found.problems == () and found.changed
    assert not any("@" in str(p) for p in (tmp_path / "p").rglob("*"))
    source, problems = Source(str(tmp_path / "p"), name="p"), Problems()
    assert plugin.recognise(source, b"") == "pulled project"
    template = plugin.infer(source, problems)
    assert template.controls == {"label": Control(Kind.CHOICE, ["A", "B"], input="text")}
    items = list(plugin.read(source, template, problems))
    states = [[(a.answers.get("label"), a.status) for a in i.annotations] for i in items]
    assert states == [
        [("A", Status.SUBMITTED), ("B", Status.DRAFT)], [(None, Status.SUBMITTED)], [("B", Status.DRAFT)], []
    ]  # fmt: skip
    assert problems.counts == {"doccano.unconfirmed": 2}
    assert str(items[0].key) == f"{double.url}/{number}/1"
    assert project_page(double.url, "Mail", tmp_path / "p") == f"{double.url}/projects/{number}"

    assert not pull(client, str(number), tmp_path / "p").changed
    double.exports[number][False].pop("bob@example.com.jsonl")
    double.exports[number][True] = {}
    assert pull(client, "Mail", tmp_path / "p").changed
    problems = Problems()
    items = list(plugin.read(source, template, problems))
    assert [len(i.annotations) for i in items] == [1, 0, 1, 0]
    assert problems.counts == {"doccano.nothing-confirmed": 1}


def test_labels_of_the_project_win_over_those_of_the_template(
    double: Double, client: Client, tmp_path: Path
) -> None:
    _project(double)
    pull(client, "Mail", tmp_path / "p")
    problems = Problems()
    template = load_template(template_folders()["email-classification"])
    adapted = plugin.adapt(Source(str(tmp_path / "p")), template, problems)
    assert (
        adapted.controls["category"].labels == ["A", "B"] and len(template.controls["category"].labels) == 3
    )
    assert problems.counts == {"doccano.labels-differ": 1}


def test_ids_that_are_not_the_projects_own_are_told(double: Double, client: Client, tmp_path: Path) -> None:
    number = _project(double)
    double.exports[number][False]["ann.jsonl"] += b'{"id":"X9","text":"x","label":[],"Comments":[]}\n'
    assert [p.code for p in pull(client, "Mail", tmp_path / "p").problems] == ["doccano.ids-not-own"]


def test_images_are_known_by_their_address(double: Double, client: Client, tmp_path: Path) -> None:
    number = double.project("Pictures", "ImageClassification", collaborative_annotation=True)
    double.examples[number] = [{"id": 5, "upload_name": "a.png", "filename": "http://d.test/media/x/y"}]
    line = b'{"id":5,"filename":"a.png","label":["A"],"Comments":[]}\n'
    double.exports[number] = {False: {"all.jsonl": line}, True: {"all.jsonl": line}}
    pull(client, "Pictures", tmp_path / "p")
    source = Source(str(tmp_path / "p"))
    (item,) = plugin.read(source, plugin.infer(source, Problems()), Problems())
    assert item.inputs == {"image": "http://d.test/media/x/y", "filename": "a.png"}


@pytest.mark.parametrize("answer", [(200, b"PK\x03\x04broken"), (200, b"no archive")])
def test_a_broken_export_changes_nothing(double: Double, client: Client, tmp_path: Path, answer: Any) -> None:
    number = _project(double)
    pull(client, "Mail", tmp_path / "p")
    before = {p: p.read_bytes() for p in (tmp_path / "p").rglob("*") if p.is_file()}
    double.failures = [(f"GET /v1/projects/{number}/download", answer)]
    with pytest.raises(DataError, match="broken archive"):
        pull(client, "Mail", tmp_path / "p")
    double.task_error = {"text": "DataFrame columns must be unique for orient='records'."}
    with pytest.raises(DataError, match=r"doccano\.task-failed.*unique"):
        pull(client, "Mail", tmp_path / "p")
    assert {p: p.read_bytes() for p in (tmp_path / "p").rglob("*") if p.is_file()} == before


def test_a_worker_that_does_not_run_is_told(double: Double, client: Client, tmp_path: Path) -> None:
    _project(double)
    client.patience = 0.0
    with pytest.raises(DataError, match=r"doccano\.task-late") as caught:
        pull(client, "Mail", tmp_path / "p")
    assert "doccano task" in caught.value.problem.remedy


def test_a_damaged_folder_is_told(double: Double, client: Client, tmp_path: Path) -> None:
    _project(double)
    pull(client, "Mail", tmp_path / "p")
    source = Source(str(tmp_path / "p"))
    (tmp_path / "p" / "approved" / "ann.jsonl").unlink()
    with pytest.raises(DataError, match=r"doccano\.folder-damaged"):
        list(plugin.read(source, plugin.infer(source, Problems()), Problems()))


def test_an_install_adds_what_is_lacking_and_twice_nothing(
    double: Double, client: Client, tmp_path: Path
) -> None:
    template = load_template(template_folders()["email-classification"])
    (tmp_path / "items.csv").write_text("\ufefftext,k\none,1\ntwo,2\none,1\n", "utf-8")
    made = install(client, template, "Mail", tmp_path / "items.csv")
    assert (made.created, made.imported, made.duplicates, len(made.added)) == (True, 2, 1, 3)
    assert double.projects[1]["resourcetype"] == "TextClassificationProject"
    assert double.projects[1]["single_class_classification"]
    assert not double.projects[1]["collaborative_annotation"]
    again = install(client, template, "Mail", tmp_path / "items.csv")
    assert (again.changed, again.present) == (False, 3)
    double.types[1, "category-types"].pop()
    assert install(client, template, "Mail").added == (made.added[-1],)
    with pytest.raises(DataError, match=r"doccano\.type-differs"):
        install(client, load_template(template_folders()["named-entities"]), "Mail")


def test_files_are_uploaded_once(double: Double, client: Client, tmp_path: Path) -> None:
    template = load_template(template_folders()["image-classification"])
    name = next(iter(template.inputs))
    (tmp_path / "a.png").write_bytes(b"png")
    items = tmp_path / "items.jsonl"
    items.write_text(json.dumps({name: "a.png", "k": 1}) + "\n")
    assert install(client, template, "Pictures", items).imported == 1
    assert install(client, template, "Pictures", items).present == 1
    assert double.uploads == {"upload0": "a.png"}
    assert [x["meta"] for x in double.examples[1]] == [{"k": 1}]
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.png").write_bytes(b"other")
    for named, code in (("b/a.png", "item-file-name-twice"), ("c.png", "item-file-missing")):
        items.write_text("".join(json.dumps({name: x}) + "\n" for x in ("a.png", named)))
        with pytest.raises(DataError) as caught:
            install(client, template, "Pictures", items)
        assert caught.value.problem.code == f"doccano.{code}"
    assert len(double.uploads) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "items-unreadable"), ("[]", "items-unreadable"), ("[1]", "items-unreadable"),
        ('[{"words": "x"}]', "item-without-input"), ('[{"text": 5}]', "item-without-input"),
        ('[{"text": "x", "id": 1}]', "item-key-reserved"),
        ('[{"text": "x", "label": 1}]', "item-key-reserved"),
    ],
)  # fmt: skip
def test_bad_items_stop_before_anything_is_sent(
    double: Double, client: Client, tmp_path: Path, text: str, code: str
) -> None:
    (tmp_path / "items.json").write_text(text)
    with pytest.raises(DataError) as caught:
        install(
            client, load_template(template_folders()["email-classification"]), "M", tmp_path / "items.json"
        )
    assert caught.value.problem.code == f"doccano.{code}" and double.projects == {}


PLANS = {
    "email-classification": "DocumentClassification",
    "multi-label-classification": "DocumentClassification",
    "named-entities": "SequenceLabeling",
    "relation-extraction": "SequenceLabeling",
    "intent-and-slots": "IntentDetectionAndSlotFilling",
    "summarization": "Seq2seq",
    "image-classification": "ImageClassification",
    "object-detection": "BoundingBox",
    "polygon-segmentation": "Segmentation",
    "image-captioning": "ImageCaptioning",
    "audio-transcription": "Speech2text",
}


@pytest.mark.parametrize(("name", "kind"), PLANS.items())
def test_templates_become_projects_of_their_type(name: str, kind: str) -> None:
    assert plan_of(load_template(template_folders()[name])).type == kind


def test_what_doccano_cannot_ask_is_told(client: Client) -> None:
    with pytest.raises(UsageError, match="can ask nothing"):
        plan_of(load_template(template_folders()["video-tracking"]))
    asked = {"a": Control(Kind.CHOICE, ["x"]), "b": Control(Kind.RATING)}
    made = install(client, Template("own", inputs={"text": Input("text")}, controls=asked), "Two")
    assert [(p.code, p.place.control) for p in made.problems] == [("doccano.cannot-ask", "b")]
    with pytest.raises(UsageError, match="blank"):
        install(client, Template("own", inputs={"text": Input("text")}, controls=asked), " Two")
