"""A label that the template does not declare is one problem in every data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from shapesets import balanced, drawing, png, read, shapes_of, shown

from labelwright.contracts import Control, Input, Template
from labelwright.geometry.shapes import Box
from labelwright.geometry.tracks import Keyframe
from labelwright.problems import READ, Problems, Severity, UsageError
from labelwright.records import Film, Item, ItemKey, Kind, Resolved, Shape, Track
from labelwright.registry import formats

CORNERS = Box(10, 10, 20, 30)
IMAGES = ["coco", "datumaro", "voc", "yolo", "yolo-seg", "yolo-obb", "imagefolder", "csv"]


def put(name: str, folder: Path, held: list[Resolved], template: Template) -> Path:
    """The data set as a folder, or as the file that it is."""
    form: Any = formats()[name]
    if not hasattr(form, "write_files"):
        path = folder / f"data{form.suffix}"
        path.write_bytes(b"".join(form.write(held, template, Problems())))
        return path
    for file, data in form.write_files(held, template, Problems()):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(data)
    (folder / "images" / "train").mkdir(parents=True, exist_ok=True)
    (folder / "images" / "train" / "a.png").write_bytes(png(160, 120))
    return folder


@pytest.mark.parametrize("name", IMAGES)
def test_an_undeclared_label_is_a_problem_and_set_aside(name: str, tmp_path: Path) -> None:
    drawn = [Shape(CORNERS, "car"), Shape(Box(50, 50, 5, 5), "boat")]
    path = put(name, tmp_path, [shown("a.png", drawn)], drawing(["car", "boat"]))
    items, problems, _ = read(name, path, drawing(["car"]))
    assert [s.label for s in shapes_of(items[0])] == ["car"]
    assert problems.ledger(READ).lost == {"dataset.label-unknown": 1} and balanced(problems)
    assert [(p.code, p.severity, p.loss) for p in problems] == [
        ("dataset.label-unknown", Severity.ERROR, False)
    ]
    items, problems, _ = read(name, path)
    assert len(shapes_of(items[0])) == 2 and len(problems) == 0
    items, problems, _ = read(name, path, drawing([]))
    assert len(shapes_of(items[0])) == 2 and len(problems) == 0


def test_an_undeclared_label_of_a_track(tmp_path: Path) -> None:
    template = Template(
        "film",
        inputs={"video": Input("video")},
        controls={"objects": Control(Kind.TRACKS, labels=["car", "boat"], input="video")},
    )
    moments = (Keyframe(0, CORNERS), Keyframe(1, CORNERS))
    tracks = (Track(moments, "car", "1"), Track(moments, "boat", "2"))
    item = Item(ItemKey("", "", "f"), {"video": "f.mp4"}, [], films={"video": Film(2)})
    path = put("mot", tmp_path, [Resolved(item, {"objects": tracks})], template)
    template.controls["objects"].labels = ["boat"]
    items, problems, _ = read("mot", path, template)
    assert [t.label for t in shapes_of(items[0])] == ["boat"]
    assert problems.ledger(READ).lost == {"dataset.label-unknown": 1} and balanced(problems)
    with pytest.raises(UsageError, match="no tracks"):
        read("mot", path, drawing())


@pytest.mark.parametrize("name", [n for n in IMAGES if n not in ("imagefolder", "csv")])
def test_a_template_without_shapes_is_misuse(name: str, tmp_path: Path) -> None:
    path = put(name, tmp_path, [shown("a.png", [Shape(CORNERS, "car")])], drawing())
    empty = Template("t", inputs={"image": Input("image")}, controls={"note": Control(Kind.TEXT)})
    with pytest.raises(UsageError, match="no shapes"):
        read(name, path, empty)


def test_objects_that_a_template_of_image_folders_does_not_ask_are_counted(tmp_path: Path) -> None:
    path = put("imagefolder", tmp_path, [shown("a.png", [Shape(CORNERS, "car")])], drawing())
    asked = Template("t", inputs={"image": Input("image")}, controls={"note": Control(Kind.TEXT)})
    _, problems, _ = read("imagefolder", path, asked)
    assert problems.ledger(READ).lost == {"dataset.label-unknown": 1} and balanced(problems)


@pytest.mark.parametrize("name", ["coco", "datumaro", "yolo", "mot", "voc"])
def test_answers_about_a_film_without_a_track_are_told(name: str) -> None:
    template = Template(
        "film",
        inputs={"video": Input("video")},
        controls={
            "objects": Control(Kind.TRACKS, labels=["car"], input="video"),
            "weather": Control(Kind.CHOICE, labels=["sun"]),
        },
    )
    form: Any = formats()[name]

    def codes(**answers: Any) -> dict[str, int]:
        item = Item(ItemKey("", "", "f"), {"video": "f.mp4"}, [], films={"video": Film(2)})
        problems = Problems()
        b"".join(form.write([Resolved(item, answers)], template, problems))
        return problems.counts

    assert codes(objects=()) == {}
    assert codes(objects=(), weather="sun") == {"image.tag-without-frame": 1}
