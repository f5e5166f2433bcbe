"""YOLO and Pascal VOC folders, opened by Datumaro and supervision: what is read is what was drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from shapesets import drawing, png, shown, written
from tests.live.test_readers import read

from labelwright.geometry.shapes import Box
from labelwright.records import Shape

pytestmark = pytest.mark.live

DRAWN = {
    "a": [("road", 20.0, 30.0, 60.0, 50.0), ("car", 1.5, 2.25, 10.5, 20.25)],
    "b": [],
    "c": [("car", 0.0, 0.0, 160.0, 120.0)],
}


def opened(form: str, folder: Path) -> Any:
    held = {n: shown(f"{n}.png", [Shape(Box(*box), label) for label, *box in d]) for n, d in DRAWN.items()}
    sides = {"train": [held["a"], held["b"]], "validation": [held["c"]]}
    _, problems = written(form, folder, sides, drawing())
    assert len(problems) == 0
    images = folder / ("images/train" if form == "yolo" else "JPEGImages")
    images.mkdir(parents=True, exist_ok=True)
    for name in DRAWN if form == "voc" else ():
        (images / f"{name}.png").write_bytes(png(160, 120))
    return read("vision", "read_boxes.py", Path(form), folder, images)


def corners(name: str) -> list[list[Any]]:
    return [[label, x, y, x + w, y + h] for label, x, y, w, h in DRAWN[name]]


def close(found: list[list[Any]], wanted: list[list[Any]]) -> bool:
    """Labels equal, sides within what single precision keeps."""
    assert [row[0] for row in found] == [row[0] for row in wanted]
    return all(row[1:] == pytest.approx(want[1:], abs=1e-3) for row, want in zip(found, wanted, strict=True))


def test_yolo_is_opened_by_both(tmp_path: Path) -> None:
    found = opened("yolo", tmp_path)
    assert sorted(found["datumaro"]) == ["a", "b", "c"]
    assert all(close(found["datumaro"][n], [list(box) for box in DRAWN[n]]) for n in DRAWN)
    assert sorted(found["supervision"]) == ["a", "b"]
    assert all(close(found["supervision"][n], corners(n)) for n in ("a", "b"))


def test_voc_counts_pixels_from_one(tmp_path: Path) -> None:
    found = opened("voc", tmp_path)
    assert all(close(found["supervision"][n], corners(n)) for n in DRAWN)
    # Datumaro takes the numbers as they stand: from 1, and the last pixel is the end.
    as_written = {n: [[b[0], b[1] + 1, b[2] + 1, b[3] - 1, b[4] - 1] for b in d] for n, d in DRAWN.items()}
    assert all(close(found["datumaro"][n], as_written[n]) for n in DRAWN)
