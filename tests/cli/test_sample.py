"""``labelwright sample``: which items are drawn, and what the sheet shows of them."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from tests_support import email_export

from labelwright.registry import template_folders
from labelwright.report.review_sheet import Reviewed, Sheet, Shown, render_csv

FOLDERS = template_folders()
# Those whose export tells several people apart: one XML file of CVAT has the work of one.
SEVERAL = sorted(name for name, folder in FOLDERS.items() if (folder / "export.json").is_file())
EMAILS = FOLDERS["email-classification"] / "export.json"
AS_EMAILS = ("-t", "email-classification")


class Page(HTMLParser):
    """The tags and the words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def cells(path: Path) -> list[dict[str, str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def drawn(ran: Any) -> list[str]:
    return [item["item"] for item in ran.json["items"]]


@pytest.fixture
def emails(tmp_path: Path) -> Path:
    return email_export(tmp_path / "export.json", 200)


def test_the_sample_depends_on_seed_and_ids_alone(labelwright: Any, emails: Path, tmp_path: Path) -> None:
    def draw(name: str, *more: Any, export: Path = emails) -> list[str]:
        ran = labelwright("sample", export, *AS_EMAILS, "-o", tmp_path / name, "--json", *more)
        assert ran.code == 0
        return drawn(ran)

    first = draw("a", "--seed", 7)
    assert len(first) == len(set(first)) == 25
    tasks = json.loads(emails.read_text())
    random.Random(1).shuffle(tasks)
    shuffled = tmp_path / "shuffled.json"
    shuffled.write_text(json.dumps(tasks))
    assert draw("b", "--seed", 7, export=shuffled) == first
    assert draw("c", "--seed", 8) != first
    assert draw("d", "--seed", 7, "-n", 20) == first[:20]
    for name in ("review.html", "review.csv"):
        a, b = ((tmp_path / folder / name).read_bytes() for folder in ("a", "b"))
        assert a == b.replace(b"shuffled.json", b"export.json")


def test_every_item_is_drawn_equally_often() -> None:
    from labelwright.quality.sampling import Sampler

    counts = dict.fromkeys(map(str, range(40)), 0)
    for seed in range(800):
        sampler: Sampler[None] = Sampler(10, seed)
        for key in counts:
            sampler.offer(key, lambda: None)
        for key, _ in sampler.drawn():
            counts[key] += 1
    # Binomial(800, 1/4): mean 200, standard deviation 12; five of these either side.
    assert 140 < min(counts.values()) <= max(counts.values()) < 260


def test_the_sheet_shows_everybodys_answers_and_nobodys_name(labelwright: Any, tmp_path: Path) -> None:
    out = tmp_path / "review"
    ran = labelwright("sample", EMAILS, *AS_EMAILS, "-n", 20, "--seed", 7, "-o", out)
    assert ran.code == 0 and "review.html" in ran.err
    tasks = {str(t["id"]): t for t in json.loads(EMAILS.read_text())}
    rows = cells(out / "review.csv")
    assert len(rows) == 20
    for row in rows:
        task = tasks[row["item"]]
        assert row["input.text"].removeprefix("'") == task["data"]["text"]
        answers = json.loads(row["answers.category"])
        given = [a for a in task["annotations"] if not a["was_cancelled"]]
        wanted = sorted(
            r["value"]["choices"][0] for a in given for r in a["result"] if r["type"] == "choices"
        )
        assert sorted(a for a in answers.values() if a) == wanted
        assert all(re.fullmatch(r"annotator-[0-9a-f]{8}", who) for who in answers)
        assert row["annotators"].split() == list(answers) == sorted(answers)
        assert row["reviewer"] == row["verdict"] == row["comment"] == ""
    page = Page((out / "review.html").read_text(encoding="utf-8"))
    articles = [a for tag, a in page.tags if tag == "article"]
    assert len(articles) == 20
    assert [a["type"] for tag, a in page.tags if tag == "input"].count("radio") == 60
    assert "SUPPORT_REQUEST" in page.words and "consensus" in page.words and "20 of 20" in page.words
    people = {str(a["completed_by"]) for t in tasks.values() for a in t["annotations"]}
    assert people and "@" not in re.sub(r"@(media|page)", "", page.words)


def test_the_page_needs_no_network_and_runs_nothing(labelwright: Any, tmp_path: Path) -> None:
    labelwright("sample", EMAILS, *AS_EMAILS, "-o", tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    page = Page(text)
    assert {tag for tag, _ in page.tags} & {"script", "img", "iframe", "object", "form"} == set()
    assert [a["href"] for tag, a in page.tags if tag == "link"] == ["data:,"]
    assert "url(" not in text and "@import" not in text and "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text and "@media print" in text and "width=device-width" in text


def test_what_data_holds_is_only_text(labelwright: Any, tmp_path: Path) -> None:
    tasks = json.loads(EMAILS.read_text())[:4]
    evil = [
        '=HYPERLINK("http://x")',
        "-1+cmd|' /C calc'!A0",
        "<script>alert(1)</script>\u202e\u0007",
        "@SUM(A1)\r\n+2",
    ]
    for task, text in zip(tasks, evil, strict=True):
        task["data"]["text"] = text
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks))
    assert labelwright("sample", path, *AS_EMAILS, "-o", tmp_path / "out").code == 0
    rows = {row["item"]: row for row in cells(tmp_path / "out/review.csv")}
    for task, text in zip(tasks, evil, strict=True):
        cell = rows[str(task["id"])]["input.text"]
        assert cell[0] not in "=+-@\t\r" and cell.removeprefix("'") == text
    assert labelwright("validate", tmp_path / "out/review.csv", "--as", "csv").code == 0
    page = (tmp_path / "out/review.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "\u202e" not in page and "\u0007" not in page


@pytest.mark.parametrize(
    ("value", "cell"),
    [(-5, "-5"), (4.25, "4.25"), ("-5", "'-5"), (-1e-9, "'-1e-9"), (True, "true"), (None, "")],
)
def test_numbers_stay_numbers_and_texts_that_look_like_some_do_not(value: Any, cell: str) -> None:
    item = Reviewed("1", "", "sample", [Shown("value", "json", value)], [], [])
    found = render_csv(Sheet("t", "", "e.json", 0, 1, [item])).decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(found)))["input.value"] == cell


