"""The box that a person draws round a figure: through every format that holds figures, and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ls_drawing import read_tasks
from shapesets import png, read, shown

from labelwright.contracts import Control, Input, SkeletonSpec, Template
from labelwright.geometry.shapes import HIDDEN, OCCLUDED, Box, Joint, Skeleton
from labelwright.problems import READ, WRITE, Problems
from labelwright.records import Kind, Resolved, Shape
from labelwright.registry import formats

SPEC = SkeletonSpec(["nose", "hand"], [["nose", "hand"]])
PEOPLE = Template(
    "people",
    inputs={"image": Input("image")},
    controls={"objects": Control(Kind.SHAPES, ["PERSON"], shapes=["skeleton"], skeletons={"PERSON": SPEC})},
)
AROUND = Box(10, 5, 20, 10)
FIGURE = Shape(Skeleton((Joint("nose", 14, 8), Joint("hand", 24, 12, OCCLUDED))), "PERSON", box=AROUND)
SIZE = (400, 100)


def through(name: str, held: list[Resolved], folder: Path, template: Template) -> list[Shape]:
    """The shapes of the first item after a format, which says nothing."""
    form: Any = formats()[name]
    problems = Problems()
    if name == "yolo-pose":
        sides = {"train": held, "validation": []}
        for file, data in form.write_sides(sides, template, problems):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(data)
        (folder / "images" / "train").mkdir(parents=True)
        (folder / "images" / "train" / "a.png").write_bytes(png(*SIZE))
        problems.counts.pop("yolo.no-validation", None)
        path = folder
    else:
        path = folder / f"data{form.suffix}"
        path.write_bytes(b"".join(form.write(held, template, problems)))
    assert problems.counts == {}
    (item,), problems, _ = read(name, path)
    assert problems.counts == {} and problems.ledger(READ).given == 1
    return list(item.annotations[0].answers["objects"])


def label_studio(held: list[Resolved], folder: Path) -> Shape:
    """A figure as Label Studio's tasks have it."""
    problems = Problems()
    data = b"".join(formats()["label-studio"].write(held, PEOPLE, problems))
    (folder / "ls").mkdir(exist_ok=True)
    (item,), problems = read_tasks(folder / "ls", json.loads(data), PEOPLE)
    assert not problems.errors
    figure: Shape = item.annotations[0].answers["objects"][0]
    return figure


@pytest.mark.parametrize("name", ["coco", "datumaro", "csv", "yolo-pose"])
def test_label_studio_and_back_through_a_data_set(name: str, tmp_path: Path) -> None:
    drawn = label_studio([shown("a.png", [FIGURE], SIZE)], tmp_path)
    assert drawn.box == AROUND
    (found,) = through(name, [shown("a.png", [drawn], SIZE)], tmp_path, PEOPLE)
    assert found.box is not None
    for a, b in zip(
        (10, 5, 20, 10), (found.box.x, found.box.y, found.box.width, found.box.height), strict=True
    ):
        assert b == pytest.approx(a, abs=1e-9 if name == "yolo-pose" else 0)
    again = label_studio([shown("a.png", [found], SIZE)], tmp_path)
    assert again.box is not None
    assert (again.box.x, again.box.y) == pytest.approx((10, 5), abs=1e-9)
    assert (again.box.width, again.box.height) == pytest.approx((20, 10), abs=1e-9)
    assert isinstance(again.geometry, Skeleton)
    assert [(j.name, j.visibility) for j in again.geometry.joints] == [("nose", 2), ("hand", OCCLUDED)]


@pytest.mark.parametrize("name", ["coco", "datumaro", "csv"])
@pytest.mark.parametrize("around", [None, Box(10.125, 5.25, 20.5, 10.75), Box(10, 5, 20, 10, 30)])
@pytest.mark.parametrize(
    "geometry",
    [
        FIGURE.geometry,
        Skeleton((Joint("nose", 14, 8), Joint("hand", 0, 0, HIDDEN))),
        Skeleton((Joint("nose", 0, 0, HIDDEN), Joint("hand", 0, 0, HIDDEN))),
    ],
)
def test_the_box_is_exact(name: str, around: Box | None, geometry: Skeleton, tmp_path: Path) -> None:
    held = [shown("a.png", [Shape(geometry, "PERSON", box=around)], SIZE)]
    (found,) = through(name, held, tmp_path, PEOPLE)
    assert found.box == around and found.geometry == geometry and not found.answers


def test_cvats_figures_have_no_box() -> None:
    problems = Problems()
    held = [shown("a.png", [FIGURE, Shape(FIGURE.geometry, "PERSON")], SIZE)]
    b"".join(formats()["cvat"].write(held, PEOPLE, problems))
    assert problems.counts == {"shape.box-lost": 1}
    assert (problems.ledger(WRITE).taken, problems.ledger(WRITE).given) == (2, 2)
