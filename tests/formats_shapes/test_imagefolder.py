"""Hugging Face image folders: rows, sides, losses, and everything read back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapesets import balanced, drawing, png, read, shapes_of, shown, written

from labelwright.contracts import Control, Input, Source, Template
from labelwright.geometry.shapes import Box, Polyline
from labelwright.problems import READ, WRITE, Problems
from labelwright.records import Item, ItemKey, Kind, Resolved, Shape
from labelwright.registry import formats

GOLDEN = Path(__file__).parents[1] / "golden" / "formats" / "hf_imagefolder_metadata"
ASKED: dict[str, Any] = {
    "caption": Control(Kind.TEXT),
    "weather": Control(Kind.CHOICE, labels=["sun", "rain"]),
    "seen": Control(Kind.CHOICES, labels=["a", "b"]),
    "score": Control(Kind.NUMBER),
}


def check(data: bytes) -> list[str]:
    return [p.code for p in formats()["imagefolder"].check([data[:5], data[5:]], "metadata.jsonl")]


def test_good_rows_are_clean() -> None:
    assert check((GOLDEN / "good.jsonl").read_bytes()) == []


def test_bad_rows_are_refused_for_their_reason() -> None:
    bad = (GOLDEN / "bad.jsonl").read_bytes().splitlines()
    rules = [rule["rule"] for rule in json.loads((GOLDEN / "rules.json").read_text())["bad"]]
    assert rules == ["file_name", "type"]
    assert [check(line + b"\n") for line in bad] == [["imagefolder.no-file-name"]] * 2


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ('{"file_name":"a.png","objects":{"bbox":[[1,2,3,4]],"categories":[0]}}', []),
        ('{"file_name":"a.png","objects":null}', []),
        ('{"file_name":"../a.png"}', ["imagefolder.outside"]),
        ('{"file_name":"https://x/a.png"}', ["imagefolder.outside"]),
        ('{"file_name":"a.png","objects":{"bbox":[[1,2,3]],"categories":[0]}}', ["imagefolder.box"]),
        ('{"file_name":"a.png","objects":{"bbox":[[1,2,0,3]],"categories":[0]}}', ["imagefolder.box"]),
        ('{"file_name":"a.png","objects":{"bbox":[[1,2,NaN,3]],"categories":[0]}}', ["imagefolder.box"]),
        ('{"file_name":"a.png","objects":{"bbox":[[1,2,3,3]],"categories":[]}}', ["imagefolder.objects"]),
        ('{"file_name":"a.png","objects":[]}', ["imagefolder.objects"]),
        ('{"file_name":"a.png"}\n{"file_name":"a.png"}', ["imagefolder.repeated"]),
        ('{"file_name":"a.png"}\n{"file_name":"b.png","x":1}', ["imagefolder.keys-differ"]),
        ("{", ["text.not-json-object"]),
        ('\ufeff{"file_name":"a.png"}', ["text.byte-order-mark"]),
    ],
)
def test_every_rule(row: str, codes: list[str]) -> None:
    assert check(row.encode() + b"\n") == codes


def test_sides_are_folders_and_come_back(tmp_path: Path) -> None:
    template = drawing(**ASKED)
    said: dict[str, Any] = {"caption": 'A "car"\nand 🙂', "weather": "sun", "seen": ("a", "b"), "score": 2.5}
    shapes = [Shape(Box(-1.5, 2, 3.25, 4), "road", "0"), Shape(Box(0, 0, 9, 9), "car", "1")]
    sides = {"train": [shown("s/a.png", shapes, **said)], "validation": [shown("b.png", [], weather="rain")]}
    files, problems = written("imagefolder", tmp_path, sides, template)
    assert len(problems) == 0 and problems.ledger(WRITE).given == 2
    assert [*files] == ["train/metadata.jsonl", "validation/metadata.jsonl"]
    assert json.loads(files["train/metadata.jsonl"]) == {
        "file_name": "s/a.png",
        "objects": {
            "bbox": [[-1.5, 2, 3.25, 4], [0, 0, 9, 9]],
            "categories": [1, 0],
            "labels": ["road", "car"],
        },
        **said,
        "seen": ["a", "b"],
    }
    assert all(check(data) == [] for data in files.values())
    (tmp_path / "train" / "s").mkdir()
    (tmp_path / "train" / "s" / "a.png").write_bytes(png(160, 120))
    form: Any = formats()["imagefolder"]
    assert form.recognise(Source(str(tmp_path), name="d"), b"") == "metadata"
    items, problems, _ = read("imagefolder", tmp_path, template)
    assert [(i.key.item, i.meta, i.sizes) for i in items] == [
        ("s/a.png", {"split": "train"}, {"image": (160, 120)}),
        ("b.png", {"split": "validation"}, {}),
    ]
    assert items[0].annotations[0].answers == {"objects": tuple(shapes), **said}
    assert items[1].annotations[0].answers == {"objects": (), "weather": "rain"}
    assert len(problems) == 0 and problems.ledger(READ).given == 2


def test_the_template_follows_from_the_columns(tmp_path: Path) -> None:
    said: dict[str, Any] = {"weather": "sun", "seen": ("a",), "score": 2.5}
    written(
        "imagefolder",
        tmp_path,
        {"train": [shown("a.png", [Shape(Box(1, 1, 2, 2), "car")], **said)]},
        drawing(**ASKED),
    )
    _, _, template = read("imagefolder", tmp_path)
    kinds = {name: control.kind.value for name, control in template.controls.items()}
    assert kinds == {
        "objects": "shapes",
        "caption": "json",
        "weather": "choice",
        "seen": "choices",
        "score": "number",
    }


def test_images_without_boxes_and_with_questions(tmp_path: Path) -> None:
    template = Template(
        "vqa",
        modality="image",
        inputs={"image": Input("image"), "question": Input("text")},
        controls={"answer": Control(Kind.TEXT)},
    )
    item = Item(ItemKey("", "", "1"), {"image": "a.png", "question": "What?"}, [])
    files, problems = written(
        "imagefolder", tmp_path, {"train": [Resolved(item, {"answer": "A car"})]}, template
    )
    assert files == {"metadata.jsonl": b'{"file_name":"a.png","question":"What?","answer":"A car"}\n'}
    assert len(problems) == 0
    (back,), _, _ = read("imagefolder", tmp_path, template)
    assert back.inputs == {"image": "a.png", "question": "What?"}
    assert back.annotations[0].answers == {"answer": "A car"}


@pytest.mark.parametrize(
    ("shape", "codes", "given"),
    [
        (Shape(Box(50, 50, 20, 10, 90), "car"), {"shape.rotation-lost": 1}, 1),
        (Shape(Polyline(((1, 1), (9, 1))), "car"), {"shape.polyline-left-out": 1}, 0),
        (Shape(Box(1, 1, 2, 2), "car", answers=(("a", "b"),)), {"shape.attribute-lost": 1}, 1),
    ],
)
def test_what_is_lost_has_a_code(shape: Shape, codes: dict[str, int], given: int, tmp_path: Path) -> None:
    _, problems = written("imagefolder", tmp_path, {"train": [shown("a.png", [shape], None)]}, drawing())
    assert problems.counts == codes
    assert problems.ledger(WRITE).given == given and balanced(problems)


def test_broken_objects_are_lost_by_their_code(tmp_path: Path) -> None:
    rows = [
        '{"file_name":"a.png","objects":{"bbox":[[1,2,3,4],[1,2,3]],"labels":["x","y"]}}',
        '{"objects":{"bbox":[[1,2,3,4],[1,2,3,4]],"labels":["x","y"]}}',
    ]
    (tmp_path / "metadata.jsonl").write_text("\n".join(rows))
    items, problems, _ = read("imagefolder", tmp_path)
    assert [len(shapes_of(i)) for i in items] == [1]
    ledger = problems.ledger(READ)
    assert ledger.lost == {"imagefolder.box": 1, "imagefolder.no-file-name": 2} and balanced(problems)


NUMBER = st.floats(-1e4, 1e4, allow_nan=False)
SIDE = st.floats(1e-3, 1e4)


@settings(max_examples=40)
@given(st.lists(st.tuples(NUMBER, NUMBER, SIDE, SIDE, st.text(min_size=1, max_size=4)), max_size=4))
def test_boxes_come_back_as_they_were(drawn: list[tuple[float, float, float, float, str]]) -> None:
    import tempfile

    shapes = tuple(Shape(Box(*box), label, str(n)) for n, (*box, label) in enumerate(drawn))
    with tempfile.TemporaryDirectory() as folder:
        _, problems = written("imagefolder", Path(folder), {"train": [shown("a.png", shapes)]}, drawing([]))
        assert len(problems) == 0
        items, problems, _ = read("imagefolder", Path(folder), drawing([]))
    assert shapes_of(items[0]) == shapes and len(problems) == 0


def test_rows_of_a_whole_file_need_no_folder() -> None:
    problems = Problems()
    held = [shown("a.png", []), shown("a.png", [], key="2")]
    data = b"".join(formats()["imagefolder"].write(held, drawing(), problems))
    assert [json.loads(line)["file_name"] for line in data.splitlines()] == ["a.png", "a-2.png"]
    assert problems.counts == {"image.renamed": 1}
