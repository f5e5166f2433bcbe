"""Which items go to review, and what the decisions come to, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labelwright.contracts import Control
from labelwright.pipeline.adjudicating import Selection, Wanted, select
from labelwright.pipeline.convert import convert
from labelwright.pipeline.opening import open_source
from labelwright.pipeline.reviewed import Decisions, collect, must_be_replaceable
from labelwright.pipeline.settings import Settings
from labelwright.problems import Problems, UsageError
from labelwright.quality.comparing import same_answer
from labelwright.quality.review import Case, Reason
from labelwright.records import Kind, Relation, Segment, Span
from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright.report.votes import votes_table
from labelwright.state.pseudonyms import Pseudonyms

TEMPLATE = load_template(template_folders()["email-classification"])
NAMES = Pseudonyms(b"k" * 16, "label-studio")
A, B, C = "SUPPORT_REQUEST", "SALES_INQUIRY", "GENERAL_FEEDBACK"


def annotation(number: int, who: int, label: str | None, **more: Any) -> dict[str, Any]:
    value = {"choices": [label]}
    result = [{"id": "r", "from_name": "category", "to_name": "text", "type": "choices", "value": value}]
    updated = f"2026-01-01T00:00:{number % 60:02d}Z"
    found = {"id": number, "completed_by": who, "result": result if label else [], "updated_at": updated}
    return {**found, "was_cancelled": label is None, "ground_truth": False, **more}


def write(path: Path, tasks: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps(tasks))
    return path


def export(path: Path, votes: list[str], **data: Any) -> Path:
    """A task for each string of votes: a letter an annotator."""
    labels = dict(zip("ABC", (A, B, C), strict=True))
    tasks = []
    for at, given in enumerate(votes, 1):
        made = [annotation(100 * at + who, who, labels[x]) for who, x in enumerate(given, 1)]
        tasks.append({"id": at, "project": 1, "data": {"text": f"mail {at}", **data}, "annotations": made})
    return write(path, tasks)


def chosen(path: Path, wanted: Wanted, seed: int = 0) -> Selection:
    with open_source(str(path)) as opened:
        return select(opened, Settings(TEMPLATE, seed=seed), wanted, NAMES, Problems())


def test_ties_and_low_agreement_are_cases(tmp_path: Path) -> None:
    found = chosen(export(tmp_path / "e.json", ["AB", "ABC", "AAB", "AAA", "A"]), Wanted())
    told = {c.item: (c.reasons, c.disputed) for c in found.cases}
    assert told == {
        "1": ((Reason.TIE, Reason.LOW), ("category",)),
        "2": ((Reason.TIE, Reason.LOW), ("category",)),
        "3": ((Reason.LOW,), ("category",)),
    }
    assert (found.items, found.settled) == (5, 2)
    assert [c.item for c in chosen(tmp_path / "e.json", Wanted(below=0.0)).cases] == ["1", "2"]


def test_edge_cases_are_all_reviewed(tmp_path: Path) -> None:
    path = export(tmp_path / "e.json", ["AA", "BB"], rare="yes")
    assert [c.reasons for c in chosen(path, Wanted(edge="rare")).cases] == [(Reason.EDGE,)] * 2
    assert not chosen(path, Wanted(edge="other")).cases


@pytest.mark.parametrize("size", [7.0, 0.3])
def test_a_sample_does_not_depend_on_order(tmp_path: Path, size: float) -> None:
    path = export(tmp_path / "e.json", ["AA"] * 60)
    found = [c.item for c in chosen(path, Wanted(sample=size), seed=3).cases]
    tasks = json.loads(path.read_text())
    write(path, tasks[::-1])
    assert sorted(c.item for c in chosen(path, Wanted(sample=size), seed=3).cases) == sorted(found)
    assert found != [c.item for c in chosen(path, Wanted(sample=size), seed=4).cases]
    assert len(found) == 7 if size > 1 else 8 <= len(found) <= 30


def test_references_are_decided_already(tmp_path: Path) -> None:
    votes = [annotation(1, 1, A), annotation(2, 2, B, ground_truth=True)]
    path = write(tmp_path / "e.json", [{"id": 1, "data": {"text": "x"}, "annotations": votes}])
    assert not chosen(path, Wanted()).cases


def test_votes_are_escaped_and_disputes_marked(tmp_path: Path) -> None:
    case = Case("1", "", (Reason.TIE,), ("category",), ["<b>", "q"], [{"category": "<script>"}, {}])
    table = votes_table(case, TEMPLATE)
    assert "<script>" not in table and "&lt;script&gt;" in table and "&lt;b&gt;" in table
    assert "(decide)" in table and "no answer" in table


def reviewed(path: Path, *tasks: dict[str, Any]) -> tuple[Decisions, Problems]:
    problems = Problems()
    with open_source(str(write(path, list(tasks)))) as opened:
        return collect(opened, TEMPLATE, NAMES, problems), problems


def case(number: int, *reviews: dict[str, Any], disputed: bool = False, by: int = 1) -> dict[str, Any]:
    about = {
        "item": str(number + 500),
        "reasons": ["sample"],
        "disputed": ["category"] if disputed else [],
        "annotators": [NAMES[str(by)]],
        "consensus": {} if disputed else {"category": A},
    }
    return {"id": number, "data": {"text": "x", "labelwright": about}, "annotations": list(reviews)}


def test_states_of_a_review(tmp_path: Path) -> None:
    found, problems = reviewed(
        tmp_path / "r.json",
        case(1, annotation(11, 9, A)),
        case(2, annotation(12, 9, B)),
        case(3, annotation(13, 9, C), disputed=True),
        case(4, annotation(14, 9, None)),
        case(5, annotation(15, 1, A)),
        case(6, annotation(16, 8, A), annotation(17, 9, B)),
        case(7, annotation(18, 9, B), annotation(19, 9, A)),
    )
    assert found.states == {"pending": 2, "decided": 1, "accepted": 2, "corrected": 1, "rejected": 1}
    lines = [json.loads(line) for line in found.lines.values()]
    assert [(d["item"], d["answers"].get("category"), d["note"]) for d in lines] == [
        ("501", A, "accepted"),
        ("502", B, "corrected"),
        ("503", C, "decided"),
        ("504", None, "rejected"),
        ("507", A, "accepted"),
    ]
    assert {"adjudication.own-work": 1, "adjudication.reviewers-differ": 1}.items() <= problems.counts.items()


def test_an_item_that_reviews_nothing_is_named(tmp_path: Path) -> None:
    stray = {"id": 1, "data": {"text": "x"}, "annotations": [annotation(1, 9, A)]}
    broken = {
        "id": 2,
        "data": {"text": "x", "labelwright": {"item": 7}},
        "annotations": [annotation(2, 9, A)],
    }
    found, problems = reviewed(tmp_path / "r.json", stray, broken)
    assert not found.lines and problems.counts["adjudication.item-foreign"] == 2


def test_a_rejected_item_gives_no_row(tmp_path: Path) -> None:
    found, _ = reviewed(tmp_path / "r.json", case(1, annotation(11, 9, None)), case(2, annotation(12, 9, B)))
    references = tmp_path / "references.jsonl"
    references.write_bytes(b"".join(found.lines.values()))
    tasks = [
        {"id": 501 + at, "data": {"text": f"mail {at}"}, "annotations": [annotation(at + 1, 1, A)]}
        for at in range(3)
    ]
    path, target = write(tmp_path / "e.json", tasks), tmp_path / "train.jsonl"
    with open_source(str(path)) as opened:
        settings = Settings(TEMPLATE, target="ionos", no_gate=True, references=references)
        report = convert(opened, settings, target).report
    taught = [json.loads(line)["messages"][-1]["content"] for line in target.read_text().splitlines()]
    assert taught == [B, A]
    assert (report.counts.rejected, report.reviews) == (1, {"corrected": 1, "rejected": 1})
    assert report.problem_counts["adjudication.rejected"] == 1


SPANS = (Span(0, 3, "PER", "Ada", id="a"), Span(8, 11, "LOC", "Rom", id="b", answers=(("sure", 3),)))
REDRAWN = (Span(8, 11, "LOC", "Rom", id="x", answers=(("sure", 3),)), Span(0, 3, "PER", "Ada", id="y"))
HEARD = Segment(1.0, 4.0, "ALARM", id="a", answers=(("words", "no"),))
LINK = Relation(SPANS[0], SPANS[1], "lives in")


@pytest.mark.parametrize(
    ("kind", "left", "right", "same"),
    [
        (Kind.SPANS, SPANS, REDRAWN, True),
        (Kind.SPANS, SPANS, REDRAWN[:1], False),
        (Kind.SPANS, SPANS[:1], (Span(0, 3, "LOC", "Ada", id="a"),), False),
        (Kind.SPANS, SPANS[1:], (Span(8, 11, "LOC", "Rom", id="b", answers=(("sure", 1),)),), False),
        (Kind.SPANS, (), (), True),
        (Kind.RELATIONS, (LINK,), (Relation(REDRAWN[1], REDRAWN[0], "lives in"),), True),
        (Kind.RELATIONS, (LINK,), (Relation(REDRAWN[0], REDRAWN[1], "lives in"),), False),
        (Kind.SEGMENTS, (HEARD,), (Segment(1.2, 3.9, "ALARM", id="z", answers=HEARD.answers),), True),
        (Kind.SEGMENTS, (HEARD,), (Segment(1.3, 3.9, "ALARM", id="z", answers=HEARD.answers),), False),
        (Kind.SEGMENTS, (HEARD,), (Segment(1.0, 4.0, "ALARM", id="a"),), False),
        (Kind.SEGMENTS, (HEARD,), (Segment(1.0, 4.0, "SPEECH", id="a", answers=HEARD.answers),), False),
        (Kind.SEGMENTS, (HEARD,), (HEARD, HEARD), False),
        (Kind.RANKING, (("a",), ("b", "c")), (("a",), ("b", "c")), True),
        (Kind.RANKING, (("a",), ("b", "c")), (("a",), ("b",), ("c",)), False),
        (Kind.JSON, {"a": 1}, {"a": True}, False),
    ],
)
def test_answers_are_compared_by_content(kind: Kind, left: Any, right: Any, same: bool) -> None:
    control = Control(kind, collar=0.25)
    assert same_answer(control, left, right) is same_answer(control, right, left) is same


def marks(number: int, who: int, *spans: tuple[str, int, int]) -> dict[str, Any]:
    """Spans of a reviewer by region id."""
    made = annotation(number, who, A)
    made["result"] = [
        {
            "id": region,
            "from_name": "entities",
            "to_name": "text",
            "type": "labels",
            "value": {"start": start, "end": end, "text": "Ada met Bob"[start:end], "labels": ["PER"]},
        }
        for region, start, end in spans
    ]
    return made


def test_reviewers_who_mark_the_same_agree(tmp_path: Path) -> None:
    """Region ids are random; what was filled in is accepted when it is redrawn as it was."""
    filled = {"entities": [{"start": 0, "end": 3, "label": "PER", "text": "Ada", "id": "q"}]}

    def item(
        number: int, *reviews: dict[str, Any], blank: tuple[str, ...] = (), **more: Any
    ) -> dict[str, Any]:
        about = {"item": str(number), "reasons": [], "disputed": [], "annotators": [], "consensus": filled}
        data = {"text": "Ada met Bob", "labelwright": {**about, "blank": list(blank), **more}}
        return {"id": number, "data": data, "annotations": list(reviews)}

    path = write(
        tmp_path / "r.json",
        [
            item(1, marks(1, 8, ("a", 0, 3)), marks(2, 9, ("b", 0, 3))),
            item(2, marks(3, 8, ("a", 0, 3)), marks(4, 9, ("b", 0, 3), ("c", 8, 11))),
            item(3, marks(5, 8, ("a", 8, 11))),
            item(4, marks(6, 8, ("a", 8, 11)), consensus={}, blank=("entities",)),
        ],
    )
    problems = Problems()
    template = load_template(template_folders()["named-entities"])
    with open_source(str(path)) as opened:
        found = collect(opened, template, NAMES, problems)
    notes = {item: json.loads(line)["note"] for item, line in found.lines.items()}
    assert notes == {"1": "accepted", "3": "corrected", "4": "decided"}
    assert found.states["pending"] == 1 and problems.counts["adjudication.reviewers-differ"] == 1


def test_items_of_a_gold_file_are_not_reviewed(tmp_path: Path) -> None:
    path = export(tmp_path / "e.json", ["AB", "AB", "AA"])
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"item": "2", "answers": {"category": A}}) + "\n")
    with open_source(str(path)) as opened:
        settings = Settings(TEMPLATE, gold=gold)
        found = select(opened, settings, Wanted(sample=5), NAMES, Problems())
    assert [c.item for c in found.cases] == ["1", "3"]


def test_only_what_was_fetched_before_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "references.jsonl"
    must_be_replaceable(path, False)
    found, _ = reviewed(tmp_path / "r.json", case(1, annotation(11, 9, A)), case(2, annotation(12, 9, None)))
    path.write_bytes(b"".join(found.lines.values()))
    must_be_replaceable(path, False)
    for other in ('{"item": "1", "answers": {}, "note": "agreed"}\n', "notes of mine\n", '{"item": "1"}\n'):
        path.write_bytes(b"".join(found.lines.values()) + other.encode())
        with pytest.raises(UsageError, match="--force"):
            must_be_replaceable(path, False)
        must_be_replaceable(path, True)


def test_a_rule_that_is_fitted_to_all_items_is_refused(tmp_path: Path) -> None:
    path = export(tmp_path / "e.json", ["AB", "AA"])
    with open_source(str(path)) as opened, pytest.raises(UsageError, match="--consensus"):
        select(opened, Settings(TEMPLATE, consensus="dawid-skene"), Wanted(), NAMES, Problems())
