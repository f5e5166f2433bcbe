"""COCO and Datumaro files of ours, opened by the programs that people train and evaluate with."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

import pytest
import shaped as sh

from labelwright import registry
from labelwright.geometry.shapes import Box, Ellipse, Mask, Points, Polygon, Polyline
from labelwright.problems import Problems
from labelwright.records import Shape

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).parent / "readers" / "read_coco.py"
FIRST = [
    Shape(Box(12.5, 20, 100.25, 50), "car", answers=(("color", "red"), ("doors", 4))),
    Shape(Box(160, 40, 80, 20, 90), "car", occluded=True),
    Shape(Polygon.of(((200, 200), (260, 210), (230, 280))), "road", group="1"),
    Shape(Ellipse(100, 200, 60, 20), "car"),
    Shape(Mask(300, 200, 4, 2, (0, 3, 2, 3)), "road", z=2),
]
SECOND = [Shape(Box(0, 0, 400, 300), "road")]
BOXES = {
    "one.png": [
        ["car", 12.5, 20, 100.25, 50],
        ["car", 40, 180, 120, 40],
        ["car", 190, 10, 20, 80],
        ["road", 200, 200, 60, 80],
        ["road", 300, 200, 4, 2],
    ],
    "two.png": [["road", 0, 0, 400, 300]],
    "three.png": [],
}


def png(path: Path, width: int, height: int) -> None:
    """A black picture of this size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + bytes(3 * width) for _ in range(height)))
    content = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + content)


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the readers found."""
    folder = tmp_path_factory.mktemp("vision")
    drawn = {"one.png": FIRST, "two.png": SECOND, "three.png": []}
    said: dict[str, Any] = {"weather": "sun", "seen": ("dust", "glare"), "note": "as seen"}
    items = [sh.image(*shapes, name=name, number=n, **said) for n, (name, shapes) in enumerate(drawn.items())]
    coco = folder / "coco" / "annotations" / "instances_train.json"
    coco.parent.mkdir(parents=True)
    coco.write_bytes(sh.written("coco", items)[0])
    assert b'"attributes":{"weather":"sun"' in coco.read_bytes()
    images = folder / "coco" / "images" / "train"
    images.mkdir(parents=True)
    for name in drawn:
        png(images / name, sh.WIDTH, sh.HEIGHT)
    more = [Shape(Polyline(((5, 5), (50, 60))), "road"), Shape(Points(((7, 8), (9, 10))), "car")]
    items[0].answers["objects"] = (*FIRST, *more)
    form: Any = registry.formats()["datumaro"]
    for name, data in form.write_files(items, sh.STREET, Problems()):
        path = folder / "datumaro" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    home = Path(os.environ.get("LABELWRIGHT_READERS") or ROOT / ".servers" / "readers")
    python = home / "vision" / "bin" / "python"
    if not python.exists():
        raise RuntimeError(f"no {python}; `make readers` makes it, or set LABELWRIGHT_READERS")
    outside = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    ran = subprocess.run(
        [python, SCRIPT, coco, folder / "datumaro", images],
        env=outside,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return dict(json.loads(ran.stdout.splitlines()[-1]))


@pytest.mark.parametrize("reader", ["pycocotools", "faster-coco-eval", "supervision"])
def test_every_box_is_found_where_it_was_drawn(reader: str, opened: dict[str, Any]) -> None:
    found = opened[reader]
    assert list(found) == list(BOXES)
    for name, boxes in BOXES.items():
        assert [box[0] for box in found[name]] == [box[0] for box in boxes]
        for one, other in zip(found[name], boxes, strict=True):
            assert one[1:] == pytest.approx(other[1:], abs=0.02)  # supervision keeps 32 bits


@pytest.mark.parametrize("kind", ["bbox", "segm"])
def test_a_file_as_its_own_detections_scores_one(kind: str, opened: dict[str, Any]) -> None:
    assert opened[kind] == pytest.approx([1, 1, 1], abs=1e-6)


def test_datumaro_finds_every_shape_of_its_own_format(opened: dict[str, Any]) -> None:
    found = opened["datumaro"]
    assert {name: len(marks) for name, marks in found.items()} == {"one": 7, "two": 1, "three": 0}
    kinds = sorted(mark[0] for mark in found["one"])
    assert kinds == ["bbox", "bbox", "ellipse", "mask", "points", "polygon", "polyline"]
    assert ["bbox", "car", 12.5, 20, 100.25, 50] in found["one"]
    assert ["bbox", "car", 160, 40, 80, 20] in found["one"]  # before it is turned, as in CVAT's own files


def test_datumaro_finds_every_shape_of_coco(opened: dict[str, Any]) -> None:
    found = opened["datumaro-coco"]
    boxes = {name: [m for m in marks if m[0] == "bbox"] for name, marks in found.items()}
    assert {name: len(marks) for name, marks in boxes.items()} == {"one": 5, "two": 1, "three": 0}
    assert ["bbox", "car", 190, 10, 20, 80] in boxes["one"]
    outlines = sorted(mark[0] for mark in found["one"] if mark[0] != "bbox")
    assert outlines == ["mask", "polygon", "polygon", "polygon"]  # it adds the outlines to the boxes
