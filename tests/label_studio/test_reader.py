"""The reader against exports of a real server, and against everything that can be wrong with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labelwright.contracts import Control, Input, Source, Template
from labelwright.problems import DataError, Problems
from labelwright.records import Item, Kind, Span, Status, Turn
from labelwright_plugins.label_studio import plugin

RECORDED = Path(__file__).parent / "recorded"


def template(controls: dict[str, Control], **inputs: str) -> Template:
    shown = {name: Input(type=kind) for name, kind in (inputs or {"text": "text"}).items()}
    return Template("test", inputs=shown, controls=controls)


def read(path: Path, asked: Template, config: str = "") -> tuple[list[Item], Problems]:
    problems = Problems()
    source = Source(str(path), label_config=config, name=path.name)
    return list(plugin.read(source, asked, problems)), problems


def recorded(name: str, controls: dict[str, Control], **inputs: str) -> tuple[list[Item], Problems]:
    config = (RECORDED / f"{name}.xml").read_text()
    return read(RECORDED / f"{name}.json", template(controls, **inputs), config)


SENTIMENT = {"sentiment": Control(Kind.CHOICE, ["Positive", "Negative", "Neutral"], required=True)}
PEOPLE = {"label": Control(Kind.SPANS, ["PER", "ORG", "LOC"]), "relations": Control(Kind.RELATIONS)}


def test_choices_of_a_real_export() -> None:
    items, problems = recorded("text_classification", SENTIMENT)
    assert [i.key.item for i in items] == ["1", "2", "3", "4", "5", "51"]
    assert not len(problems)
    first = items[0]
    assert [a.annotator for a in first.annotations] == ["1", "2", "3", "4"]
    assert [a.answers["sentiment"] for a in first.annotations] == ["Positive"] * 4
    assert [a.reference for a in first.annotations] == [True, False, False, False]
    assert first.annotations[0].lead_time == 2.288
    assert first.inputs["text"] == "I love this phone, the battery lasts two days."
    assert items[1].drafts == 1
    assert items[4].annotations[2].status is Status.SKIPPED
    assert items[5].submitted == []


def test_spans_and_relations_of_a_real_export() -> None:
    items, problems = recorded("ner_relations", PEOPLE)
    second = items[0].annotations[1].answers
    assert [(s.start, s.end, s.label, s.text) for s in second["label"]] == [
        (0, 12, "PER", "Ada Lovelace"),
        (23, 32, "ORG", "Acme Corp"),
        (36, 42, "LOC", "London"),
    ]
    relation = second["relations"][0]
    assert (relation.head.text, relation.label, relation.tail.text) == (
        "Ada Lovelace",
        "works_for",
        "Acme Corp",
    )
    # A relation drawn without a label is legal.
    assert [r.label for r in items[0].annotations[3].answers["relations"]] == [""]
    # The first annotator marked each span twice; one of each is kept and that is said.
    assert len(items[0].annotations[0].answers["label"]) == 2
    assert problems.counts["label-studio.span-repeated"] >= 2


def test_turns_and_texts_of_a_real_export() -> None:
    controls = {
        "slot": Control(Kind.SPANS, ["Person", "Quantity"]),
        "intent": Control(Kind.CHOICE, ["Greeting", "Order"]),
        "response": Control(Kind.TEXT),
    }
    items, problems = recorded("dialogue", controls, dialogue="dialogue")
    answers = items[0].annotations[1].answers
    assert [(s.unit, s.start, s.end, s.text) for s in answers["slot"]] == [
        ("0", 9, 14, "Maria"),
        ("2", 7, 8, "2"),
    ]
    assert answers["intent"] == "Order"
    assert answers["response"] == "Which pizzas would you like?"
    assert not len(problems)


def test_paragraph_labels_read_as_turns() -> None:
    controls = {"slot": Control(Kind.TURNS, ["Person", "Quantity"])}
    items, _ = recorded("dialogue", controls, dialogue="dialogue")
    assert items[0].annotations[1].answers["slot"] == (Turn(0, "Person"), Turn(2, "Quantity"))


def test_taxonomy_of_a_real_export() -> None:
    items, problems = recorded("taxonomy", {"tax": Control(Kind.TAXONOMY)})
    assert items[0].annotations[0].answers["tax"] == (("Bacteria",), ("Eukarya", "Opossum"))
    assert not len(problems)


def test_lossy_exports_are_refused_with_a_remedy() -> None:
    for name, kind in (("JSON_MIN.bin", "JSON_MIN"), ("CSV.bin", "CSV")):
        path = RECORDED / "text_classification" / name
        with pytest.raises(DataError) as caught:
            plugin.recognise(Source(str(path)), path.read_bytes())
        assert caught.value.problem.code == "label-studio.lossy-export"
        assert kind in caught.value.problem.message
        assert "JSON" in caught.value.problem.remedy


# --- exports made for one case each


def result(name: str, value: Any, kind: str = "choices", region: str = "r1", **more: Any) -> dict[str, Any]:
    return {"id": region, "from_name": name, "to_name": "text", "type": kind, "value": value, **more}


def task(number: int, *results: list[dict[str, Any]], text: str = "Zoë 😀 lives in Paris.") -> dict[str, Any]:
    annotations = [
        {"id": number * 100 + i, "completed_by": i + 1, "result": r} for i, r in enumerate(results)
    ]
    return {"id": number, "data": {"text": text}, "annotations": annotations, "project": 7}


def made(
    tmp_path: Path, tasks: Any, controls: dict[str, Control], config: str = ""
) -> tuple[list[Item], Problems]:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return read(path, template(controls), config)


CHOICE = {"category": Control(Kind.CHOICE, ["A", "B"])}


def test_completed_by_as_an_object_never_shows_the_address(tmp_path: Path) -> None:
    tasks = [task(1, [result("category", {"choices": ["A"]})], [result("category", {"choices": ["A"]})])]
    tasks[0]["annotations"][0]["completed_by"] = {"id": 5, "email": "ann@example.com"}
    tasks[0]["annotations"][1]["completed_by"] = {"email": "bob@example.com"}
    items, _ = made(tmp_path, tasks, CHOICE)
    names = [a.annotator for a in items[0].annotations]
    assert names[0] == "5" and names[1].startswith("user-") and "@" not in names[1]


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([result("category", {"choices": ["C"]})], "label-studio.label-unknown"),
        ([result("other", {"choices": ["A"]})], "label-studio.control-unknown"),
        ([{"foo": 1}], "label-studio.control-unknown"),
        ([result("category", {"choices": ["A", "B"]})], "label-studio.type-unexpected"),
        ([result("category", {"choices": []})], "label-studio.type-unexpected"),
        ([result("category", "A")], "label-studio.type-unexpected"),
        ([result("category", None)], "label-studio.type-unexpected"),
        ([result("category", {"text": ["A"]})], "label-studio.type-unexpected"),
        (
            [result("category", {"choices": ["A"]}), result("category", {"choices": ["B"]})],
            "label-studio.region-duplicate",
        ),
    ],
)
def test_a_bad_result_is_a_problem_with_its_place(
    tmp_path: Path, results: list[dict[str, Any]], code: str
) -> None:
    good = [result("category", {"choices": ["A"]})]
    items, problems = made(tmp_path, [task(3, results, good)], CHOICE)
    found = [p for p in problems if p.code == code]
    assert len(found) == 1
    assert (found[0].place.item, found[0].place.annotation) == ("3", "300")
    assert found[0].remedy
    assert items[0].annotations[1].answers == {"category": "A"}


SPANS = {"ner": Control(Kind.SPANS, ["LOC", "PER"]), "why": Control(Kind.TEXT, on="ner")}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"start": 15, "end": 20, "text": "Paris", "labels": ["LOC"]}, ""),
        ({"start": 16, "end": 21, "text": "Paris", "labels": ["LOC"]}, "label-studio.offset-mismatch"),
        ({"start": 15, "end": 99, "text": "Paris", "labels": ["LOC"]}, "label-studio.offset-outside"),
        ({"start": -1, "end": 3, "text": "Zoë", "labels": ["LOC"]}, "label-studio.offset-outside"),
        ({"start": "x", "end": 3, "labels": ["LOC"]}, "label-studio.type-unexpected"),
        ({"end": 3, "labels": ["LOC"]}, "label-studio.type-unexpected"),
        ({"start": 15, "end": 20, "text": "Paris", "labels": ["CITY"]}, "label-studio.label-unknown"),
        ({"start": 15, "end": 20, "labels": ["LOC"]}, ""),
    ],
)
def test_offsets_are_code_points_and_checked_against_the_text(
    tmp_path: Path, value: dict[str, Any], code: str
) -> None:
    items, problems = made(tmp_path, [task(1, [result("ner", value, "labels")])], SPANS)
    spans = items[0].annotations[0].answers["ner"]
    if code:
        assert list(problems.counts) == [code]
        assert spans == ()
    else:
        assert not len(problems)
        assert spans == (Span(15, 20, "LOC", "Paris", "r1"),)


def test_answers_per_region_hang_on_their_region(tmp_path: Path) -> None:
    value = {"start": 15, "end": 20, "text": "Paris", "labels": ["LOC", "PER"]}
    results = [
        result("why", {"start": 15, "end": 20, "text": ["a city"]}, "textarea"),
        result("ner", value, "labels"),
        result("why", {"text": ["lost"]}, "textarea", region="r9"),
    ]
    items, problems = made(tmp_path, [task(1, results)], SPANS)
    spans = items[0].annotations[0].answers["ner"]
    # Both labels of the region are kept, each with what was answered about it.
    assert [(s.label, s.answers) for s in spans] == [
        ("LOC", (("why", "a city"),)),
        ("PER", (("why", "a city"),)),
    ]
    assert list(problems.counts) == ["label-studio.region-unknown"]


def test_aliases_of_the_config_are_what_is_stored(tmp_path: Path) -> None:
    config = (
        '<View><Text name="text" value="$text"/><Choices name="category" toName="text">'
        '<Choice value="Apple" alias="A"/><Choice value="B"/></Choices></View>'
    )
    tasks = [task(1, [result("category", {"choices": ["A"]})], [result("category", {"choices": ["Apple"]})])]
    items, problems = made(tmp_path, tasks, CHOICE, config)
    assert [a.answers["category"] for a in items[0].annotations] == ["A", "A"]
    assert not len(problems)


def test_duplicated_ids_are_said_and_left_out(tmp_path: Path) -> None:
    good = [result("category", {"choices": ["A"]})]
    tasks = [task(1, good), task(1, good), task(2, good)]
    tasks[2]["annotations"][0]["id"] = 100
    items, problems = made(tmp_path, tasks, CHOICE)
    assert [i.key.item for i in items] == ["1", "2"]
    assert items[1].annotations == []
    assert problems.counts == {"label-studio.task-duplicate": 1, "label-studio.annotation-duplicate": 1}


def test_what_is_not_of_the_shape_costs_only_itself(tmp_path: Path) -> None:
    good = [result("category", {"choices": ["A"]})]
    broken = task(2, good, good)
    broken["annotations"][0]["result"] = "str"
    tasks = [task(1, good), broken, "nonsense", {"data": {}}, task(3, good)]
    items, problems = made(tmp_path, tasks, CHOICE)
    assert [(i.key.item, len(i.annotations)) for i in items] == [("1", 1), ("2", 1), ("3", 1)]
    assert problems.counts == {"label-studio.annotation-unreadable": 1, "label-studio.task-unreadable": 2}


def test_an_export_of_another_template_stops_with_one_message(tmp_path: Path) -> None:
    tasks = [task(n, [result("sentiment", {"choices": ["A"]})]) for n in range(5)]
    with pytest.raises(DataError) as caught:
        made(tmp_path, tasks, CHOICE)
    assert caught.value.problem.code == "label-studio.template-mismatch"
    assert "sentiment" in caught.value.problem.message


VALUES = {
    "rating": Control(Kind.RATING),
    "number": Control(Kind.NUMBER),
    "date": Control(Kind.DATE),
    "text": Control(Kind.TEXT),
    "several": Control(Kind.TEXT, multiple=True),
    "json": Control(Kind.JSON),
    "topics": Control(Kind.CHOICES, ["a", "b"]),
}


def test_every_simple_kind(tmp_path: Path) -> None:
    results = [
        result("rating", {"rating": 4}, "rating"),
        result("number", {"number": 42.5}, "number"),
        result("date", {"datetime": "2026-03-01"}, "datetime"),
        result("text", {"text": ["one\n"]}, "textarea"),
        result("several", {"text": ["x", "y"]}, "textarea"),
        result("json", {"text": ['{"a": [1]}']}, "textarea"),
        result("topics", {"choices": ["b", "a", "b"]}),
    ]
    items, problems = made(tmp_path, [task(1, results, [])], VALUES)
    assert items[0].annotations[0].answers == {
        "rating": 4,
        "number": 42.5,
        "date": "2026-03-01",
        "text": "one",
        "several": ("x", "y"),
        "json": {"a": [1]},
        "topics": ("a", "b"),
    }
    assert problems.counts == {"label-studio.text-trimmed": 1}
    # An empty result is an answer where nothing need be chosen, and no answer elsewhere.
    assert items[0].annotations[1].answers == {"topics": ()}


def storage_file(folder: Path, name: str, task_id: int, annotation: int, person: int, label: str) -> None:
    content = {
        "id": annotation,
        "result": [result("category", {"choices": [label]})],
        "completed_by": {"id": person, "email": "x@example.com"},
        "task": {"id": task_id, "data": {"text": "t"}, "project": 7},
    }
    (folder / name).write_text(json.dumps(content))


def test_a_storage_folder_is_grouped_whatever_its_files_are_called(tmp_path: Path) -> None:
    expected = None
    for names in (["1", "2", "3", "4"], ["4", "3", "2", "1"], ["2", "4", "1", "3"]):
        folder = tmp_path / "".join(names)
        folder.mkdir()
        cells = [(10, 5, 1, "A"), (9, 6, 1, "B"), (10, 7, 2, "B"), (9, 8, 2, "B")]
        for name, cell in zip(names, cells, strict=True):
            storage_file(folder, name, *cell)
        assert plugin.recognise(Source(str(folder)), b"") == "target storage"
        items, problems = read(folder, template(CHOICE))
        shape = [
            (i.key.item, [(a.id, a.annotator, a.answers["category"]) for a in i.annotations]) for i in items
        ]
        assert not len(problems)
        assert expected is None or shape == expected
        expected = shape
    assert expected == [("9", [("6", "1", "B"), ("8", "2", "B")]), ("10", [("5", "1", "A"), ("7", "2", "B")])]


def test_a_page_of_the_api_reads_like_an_export(tmp_path: Path) -> None:
    tasks = [task(1, [result("category", {"choices": ["A"]})])]
    path = tmp_path / "page.json"
    path.write_text(json.dumps({"total": 1, "tasks": tasks}))
    assert plugin.recognise(Source(str(path)), path.read_bytes()) == "API answer"
    items, _ = read(path, template(CHOICE))
    assert items[0].annotations[0].answers == {"category": "A"}


def test_predictions_in_full_are_kept_apart(tmp_path: Path) -> None:
    tasks = [task(1, [result("category", {"choices": ["A"]})])]
    prediction = {
        "id": 9,
        "model_version": "m1",
        "score": 0.5,
        "result": [result("category", {"choices": ["B"]})],
    }
    tasks[0]["predictions"] = [3, prediction]
    items, _ = made(tmp_path, tasks, CHOICE)
    assert [(p.id, p.model, p.answers) for p in items[0].predictions] == [("9", "m1", {"category": "B"})]
    assert len(items[0].annotations) == 1


def test_parts_hold_the_same_items_in_order(tmp_path: Path) -> None:
    tasks = [task(n, [result("category", {"choices": ["A"]})], text="é" * (n % 50)) for n in range(1, 400)]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    for parts in (1, 2, 3, 7):
        found = [
            item.key.item
            for source in plugin.split(Source(str(path)), parts)
            for item in plugin.read(source, template(CHOICE), Problems())
        ]
        assert found == [str(n) for n in range(1, 400)]


def test_an_annotation_by_nobody_is_said(tmp_path: Path) -> None:
    tasks = [task(1, [result("category", {"choices": ["A"]})])]
    tasks[0]["annotations"][0]["completed_by"] = None
    items, problems = made(tmp_path, tasks, CHOICE)
    assert items[0].annotations[0].annotator == "unknown"
    assert problems.counts == {"label-studio.annotator-unknown": 1}
