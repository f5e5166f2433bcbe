"""What a review project fills in for the reviewer, and what reads back as the settled answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labelwright.pipeline.adjudicating import Wanted, select
from labelwright.pipeline.opening import open_source
from labelwright.pipeline.reviewed import ABOUT
from labelwright.pipeline.settings import Settings
from labelwright.problems import Problems
from labelwright.quality.review import Case
from labelwright.registry import template_folders
from labelwright.render.load import load_template
from labelwright.state.pseudonyms import Pseudonyms
from labelwright_plugins.label_studio.config import parse_config
from labelwright_plugins.label_studio.prefill import Prefill, prefill
from labelwright_plugins.label_studio.reviews import body_of

NAMES = Pseudonyms(b"k" * 16, "label-studio")
TEXT = "Ada met Bob in Rome"
ADA, BOB, ROME = (0, 3, "PER"), (8, 11, "PER"), (15, 19, "LOC")
Raw = dict[str, Any]


def span(region: str, mark: tuple[int, int, str], control: str = "entities") -> Raw:
    start, end, label = mark
    value = {"start": start, "end": end, "text": TEXT[start:end], "labels": [label]}
    return {"id": region, "from_name": control, "to_name": "text", "type": "labels", "value": value}


def sound(region: str, start: float, end: float, label: str = "ALARM", stars: int = 3) -> list[Raw]:
    parts = (("events", "labels", "labels", [label]), ("confidence", "rating", "rating", stars))
    return [
        {
            "id": region,
            "from_name": name,
            "to_name": "audio",
            "type": kind,
            "original_length": 20,
            "value": {"start": start, "end": end, "channel": 0, key: given},
        }
        for name, kind, key, given in parts
    ]


def link(head: str, tail: str, label: str) -> Raw:
    return {"from_id": head, "to_id": tail, "type": "relation", "direction": "right", "labels": [label]}


def of_case(
    tmp_path: Path, name: str, data: Raw, *results: list[Raw], below: float = 0.0
) -> tuple[Case, Raw, Prefill]:
    """A case whose annotators stored these results, its task, and what is filled in."""
    folder = template_folders()[name]
    template, config = load_template(folder), parse_config((folder / "label_studio.xml").read_text())
    made = [
        {"id": 90 + who, "completed_by": who, "result": result, "updated_at": f"2026-01-01T00:00:0{who}Z"}
        for who, result in enumerate(results, 1)
    ]
    task = {"id": 7, "project": 1, "data": data, "annotations": made}
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task]))
    with open_source(str(path)) as opened:
        wanted = Wanted(below=below, sample=1)
        (case,) = select(opened, Settings(template), wanted, NAMES, Problems()).cases
    found = prefill(case, task, template, config)
    assert (
        json.loads(json.dumps(body_of(case, task, template, config)))["data"][ABOUT]["blank"] == found.blank
    )
    return case, task, found


def places(found: Prefill) -> list[tuple[Any, ...]]:
    shown = [r["value"] for r in found.results if "value" in r]
    return [(v["start"], v["end"], *v["labels"]) for v in shown if "labels" in v]


def test_spans_that_a_vote_put_together_are_filled_in(tmp_path: Path) -> None:
    """Nobody has all three; the ids of the annotators' regions are even the same."""
    marks = [
        [span("a", ADA), span("b", BOB)],
        [span("a", BOB), span("b", ROME)],
        [span("a", ADA), span("b", ROME)],
    ]
    case, _, found = of_case(tmp_path, "named-entities", {"text": TEXT}, *marks)
    assert len(case.consensus["entities"]) == 3
    assert (found.filled, found.blank) == (["entities"], [])
    assert places(found) == [ADA, BOB, ROME]
    assert len({r["id"] for r in found.results}) == 3


def test_a_region_of_two_labels_keeps_the_settled_one(tmp_path: Path) -> None:
    both = span("a", ADA)
    both["value"]["labels"] = ["ORG", "PER"]
    _, _, found = of_case(
        tmp_path, "named-entities", {"text": TEXT}, [both], [span("x", ADA)], [span("y", BOB)]
    )
    assert found.filled == ["entities"] and places(found) == [ADA]


def test_nothing_marked_by_most_is_an_answer(tmp_path: Path) -> None:
    _, _, found = of_case(tmp_path, "named-entities", {"text": TEXT}, [span("a", ADA)], [], [])
    assert (found.results, found.filled, found.blank) == ([], ["entities"], [])


def test_disputed_answers_are_left_open(tmp_path: Path) -> None:
    marks = [[span("a", ADA)], [span("a", ADA)], [span("a", ROME)]]
    case, _, found = of_case(tmp_path, "named-entities", {"text": TEXT}, *marks, below=0.9)
    assert case.disputed == ("entities",)
    assert (found.results, found.filled, found.blank) == ([], [], [])


