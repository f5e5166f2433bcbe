"""What broken or hostile files must not do: crash, hang, fill the memory, or lose objects unsaid."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from labelwright.cli.main import run
from labelwright.geometry.ellipses import MOST_CORNERS, ellipse_polygon
from labelwright.geometry.morph import _nearest
from labelwright.geometry.rle import mask_of
from labelwright.geometry.rle_coco import STRIP, coco_counts, mask_from_coco
from labelwright.geometry.shapes import FARTHEST, MOST_FRAMES, Box, Ellipse
from labelwright.geometry.tracks import Keyframe, frames, seen_frames
from labelwright_plugins.cvat.problems import SIZE_MISSING

HUGE = 10**400  # JSON holds it, a float does not
LABELS = "<labels><label><name>car</name><type>any</type><attributes></attributes></label></labels>"
BOX = '<box label="car" source="manual" occluded="0" xtl="1" ytl="1" xbr="9" ybr="9" z_order="0"></box>'
CONFIG = (
    '<View><Image name="image" value="$image"/>'
    '<EllipseLabels name="e" toName="image"><Label value="E"/></EllipseLabels>'
    '<RectangleLabels name="label" toName="image"><Label value="Dent"/></RectangleLabels></View>'
)
FILM = (
    '<View><Video name="video" value="$video"/><VideoRectangle name="box" toName="video"/>'
    '<Labels name="label" toName="video"><Label value="Dent"/></Labels></View>'
)


def convert(source: Path, out: Path, *more: str, to: str = "coco") -> tuple[int, dict[str, Any]]:
    """The exit code, and the report if there is one."""
    code = run(
        ["convert", str(source), "--to", to, "-o", str(out / "o.json"), "--no-gate", "--allow-loss",
         "--resamples", "0", "--state", str(out / "state"), *more]
    )  # fmt: skip
    report = out / "o.report.json"
    return code, json.loads(report.read_text()) if report.exists() else {}


def balanced(report: dict[str, Any]) -> bool:
    """Whether as many objects went out or are lost as came in, on every leg."""
    legs = report["objects"].values()
    return bool(legs) and all(x["taken"] == x["given"] + sum(x["lost"].values()) for x in legs)


def cvat(body: str, size: str = "3", head: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    meta = f"<meta><task><id>1</id><name>t</name><size>{size}</size>{LABELS}</task></meta>"
    return f"{head}<annotations><version>1.1</version>{meta}{body}</annotations>"


def image(shapes: str, number: int, width: str = "100") -> str:
    return f'<image id="{number}" name="{number}.png" width="{width}" height="80">{shapes}</image>'


def row(frame: int, outside: int = 0, turn: int = 0) -> str:
    return (
        f'<box frame="{frame}" keyframe="1" outside="{outside}" occluded="0" xtl="1" ytl="1" xbr="20" '
        f'ybr="9" rotation="{turn}" z_order="0"></box>'
    )


@pytest.mark.parametrize(
    "shape",
    [
        '<ellipse label="car" cx="1" cy="1" rx="1e308" ry="1e308" rotation="45"></ellipse>',
        '<polygon label="car" points="1e300,1;2,2;3,1"></polygon>',
        '<box label="car" xtl="-1e308" ytl="1" xbr="1e308" ybr="2"></box>',
        '<mask label="car" rle="0,5" left="1" top="1" width="2" height="2"></mask>',
    ],
)
def test_a_shape_beyond_reason_is_lost_by_name(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(cvat(image(shape, 0) + image(BOX, 1)))
    code, report = convert(path, tmp_path)
    assert code == 1
    assert balanced(report)
    assert report["objects"]["read"]["given"] == 1


@pytest.mark.parametrize("width", ["9" * 400, "0", "-5", "nan"])
def test_a_size_that_no_image_has_counts_as_unknown(tmp_path: Path, width: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(cvat(image(BOX, 0, width) + image(BOX, 1)))
    code, report = convert(path, tmp_path)
    assert code == 1
    assert balanced(report)
    assert report["problem_counts"].get(SIZE_MISSING.code) == 1


def test_an_encoding_that_nobody_knows_is_a_problem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.xml"
    path.write_text(cvat(image(BOX, 0), head='<?xml version="1.0" encoding="klingon"?>'))
    assert convert(path, tmp_path)[0] == 1
    assert "klingon" in capsys.readouterr().err


@pytest.mark.parametrize("rows", [row(0) + row(10**9), row(0) + row(10**7, turn=90)])
def test_a_keyframe_beyond_any_film_is_set_aside(tmp_path: Path, rows: str) -> None:
    path = tmp_path / "a.xml"
    path.write_text(cvat(f'<track id="0" label="car">{rows}</track>', size=""))
    code, report = convert(path, tmp_path)
    assert code == 1
    assert balanced(report)


def test_a_track_that_is_never_seen_is_lost_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    tracks = (
        f'<track id="0" label="car">{row(0, outside=1)}</track><track id="1" label="car">{row(0)}</track>'
    )
    path.write_text(cvat(tracks, size="5"))
    _, report = convert(path, tmp_path)
    assert balanced(report)
    assert report["objects"]["write"]["lost"] == {"track.never-seen": 1}


def _task(value: dict[str, Any], kind: str, name: str, **more: Any) -> dict[str, Any]:
    result = {
        "id": "r", "type": kind, "from_name": name, "to_name": "image", "value": value,
        "original_width": 100, "original_height": 80, **more,
    }  # fmt: skip
    return {
        "id": 1,
        "data": {"image": "a.png"},
        "annotations": [{"id": 1, "completed_by": 1, "result": [result]}],
    }


@pytest.mark.parametrize("number", [HUGE, 1e308, 10**18])
@pytest.mark.parametrize("key", ["x", "width", "rotation"])
def test_a_percentage_beyond_reason_is_unreadable(tmp_path: Path, key: str, number: float) -> None:
    value = {"x": 1, "y": 1, "width": 5, "height": 5, "rotation": 0, "rectanglelabels": ["Dent"], key: number}
    path, config = tmp_path / "a.json", tmp_path / "c.xml"
    path.write_text(json.dumps([_task(value, "rectanglelabels", "label")]))
    config.write_text(CONFIG)
    code, report = convert(path, tmp_path, "--label-config", str(config))
    assert code == 1
    assert not report or balanced(report)


def test_the_length_of_a_film_beyond_reason_is_not_believed(tmp_path: Path) -> None:
    sequence = [{"frame": 1, "x": 1, "y": 1, "width": 9, "height": 9, "rotation": 0, "enabled": True}]
    path, config = tmp_path / "a.json", tmp_path / "c.xml"
    config.write_text(FILM)
    for count in (10**9, HUGE):
        result = {
            "id": "t", "type": "videorectangle", "from_name": "box", "to_name": "video",
            "value": {"framesCount": count, "sequence": sequence, "labels": ["Dent"]},
        }  # fmt: skip
        annotation = {"id": 1, "completed_by": 1, "result": [result]}
        data = {"video": "a.mp4", "width": 640, "height": 480}
        path.write_text(json.dumps([{"id": 1, "data": data, "annotations": [annotation]}]))
        code, report = convert(path, tmp_path, "--label-config", str(config), "--force")
        assert code == 0
        assert balanced(report)


def test_a_region_of_a_film_with_two_labels_is_two_tracks(tmp_path: Path) -> None:
    sequence = [{"frame": 1, "x": 1, "y": 1, "width": 9, "height": 9, "rotation": 0, "enabled": True}]
    result = {
        "id": "t", "type": "videorectangle", "from_name": "box", "to_name": "video",
        "value": {"framesCount": 3, "sequence": sequence, "labels": ["Dent", "Car"]},
    }  # fmt: skip
    annotation = {"id": 1, "completed_by": 1, "result": [result]}
    data = {"video": "a.mp4", "width": 640, "height": 480}
    path, config = tmp_path / "a.json", tmp_path / "c.xml"
    path.write_text(json.dumps([{"id": 1, "data": data, "annotations": [annotation]}]))
    config.write_text(FILM.replace('<Label value="Dent"/>', '<Label value="Dent"/><Label value="Car"/>'))
    _, report = convert(path, tmp_path, "--label-config", str(config))
    assert balanced(report)
    assert report["objects"]["write"] == {"taken": 2, "given": 2, "lost": {}}


def _coco(**note: Any) -> dict[str, Any]:
    whole = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9], "area": 81, "iscrowd": 0, **note}
    sound = {"id": 2, "image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9], "area": 81, "iscrowd": 0}
    return {
        "images": [{"id": 1, "file_name": "a.png", "width": 100, "height": 80}],
        "annotations": [whole, sound],
        "categories": [{"id": 1, "name": "car"}],
    }


def test_coco_that_begins_with_its_images_is_not_taken_for_a_task(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(_coco()))
    code, report = convert(path, tmp_path, to="datumaro")
    assert code == 0
    assert report["objects"]["write"]["given"] == 2
    path.write_bytes((tmp_path / "o.json").read_bytes())
    code, report = convert(path, tmp_path, "--force")
    assert code == 0
    assert report["objects"]["write"]["given"] == 2


@pytest.mark.parametrize(
    "note",
    [
        {"segmentation": [[HUGE, 1, 2, 3, 4, 5]]},
        {"segmentation": [[1, 1, 2, 2, 3]]},
        {"bbox": [1, 2, 3]},
        {"bbox": [1e308, 1, 1e308, 1]},
        {"segmentation": {"counts": [0, 7999], "size": [80, 100]}},
    ],
)
def test_a_broken_annotation_of_coco_costs_itself_alone(tmp_path: Path, note: dict[str, Any]) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(_coco(**note)))
    code, report = convert(path, tmp_path, to="datumaro")
    assert code == 1
    assert balanced(report)
    assert report["objects"]["read"]["given"] == 1


def test_an_archive_with_two_files_of_one_name_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "w") as packed:
        for _ in range(2):
            packed.writestr("annotations/instances_default.json", json.dumps(_coco()))
    assert convert(path, tmp_path) == (1, {})


def test_a_damaged_archive_is_broken_whatever_packed_it(tmp_path: Path) -> None:
    for way in (zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2):
        path = tmp_path / f"{way}.zip"
        with zipfile.ZipFile(path, "w", way) as packed:
            packed.writestr("annotations/instances_default.json", json.dumps(_coco()))
        data = bytearray(path.read_bytes())
        middle = len(data) // 3
        data[middle : middle + 20] = bytes(20)
        path.write_bytes(data)
        assert convert(path, tmp_path) == (1, {})


def test_half_a_surrogate_pair_is_a_problem(tmp_path: Path) -> None:
    held = _coco()
    held["images"][0]["file_name"] = "a\ud800.png"
    path = tmp_path / "a.json"
    path.write_text(json.dumps(held))
    assert convert(path, tmp_path, to="datumaro")[0] == 1


@pytest.mark.parametrize("text", ["[" * 200_000, '{"images":' + "[" * 100_000])
def test_json_that_is_nested_without_end_is_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    assert convert(path, tmp_path)[0] == 1


BOMB = 'a: &a ["x","x","x","x","x","x","x","x","x"]\n' + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("described", "row"),
    [
        (BOMB + "names: *i\ntrain: images\n", "0 .5 .5 .2 .2"),
        ("names: [car]\ntrain: images\nkpt_shape: [999999999, 3]\n", "0 .5 .5 .2 .2"),
        ("names: [car]\ntrain: images\n", "9" * 5000 + " .5 .5 .2 .2"),
        ('names: !!python/object/apply:os.mkdir ["pwned"]\n', "0 .5 .5 .2 .2"),
    ],
)
def test_a_yolo_folder_that_would_explode_is_a_problem(
    tmp_path: Path, described: str, row: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "set"
    for name, text in (("data.yaml", described), ("labels/a.txt", row), ("images/a.png", "")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    assert convert(folder, tmp_path / "out")[0] == 1
    assert not (tmp_path / "pwned").exists()


def test_a_mask_is_turned_in_strips_as_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    mask = mask_of(random.random((23, 17)) > 0.5)
    whole = coco_counts(mask, 40, 30)
    monkeypatch.setattr("labelwright.geometry.rle_coco.STRIP", 60)
    assert STRIP > 60
    assert coco_counts(mask, 40, 30) == whole
    assert mask_from_coco(whole, 40, 30) == mask


def test_an_ellipse_beyond_reason_has_a_bounded_number_of_corners() -> None:
    polygon, bound = ellipse_polygon(Ellipse(0, 0, FARTHEST**2, 1))
    assert len(polygon.parts[0][0]) <= MOST_CORNERS
    assert bound > 0.25


def test_the_nearest_of_many_is_the_first_of_equals() -> None:
    random = np.random.default_rng(1)
    for _ in range(500):
        among = sorted(random.choice([0.0, 0.25, 0.5, 1.0, float(random.random())], size=6).tolist())
        value = float(random.choice([0.0, 0.375, 0.5, 1.0, float(random.random())]))
        expected = min(range(6), key=lambda at: abs(value - among[at]))
        assert _nearest(value, among) == expected


def test_frames_are_counted_without_being_made() -> None:
    box = Box(0, 0, 1, 1)
    keys = [Keyframe(-3, box), Keyframe(2, box, True), Keyframe(5, box), Keyframe(9, box)]
    for count in range(14):
        assert seen_frames(keys, count) == len(list(frames(keys, count)))
    assert seen_frames([Keyframe(0, box)], MOST_FRAMES * 1000) == MOST_FRAMES * 1000
    assert msgspec.json.encode(keys[0])
