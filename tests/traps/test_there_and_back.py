"""Every format out and in again through the command line: what comes back is equal, or its loss was named."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from small_exports import Convert, put_images, read_back

from labelwright.geometry.rle import tight
from labelwright.geometry.shapes import Geometry, Mask
from labelwright.records import Item, Shape, Track

RECORDED = Path(__file__).parents[1] / "cvat" / "recordings"
IMAGES, FILM = RECORDED / "task1_images.xml", RECORDED / "video_video.xml"
LOSS = "--allow-loss"
NOTED = {"label-studio.figure-boxed", "shape.track-as-frames"}


def rounded(value: Any) -> Any:
    """A value whose numbers may differ by what a decimal of a file cannot hold."""
    if isinstance(value, float):
        return round(value, 4) + 0.0
    if isinstance(value, tuple):
        return tuple(map(rounded, value))
    if hasattr(value, "__struct_fields__"):
        return (type(value).__name__, *(rounded(getattr(value, n)) for n in value.__struct_fields__))
    return value


def told(geometry: Geometry) -> Any:
    return rounded(tight(geometry) if isinstance(geometry, Mask) else geometry)


def drawn(items: list[Item]) -> Counter[Any]:
    """Label, place and image of everything that is drawn, and what is said of it."""
    found: Counter[Any] = Counter()
    for item in items:
        image = next((str(v) for v in item.inputs.values() if isinstance(v, str)), "")
        for value in item.annotations[0].answers.values() if item.annotations else ():
            for one in value if isinstance(value, tuple) else ():
                if isinstance(one, Shape):
                    said = tuple(sorted((n, str(v)) for n, v in one.answers))
                    beside = (one.occluded, one.z, bool(one.group))
                    found[(Path(image).stem, one.label, told(one.geometry), said, beside)] += 1
                elif isinstance(one, Track):
                    found[
                        (one.label, tuple((k.frame, told(k.geometry), k.outside) for k in one.keyframes))
                    ] += 1
    return found


# Of 15 shapes: how many come back just as they were, how many otherwise, and every loss that was named.
LOST = {"shape.cuboid-left-out": 1, "shape.points-left-out": 1, "shape.polyline-left-out": 1}
JOINTS = {"shape.joint-attributes-lost": 2}
BESIDE = {"shape.group-lost": 2, "shape.order-lost": 1}
PLAIN = {**BESIDE, "shape.attribute-lost": 3, "shape.occluded-lost": 1}
NO_FIGURES = {**LOST, "shape.skeleton-left-out": 2}
AS_BOX = {"shape.written-as-box": 5}
TURNED = {"shape.rotation-lost": 1}
TAG = {"image.tag-lost": 1}
NEAR = {"shape.ellipse-as-polygon": 2}
NO_SHAPES = {
    "shape.box-left-out": 5, "shape.ellipse-left-out": 2,
    "shape.mask-left-out": 1, "shape.polygon-left-out": 2,
}  # fmt: skip
LABEL_STUDIO = {
    "shape.cuboid-left-out": 1, **JOINTS, "shape.group-lost": 2, "shape.occluded-lost": 1,
    "shape.parts-separated": 1, "label-studio.figure-boxed": 2,
}  # fmt: skip
ONE_FIGURE, ONE_BOXED = {"shape.skeleton-left-out": 1}, {"shape.written-as-box": 1}
JOINTS_OF_ONE, COVERED = {"shape.joint-attributes-lost": 1}, {"shape.occluded-lost": 1}
FRAMES, BY_FRAME = {"shape.track-lost": 3}, {"shape.track-as-frames": 4}
FILM_LABEL_STUDIO = {
    **ONE_FIGURE, **COVERED, "shape.attribute-lost": 2,
    "shape.keyframes-lost": 1, "shape.polygon-left-out": 1,
}  # fmt: skip
MATRIX: list[tuple[str, int, int, dict[str, int]]] = [
    ("datumaro", 15, 0, {}),
    ("cvat", 15, 0, {}),
    ("csv", 15, 0, {}),
    ("coco", 10, 2, {**LOST, **JOINTS, **NEAR}),
    ("label-studio", 8, 8, LABEL_STUDIO),
    ("yolo", 2, 8, {**NO_FIGURES, **PLAIN, **AS_BOX, **TURNED, **TAG}),
    ("yolo-seg", 1, 9, {**NO_FIGURES, **PLAIN, **NEAR, **TAG}),
    ("yolo-obb", 2, 8, {**NO_FIGURES, **PLAIN, **AS_BOX, **TAG}),
    ("yolo-pose", 0, 2, {**LOST, **NO_SHAPES, **JOINTS, **TAG}),
    ("voc", 3, 7, {**NO_FIGURES, **BESIDE, **AS_BOX, **TURNED, **TAG}),
    ("imagefolder", 2, 8, {**NO_FIGURES, **PLAIN, **AS_BOX, **TURNED}),
]


def there_and_back(convert: Convert, source: Path, target: str) -> tuple[Path, dict[str, int], Any, Any]:
    """The CSV file of what a target gave back, the losses and approximations by code, both reports."""
    out, report = convert(source, target, LOSS)
    put_images(out, target)
    given = (out / "tasks.json", out / "label_config.xml") if target == "label-studio" else out
    back, second = convert(given, "csv", LOSS, name="back")
    said = {p["code"] for p in report["problems"] if p["loss"] or p["bound"]} | NOTED
    named = {code: count for code, count in report["problem_counts"].items() if code in said}
    return back, named, report["objects"], second


@pytest.mark.parametrize(("target", "equal", "changed", "losses"), MATRIX, ids=[row[0] for row in MATRIX])
def test_shapes_come_back_equal_or_their_loss_was_named(
    target: str, equal: int, changed: int, losses: dict[str, int], convert: Convert, tmp_path: Path
) -> None:
    first = drawn(read_back(convert(IMAGES, "csv", name="first")[0]))
    assert first.total() == 15
    back, named, objects, second = there_and_back(convert, IMAGES, target)
    again = drawn(read_back(back))
    assert named == losses
    assert ((first & again).total(), (again - first).total()) == (equal, changed)
    # What was written is read whole; points that became several objects are counted as such.
    apart = 2 if "shape.parts-separated" in named else 0
    assert second["objects"]["write"]["given"] == objects["write"]["given"] + apart
    assert not [p for p in second["problems"] if p["loss"] or p["severity"] == "error"]


FILM_MATRIX: list[tuple[str, int, int, dict[str, int]]] = [
    ("cvat", 4, 4, {}),
    ("csv", 4, 4, {}),
    ("datumaro", 0, 50, BY_FRAME),
    ("coco", 0, 50, {**JOINTS_OF_ONE, **BY_FRAME}),
    (
        "mot",
        1,
        3,
        {**ONE_FIGURE, **TURNED, **ONE_BOXED, "shape.attribute-lost": 2, "shape.keyframes-lost": 2},
    ),
    ("label-studio", 1, 2, FILM_LABEL_STUDIO),
    ("yolo", 0, 30, {**ONE_FIGURE, **TURNED, **ONE_BOXED, **FRAMES, "shape.attribute-lost": 2, **COVERED}),
    ("voc", 0, 30, {**ONE_FIGURE, **TURNED, **ONE_BOXED, **FRAMES}),
]


@pytest.mark.parametrize(
    ("target", "equal", "objects", "losses"), FILM_MATRIX, ids=[r[0] for r in FILM_MATRIX]
)
def test_tracks_come_back_equal_or_their_loss_was_named(
    target: str, equal: int, objects: int, losses: dict[str, int], convert: Convert
) -> None:
    first = drawn(read_back(convert(FILM, "csv", name="first")[0]))
    assert first.total() == 4
    back, named, _, second = there_and_back(convert, FILM, target)
    again = drawn(read_back(back))
    assert named == losses
    assert ((first & again).total(), again.total()) == (equal, objects)
    assert not [p for p in second["problems"] if p["loss"] or p["severity"] == "error"]