def test_stretches_take_the_settled_times_with_what_was_asked_of_them(tmp_path: Path) -> None:
    marks = [sound("a", 1.0, 6.0), sound("b", 1.5, 6.5), sound("c", 0.5, 6.2)]
    case, _, found = of_case(tmp_path, "sound-events", {"audio": "x.wav", "note": ""}, *marks)
    (settled,) = case.consensus["events"]
    assert (settled.start, settled.end) == (1.0, 6.2)  # one annotator's start and another's end
    assert found.filled == ["events"]
    assert [(r["value"]["start"], r["value"]["end"]) for r in found.results] == [(1.0, 6.2)] * 2
    assert found.results[1]["value"]["rating"] == 3


def test_answers_about_a_stretch_come_from_those_who_gave_them(tmp_path: Path) -> None:
    """Two say 2, but the one whose times are the settled ones says 3."""
    marks = [sound("a", 1.0, 6.0, stars=3), sound("b", 0.5, 6.5, stars=2), sound("c", 1.0, 5.0, stars=2)]
    case, _, found = of_case(tmp_path, "sound-events", {"audio": "x.wav", "note": ""}, *marks)
    (settled,) = case.consensus["events"]
    assert (settled.start, settled.end, dict(settled.answers)) == (1.0, 6.0, {"confidence": 2})
    assert found.filled == ["events"] and {r["id"] for r in found.results} == {"a"}
    assert [(r["value"]["start"], r["value"]["end"]) for r in found.results] == [(1.0, 6.0)] * 2
    assert found.results[1]["value"]["rating"] == 2


def test_links_follow_the_regions_that_are_filled_in(tmp_path: Path) -> None:
    template = load_template(template_folders()["relation-extraction"])
    (spans,) = (n for n, c in template.controls.items() if c.kind == "spans")
    (links,) = (n for n, c in template.controls.items() if c.kind == "relations")
    first, second = template.controls[spans].labels[:2]
    label = template.controls[links].labels[0]
    one, two = (0, 3, first), (15, 19, second)
    marks = [
        [span("a", one, spans), span("b", two, spans), link("a", "b", label)],
        [
            span("b", one, spans),
            span("a", two, spans),
            span("c", (8, 11, first), spans),
            link("b", "a", label),
        ],
        [span("a", one, spans), span("c", (8, 11, first), spans)],
    ]
    case, _, found = of_case(tmp_path, "relation-extraction", {"text": TEXT}, *marks)
    assert sorted(found.filled) == sorted([spans, links]) and len(case.consensus[spans]) == 3
    ids = {r["value"]["start"]: r["id"] for r in found.results if "value" in r}
    (joined,) = (r for r in found.results if r["type"] == "relation")
    assert (joined["from_id"], joined["to_id"]) == (ids[0], ids[15])


@pytest.mark.parametrize("keep", [True, False])
def test_sets_are_filled_in_as_voted(tmp_path: Path, keep: bool) -> None:
    template = load_template(template_folders()["multi-label-classification"])
    (name,) = (n for n, c in template.controls.items() if c.kind == "choices")
    x, y, z = template.controls[name].labels[:3]

    def chosen(*labels: str) -> list[Raw]:
        value = {"choices": list(labels)}
        return [{"id": "r", "from_name": name, "to_name": "text", "type": "choices", "value": value}]

    votes = [chosen(x, y), chosen(y, z), chosen(x, z)] if keep else [chosen(x), chosen(y), chosen(z)]
    data = dict.fromkeys(template.inputs, TEXT)
    case, _, found = of_case(tmp_path, "multi-label-classification", data, *votes)
    assert case.consensus[name] == (tuple(sorted((x, y, z))) if keep else ())
    if keep:
        assert found.filled == [name] and sorted(found.results[0]["value"]["choices"]) == sorted((x, y, z))
    else:
        assert name in (found.filled if not template.controls[name].required else found.blank)
        assert not found.results


def test_what_cannot_be_read_back_is_left_blank(tmp_path: Path) -> None:
    """What was stored has come to be another answer since."""
    marks = [[span("a", ADA), span("b", BOB)], [span("a", ADA)]]
    case, task, _ = of_case(tmp_path, "named-entities", {"text": TEXT}, *marks[:1])
    folder = template_folders()["named-entities"]
    config = parse_config((folder / "label_studio.xml").read_text())
    task["annotations"][0]["result"].pop()
    found = prefill(case, task, load_template(folder), config)
    assert (found.results, found.filled, found.blank) == ([], [], ["entities"])
