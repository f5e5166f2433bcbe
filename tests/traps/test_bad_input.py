"""Bad input through the command line: a problem with place and remedy, the rest of the run unharmed."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from small_exports import Convert, cvat_export, cvat_image, ls_box, ls_config, ls_export, ls_task

BOX = '<box label="car" xtl="1" ytl="2" xbr="5" ybr="8" occluded="0"/>'
MASK = '<mask label="car" occluded="0" rle="1, 3" left="10" top="20" width="4" height="3"/>'
ROW = '<box frame="{}" keyframe="1" outside="0" occluded="0" xtl="1" ytl="2" xbr="5" ybr="8"/>'
TRACK = f'<track id="0" label="car" source="manual">{ROW.format(0)}</track>'


def said(report: Any, code: str) -> Any:
    """The problem of a code, which has a remedy, and a place unless it is about the whole file."""
    (problem,) = (p for p in report["problems"] if p["code"] == code)
    assert problem["remedy"] and problem["message"]
    assert problem["place"]["source"]
    return problem


# (what is on the second image or track, its code, whether an object is set aside)
SET_ASIDE = [
    (cvat_image(BOX, MASK), "cvat.mask-rle"),
    (cvat_image(BOX) + cvat_image(BOX, number=500, name="z.png"), "cvat.frame-outside-task"),
    (cvat_image(BOX, BOX.replace("car", "bus")), "cvat.label-unknown"),
    (cvat_image(BOX) + cvat_image(BOX, name="b.png"), "cvat.image-duplicate"),
    (cvat_image(BOX, BOX.replace('"5"', '"nan"')), "cvat.coordinate-not-finite"),
    (cvat_image(BOX, BOX.replace('"5"', '"inf"')), "cvat.coordinate-not-finite"),
]


@pytest.mark.parametrize(("images", "code"), SET_ASIDE, ids=[code for _, code in SET_ASIDE])
def test_one_bad_object_is_set_aside_and_the_other_written(
    images: str, code: str, convert: Convert, tmp_path: Path
) -> None:
    out, report = convert(cvat_export(tmp_path, images, size=3), "coco", code=1)
    assert said(report, code)["severity"] == "error"
    assert report["objects"]["read"] == {"taken": 2, "given": 1, "lost": {code: 1}}
    assert [a["bbox"] for a in json.loads(out.read_text())["annotations"]] == [[1, 2, 4, 6]]


def test_a_shape_outside_its_image_is_said_and_cut_with_leave_alone(convert: Convert, tmp_path: Path) -> None:
    export = cvat_export(tmp_path, cvat_image(BOX.replace('"5"', '"500"')))
    _, report = convert(export, "coco")
    assert said(report, "cvat.shape-outside-image")["severity"] == "warning"
    _, report = convert(export, "yolo", code=1)
    assert report["written"] is False and report["problem_counts"]["shape.clipped"] == 1


def test_a_missing_image_size_is_said_where_it_is_missing_and_where_it_is_needed(
    convert: Convert, tmp_path: Path
) -> None:
    bare = cvat_image(BOX).replace(' width="400" height="100"', "")
    _, report = convert(cvat_export(tmp_path, bare), "yolo", code=1)
    said(report, "cvat.size-missing")
    assert report["written"] is False and report["objects"]["write"]["lost"] == {"shape.size-missing": 1}


def test_two_images_of_one_name_in_different_folders(convert: Convert, tmp_path: Path) -> None:
    images = cvat_image(BOX, name="one/a.png") + cvat_image(BOX, number=1, name="two/a.png")
    out, _ = convert(cvat_export(tmp_path, images, size=2), "coco")
    names = [image["file_name"] for image in json.loads(out.read_text())["images"]]
    assert names == ["one/a.png", "two/a.png"]


def test_an_unknown_version_is_read_and_said(convert: Convert, tmp_path: Path) -> None:
    path = cvat_export(tmp_path, cvat_image(BOX))
    path.write_text(path.read_text().replace("<version>1.1<", "<version>2.0<"))
    out, report = convert(path, "coco", code=1)
    assert "2.0" in said(report, "cvat.version-unknown")["message"] and out.exists()


@pytest.mark.parametrize(
    ("track", "frames", "code"),
    [
        (TRACK, 1, "cvat.track-stops"),
        (TRACK.replace("</track>", ROW.format(4) + "</track>"), 6, "cvat.track-without-end"),
    ],
)
def test_a_track_without_end_ends_somewhere_and_that_is_said(
    track: str, frames: int, code: str, convert: Convert, tmp_path: Path
) -> None:
    path = cvat_export(tmp_path, track, mode="interpolation", size=6)
    size = "<original_size><width>400</width><height>100</height></original_size></task>"
    path.write_text(path.read_text().replace("</task>", size))
    out, report = convert(path, "coco")
    said(report, code)
    assert len(json.loads(out.read_text())["annotations"]) == frames


def test_a_track_that_comes_twice_is_left_out_once(convert: Convert, tmp_path: Path) -> None:
    path = cvat_export(tmp_path, TRACK + TRACK, mode="interpolation", size=6)
    _, report = convert(path, "csv", code=1)
    said(report, "cvat.object-duplicate")
    assert report["objects"]["read"] == {"taken": 2, "given": 1, "lost": {"cvat.object-duplicate": 1}}


def packed(name: str, text: str, cut: int | None = None) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return held.getvalue()[:cut]


WHOLE = [
    ("leads-out", "archive.unsafe-name"),
    ("cut", "archive.broken"),
    ("bomb", "archive.too-large"),
    ("cut-xml", "cvat.xml-broken"),
    ("entities", "cvat.xml-entities"),
]


@pytest.mark.parametrize(("kind", "code"), WHOLE, ids=[kind for kind, _ in WHOLE])
def test_what_cannot_be_trusted_as_a_whole_is_refused(
    kind: str, code: str, convert: Convert, tmp_path: Path
) -> None:
    path = cvat_export(tmp_path, cvat_image(*[BOX] * 300))
    text, out = path.read_text(), tmp_path / f"{kind}.zip"
    if kind == "leads-out":
        out.write_bytes(packed("../annotations.xml", text))
    elif kind == "cut":
        out.write_bytes(packed("annotations.xml", text, cut=300))
    elif kind == "bomb":
        out.write_bytes(packed("annotations.xml", text.replace("</meta>", "</meta>" + " " * (80 << 20))))
    else:
        out = tmp_path / f"{kind}.xml"
        out.write_text(text[:-30] if kind == "cut-xml" else f'<!DOCTYPE a [<!ENTITY x "y">]>{text}')
    written, report = convert(out, "coco", code=1)
    said(report, code)
    assert not written.exists()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"x": "NaN"}, "label-studio.shape-unreadable"),
        ({"rectanglelabels": ["bus"]}, "label-studio.label-unknown"),
    ],
    ids=["nan", "label"],
)
def test_a_bad_region_of_label_studio_is_set_aside(
    change: dict[str, Any], code: str, convert: Convert, tmp_path: Path
) -> None:
    bad = ls_box(50, 50, 9, 9, id="bad")
    bad["value"].update(change)
    task = ls_task(1, "a.png", [ls_box(10, 10, 30, 40), bad])
    out, report = convert(ls_export(tmp_path, ls_config("RectangleLabels"), task), "coco", code=1)
    assert said(report, code)["place"]["region"] == "bad"
    assert sum(report["objects"]["read"]["lost"].values()) == 1
    assert len(json.loads(out.read_text())["annotations"]) == 1


def test_a_bare_nan_is_no_json_and_nothing_is_written(convert: Convert, tmp_path: Path) -> None:
    task = ls_task(1, "a.png", [ls_box(float("nan"), 10, 30, 40)])
    out, report = convert(ls_export(tmp_path, ls_config("RectangleLabels"), task), "coco", code=1)
    assert "byte" in said(report, "io.not-json")["message"] and not out.exists()


def test_a_region_without_a_size_is_set_aside(convert: Convert, tmp_path: Path) -> None:
    bad = ls_box(50, 50, 9, 9, id="bad")
    del bad["original_width"], bad["original_height"]
    task = ls_task(1, "a.png", [bad])
    _, report = convert(ls_export(tmp_path, ls_config("RectangleLabels"), task), "coco", code=1)
    assert said(report, "label-studio.size-missing")["place"]["item"] == "1"
