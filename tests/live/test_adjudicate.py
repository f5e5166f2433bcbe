"""Adjudication on a real server: disputed items go up with their votes, decisions come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.live.browser import opened
from tests.live.command import Labelwright
from tests.live.server import ADMIN, ANNOTATORS, Server

pytestmark = pytest.mark.live
ANN, BOB, CEM = ANNOTATORS
NAME = "email-classification"
LABELS = ("SUPPORT_REQUEST", "SALES_INQUIRY", "GENERAL_FEEDBACK")


def choice(label: str) -> list[dict[str, Any]]:
    value = {"choices": [label]}
    return [{"id": "a", "from_name": "category", "to_name": "text", "type": "choices", "value": value}]


@pytest.fixture
def project(labelwright: Labelwright, server: Server, request: pytest.FixtureRequest) -> int:
    """Six items: a tie of two, one of three, one of low agreement by majority, three settled."""
    title = f"Review {request.node.name}"[:40]
    made = labelwright("install", "label-studio", NAME, "--project", title, "--items", "samples", "--json")
    number = int(made.json["project"])
    support, sales, other = LABELS
    votes = [(support, sales), (support, sales, other), (support, support, sales)]
    votes += [(support, support, support)] * 3
    for task, given in zip(server.tasks(number), votes, strict=False):
        for label, email in zip(given, ANNOTATORS, strict=False):
            server.annotate(task, choice(label), email)
    return number


def test_disputes_go_up_and_decisions_come_back(
    project: int, labelwright: Labelwright, server: Server, chromium: Any, tmp_path: Path, screenshots: Path
) -> None:
    title = server.api("GET", f"/api/projects/{project}/")["title"]
    wanted = ["adjudicate", "push", "label-studio", str(project), "-t", NAME]
    wanted += ["--below", "0.5", "--sample", "1", "--json"]
    first = labelwright(*wanted).json
    assert (first["cases"], first["pushed"], first["created"]) == (4, 4, True)
    assert first["reasons"] == {"tie": 2, "low agreement": 3, "sample": 1}
    again = labelwright(*wanted).json
    assert (again["pushed"], again["present"], again["renewed"], again["created"]) == (0, 4, 0, False)

    review, tasks = first["project"], server.tasks(project)
    server.annotate(tasks[0], choice(LABELS[1]), CEM)  # two to one now, of three pairs one agrees
    assert labelwright(*wanted).json["renewed"] == 1
    waiting = server.tasks(review)
    about = {t: server.api("GET", f"/api/tasks/{t}/")["data"]["labelwright"] for t in waiting}
    assert [about[t]["item"] for t in waiting[:3]] == [str(t) for t in tasks[:3]]
    assert len(about[waiting[0]]["annotators"]) == 3

    with opened(chromium, server, ADMIN, screenshots) as page:
        page.open(review, waiting[1])
        table = page.page.locator("table", has_text="category")
        assert [table.get_by_text(label, exact=True).count() for label in LABELS] == [1, 1, 1]
        assert page.serialised() == []  # nothing is decided for the reviewer
        page.choose(LABELS[0])
        page.submit()
        page.open(review, waiting[3])  # the settled one comes with its settled answer
        assert page.serialised()[0]["value"] == {"choices": [LABELS[0]]}
        page.submit()
    server.annotate(waiting[2], choice(LABELS[0]), BOB)  # who annotated it

    file = tmp_path / "references.jsonl"
    fetch = ("adjudicate", "pull", "label-studio", title, "-t", NAME, "-o", file, "--json")
    ran = labelwright(*fetch)
    assert ran.json["states"] == {"pending": 2, "decided": 1, "accepted": 1, "corrected": 0, "rejected": 0}
    assert "adjudication.own-work" in ran.err
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [(d["item"], d["answers"]["category"], d["note"]) for d in lines] == [
        (str(tasks[1]), LABELS[0], "decided"),
        (about[waiting[3]]["item"], LABELS[0], "accepted"),
    ]
    assert b"@example.com" not in file.read_bytes()

    pulled, rows = tmp_path / "pulled", tmp_path / "train.jsonl"
    labelwright("pull", "label-studio", project, "-o", pulled)
    convert = ("convert", pulled, "-t", NAME, "--to", "ionos", "-o", rows, "--no-gate", "--references", file)
    labelwright(*convert)
    taught = [json.loads(line)["messages"][-1]["content"] for line in rows.read_text("utf-8").splitlines()]
    assert taught == [LABELS[1], LABELS[0], LABELS[0], LABELS[0], LABELS[0], LABELS[0]]
    report = json.loads((tmp_path / "train.report.json").read_text("utf-8"))
    assert report["reviews"] == {"decided": 1, "accepted": 1}


def test_spans_that_a_vote_put_together_are_filled_in(
    labelwright: Labelwright, server: Server, chromium: Any, tmp_path: Path, screenshots: Path
) -> None:
    """Nobody marked all three; the reviewer finds them marked and submits them as they are."""
    name, items = "named-entities", tmp_path / "items.jsonl"
    items.write_text(json.dumps({"text": "Ada met Bob in Rome"}) + "\n")
    made = labelwright("install", "label-studio", name, "--project", "Voted", "--items", items, "--json")
    (task,) = server.tasks(int(made.json["project"]))
    ada, bob, rome = (0, 3, "PER", "Ada"), (8, 11, "PER", "Bob"), (15, 19, "LOC", "Rome")
    for email, given in zip(ANNOTATORS, ((ada, bob), (bob, rome), (ada, rome)), strict=True):
        server.annotate(task, marked(*given), email)
    push = ("adjudicate", "push", "label-studio", "Voted", "-t", name, "--below", 0, "--sample", 1, "--json")
    pushed = labelwright(*push).json
    assert (pushed["pushed"], pushed["reasons"]) == (1, {"sample": 1})
    assert labelwright(*push).json["renewed"] == 0

    (waiting,) = server.tasks(pushed["project"])
    with opened(chromium, server, ADMIN, screenshots) as page:
        page.open(pushed["project"], waiting)
        shown = [(r["value"]["start"], r["value"]["end"], *r["value"]["labels"]) for r in page.serialised()]
        assert sorted(shown) == [one[:3] for one in (ada, bob, rome)]
        page.submit()

    file = tmp_path / "references.jsonl"
    fetch = ("adjudicate", "pull", "label-studio", "Voted", "-t", name, "-o", file, "--json")
    assert labelwright(*fetch).json["states"]["accepted"] == 1
    assert labelwright(*fetch).json["references"] == 1  # once more into the same file
    (line,) = [json.loads(text) for text in file.read_text("utf-8").splitlines()]
    assert (line["item"], line["note"]) == (str(task), "accepted")
    found = [(s["start"], s["end"], s["label"], s["text"]) for s in line["answers"]["entities"]]
    assert found == [ada, bob, rome]


def marked(*spans: tuple[int, int, str, str]) -> list[dict[str, Any]]:
    """Spans as the page stores them; every annotator's regions have the same ids."""
    return [
        {
            "id": f"r{at}",
            "from_name": "entities",
            "to_name": "text",
            "type": "labels",
            "value": {"start": start, "end": end, "labels": [label], "text": text},
        }
        for at, (start, end, label, text) in enumerate(spans)
    ]
