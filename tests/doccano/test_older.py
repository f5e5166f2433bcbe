"""Exports of doccano before 1.5: one annotator a line, an approver in each record, numbers for labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labelwright.contracts import Control, ExampleSpec, Input, Source, Template
from labelwright.problems import DataError, Problems
from labelwright.records import Item, Kind, Status
from labelwright_plugins.doccano import plugin

Read = Callable[..., tuple[list[Item], Problems]]
TEXT = "Zoë 😀 Merkel met Tim"


def _template(**controls: Control) -> Template:
    return Template("own", inputs={"text": Input("text")}, controls=controls, example=ExampleSpec("none"))


def _file(folder: Path, *records: dict[str, Any]) -> Path:
    path = folder / "export.jsonl"
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), "utf-8")
    return path


OLDEST: list[tuple[str, Any, Kind, Any]] = [
    ("labels", ["A", "B"], Kind.CHOICES, ("A", "B")),
    ("entities", [[4, 12, "A"]], Kind.SPANS, ["😀 Merkel"]),
    ("sentences", ["one", "two"], Kind.TEXT, ("one", "two")),
]


@pytest.mark.parametrize(("column", "given", "kind", "read_as"), OLDEST)
def test_a_line_an_annotator(
    read: Read, tmp_path: Path, column: str, given: Any, kind: Kind, read_as: Any
) -> None:
    """Of 2018: ``doc_id`` and ``username`` in each line."""

    def line(number: int, who: str, value: Any) -> dict[str, Any]:
        return {"doc_id": number, "text": f"{TEXT}", column: value, "username": who, "external_id": 7}

    path = _file(
        tmp_path, line(20, "ann", given), line(20, "bob@example.com", given[:1]), line(21, "ann", [])
    )
    with path.open("a") as file:
        file.write('{"doc_id": 22, "te')
    several = kind is Kind.TEXT
    items, problems = read(
        path, _template(asked=Control(kind, [] if several else ["A", "B"], multiple=several))
    )
    assert [i.key.item for i in items] == ["20", "21"]
    (ann, bob) = items[0].annotations
    assert ann.annotator == "ann" and bob.annotator.startswith("user-") and "@" not in repr(items)
    value = ann.answers["asked"]
    assert ([s.text for s in value] if kind is Kind.SPANS else value) == read_as
    assert items[0].inputs == {"text": TEXT, "external_id": 7}
    assert problems.counts["doccano.row-broken"] == 1 and problems.counts["doccano.unanswered"] == 1
    assert items[0].meta == {} and "doccano.example-twice" not in problems.counts


@pytest.mark.parametrize("approver", [None, "admin@example.com"])
def test_an_approver_is_no_annotator_and_shows_nowhere(
    read: Read, tmp_path: Path, approver: str | None
) -> None:
    """Of 1.0 to 1.4: the labels of everybody together, and who approved them, an administrator as a rule."""
    record = {
        "id": 5, "text": TEXT, "meta": {"source": "mail", "text": "no"}, "annotation_approver": approver,
        "comments": [{"username": "x@example.com", "text": "hm"}], "labels": [[0, 3, "A"], [2, 12, "A"]],
    }  # fmt: skip
    (item,), problems = read(_file(tmp_path, record), _template(spans=Control(Kind.SPANS, ["A"])))
    assert item.inputs == {"text": TEXT, "source": "mail"}
    assert item.meta == {"comments": ["hm"], "approved": approver is not None}
    (annotation,) = item.annotations
    assert annotation.status is Status.SUBMITTED and "@" not in repr(item)
    assert [s.text for s in annotation.answers["spans"]] == ["Zoë", "ë 😀 Merkel"] and problems.counts == {}


@pytest.mark.parametrize(
    "answer",
    [
        {"label": 3, "start_offset": 0, "end_offset": 2, "user": 1},
        {"id": 1, "label": 2, "prob": 0.0, "user": 1, "document": 5},
    ],
)
def test_labels_without_names_are_refused(tmp_path: Path, answer: dict[str, Any]) -> None:
    path = _file(tmp_path, {"id": 5, "text": TEXT, "meta": {}, "annotations": [answer]})
    source = Source(str(path), name=path.name)
    assert plugin.recognise(source, path.read_bytes())
    with pytest.raises(DataError) as caught:
        list(plugin.read(source, _template(spans=Control(Kind.SPANS, ["A"])), Problems()))
    assert caught.value.problem.code == "doccano.labels-numbered"


def test_of_1_5(read: Read, tmp_path: Path) -> None:
    path = _file(tmp_path, {"id": 10, "data": TEXT, "label": [[0, 3, "A"]]})
    (item,), problems = read(path, _template(spans=Control(Kind.SPANS, ["A"])))
    assert item.inputs == {"text": TEXT} and problems.counts == {}