def test_ties_are_added_once(labelwright: Any, tmp_path: Path) -> None:
    path = email_export(tmp_path / "export.json", 200, people=2)
    every = labelwright("sample", path, *AS_EMAILS, "-n", 25, "--ties", "-o", tmp_path / "a", "--json")
    plain = labelwright("sample", path, *AS_EMAILS, "-n", 25, "-o", tmp_path / "b", "--json")
    adjudication = tmp_path / "train.adjudication.jsonl"
    labelwright("convert", path, *AS_EMAILS, "--to", "ionos", "--no-gate", "-o", tmp_path / "train.jsonl")
    tied = {json.loads(line)["item"] for line in adjudication.read_text().splitlines()}
    assert tied
    items = drawn(every)
    assert items[:25] == drawn(plain) and len(items) == len(set(items))
    assert set(items) == set(drawn(plain)) | tied
    assert {i["item"] for i in every.json["items"] if i["reason"] == "tie"} == tied - set(drawn(plain))
    page = (tmp_path / "a/review.html").read_text(encoding="utf-8")
    assert page.count(">tie<") == len(tied - set(drawn(plain)))
    assert page.count("category: tied") == len(tied)


def test_sizes_that_are_not_advised_are_said(labelwright: Any, emails: Path, tmp_path: Path) -> None:
    for size, codes in ((19, ["sample.size-unusual"]), (20, []), (30, []), (31, ["sample.size-unusual"])):
        ran = labelwright("sample", emails, *AS_EMAILS, "-n", size, "-o", tmp_path / str(size), "--json")
        assert ran.code == 0 and [p["code"] for p in ran.json["problems"]] == codes
    ran = labelwright("sample", EMAILS, *AS_EMAILS, "-o", tmp_path / "few")
    assert ran.code == 0 and "sample.fewer-items" in ran.err
    assert labelwright("sample", emails, *AS_EMAILS, "-n", 0, "-o", tmp_path / "none").code == 2


def test_one_file_or_a_folder_and_nothing_is_replaced_unasked(labelwright: Any, tmp_path: Path) -> None:
    def run(out: Path, *more: str) -> Any:
        return labelwright("sample", EMAILS, *AS_EMAILS, "-o", out, *more)

    assert run(tmp_path / "x.csv").code == 0
    assert {p.name for p in tmp_path.iterdir()} == {"state", "x.csv"}
    ran = run(tmp_path / "x.csv")
    assert ran.code == 2 and "--force" in ran.err
    assert run(tmp_path / "x.csv", "--force").code == 0
    assert run(tmp_path / "x.pdf").code == 2
    (tmp_path / "plain").write_text("x")
    assert run(tmp_path / "plain").code == 2
    assert run(tmp_path / "plain" / "deeper").code == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"[]", ""),
        (b'[{"id": 1, "data": {"text": "a"}, "annotations": []}]', "nothing to review"),
    ],
)
def test_an_export_without_answers_gives_no_sheet(
    content: bytes, said: str, labelwright: Any, tmp_path: Path
) -> None:
    (tmp_path / "export.json").write_bytes(content)
    ran = labelwright("sample", tmp_path / "export.json", *AS_EMAILS, "-o", tmp_path / "out")
    assert ran.code == 1 and said in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", SEVERAL)
def test_every_template_has_a_sheet(name: str, labelwright: Any, tmp_path: Path) -> None:
    ran = labelwright(
        "sample", FOLDERS[name] / "export.json", "-t", name, "-o", tmp_path / "out", "--ties", "--json"
    )
    assert ran.code == 0
    rows = cells(tmp_path / "out/review.csv")
    assert len(rows) == len(ran.json["items"]) > 3
    assert (tmp_path / "out/review.html").read_text(encoding="utf-8").count("<article") == len(rows)


def test_all_edge_cases_are_added(labelwright: Any, tmp_path: Path) -> None:
    path = email_export(tmp_path / "export.json", 60, people=2)
    tasks = json.loads(path.read_text())
    for at, task in enumerate(tasks):
        task["meta" if at % 2 else "data"] |= {"rare": "yes" if at % 6 < 2 else "no"}
    path.write_text(json.dumps(tasks))
    rare = {str(task["id"]) for at, task in enumerate(tasks) if at % 6 < 2}
    plain = labelwright("sample", path, *AS_EMAILS, "-n", 20, "-o", tmp_path / "a", "--json")
    every = labelwright(
        "sample", path, *AS_EMAILS, "-n", 20, "--edge", "rare", "-o", tmp_path / "b", "--json"
    )
    assert drawn(every)[:20] == drawn(plain)
    assert set(drawn(every)) == set(drawn(plain)) | rare and len(set(drawn(every))) == len(drawn(every))
    assert {i["item"] for i in every.json["items"] if i["reason"] == "edge case"} == rare - set(drawn(plain))
