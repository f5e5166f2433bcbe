"""Makes large annotation files of boxes, the same bytes for the same arguments."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any

LABELS = ("car", "truck", "bus", "person", "bicycle", "sign", "light", "dog")
# Without an XML declaration: labelformat, where lxml is there too, cannot read a file that has one.
HEAD = """<annotations>
  <version>1.1</version>
  <meta>
    <task>
      <id>1</id>
      <name>boxes</name>
      <size>{size}</size>
      <mode>annotation</mode>
      <overlap>0</overlap>
      <subset>train</subset>
      <start_frame>0</start_frame>
      <stop_frame>{stop}</stop_frame>
      <frame_filter></frame_filter>
      <labels>
{labels}
      </labels>
    </task>
    <dumped>2026-03-01 12:00:00.000000+00:00</dumped>
  </meta>
"""
LABEL = """        <label>
          <name>{name}</name>
          <color>#00ff00</color>
          <type>rectangle</type>
          <attributes>
          </attributes>
        </label>"""
BOX = (
    '    <box label="{label}" source="manual" occluded="0" xtl="{x1:.2f}" ytl="{y1:.2f}" xbr="{x2:.2f}"'
    ' ybr="{y2:.2f}" z_order="0">\n    </box>\n'
)
SIZE = (1920, 1080)
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def write_cvat(path: Path, images: int, boxes: int = 10) -> Path:
    """A "CVAT for images 1.1" file with ``boxes`` boxes on each image."""
    lot = random.Random(images)
    labels = "\n".join(LABEL.format(name=name) for name in LABELS)
    with path.open("w", encoding="utf-8") as handle:
        handle.write(HEAD.format(size=images, stop=images - 1, labels=labels))
        for number in range(images):
            width, height = SIZE
            name = image_name(number)
            handle.write(f'  <image id="{number}" name="{name}" width="{width}" height="{height}">\n')
            for _ in range(boxes):
                x, y, w, h = box(lot)
                what = {"label": lot.choice(LABELS), "x1": x, "y1": y, "x2": x + w, "y2": y + h}
                handle.write(BOX.format(**what))
            handle.write("  </image>\n")
        handle.write("</annotations>\n")
    return path


def image_name(number: int) -> str:
    """The file of an image, with its folders."""
    return f"frames/day{number // 1000:03d}/img_{number:06d}.png"


def write_images(folder: Path, images: int) -> None:
    """A file for each image of ``write_cvat``, of one pixel."""
    for number in range(images):
        path = folder / image_name(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PIXEL)


def box(lot: random.Random) -> tuple[float, float, float, float]:
    """x, y, width and height of a box inside the image, in hundredths of a pixel."""
    width, height = round(lot.uniform(8, 400), 2), round(lot.uniform(8, 300), 2)
    return (
        round(lot.uniform(0, SIZE[0] - width), 2),
        round(lot.uniform(0, SIZE[1] - height), 2),
        width,
        height,
    )


def write_label_studio(path: Path, tasks: int, boxes: int = 10) -> Path:
    """A Label Studio export of boxes, one annotator a task."""
    lot = random.Random(tasks)
    path.write_text(json.dumps([task(n, boxes, lot) for n in range(1, tasks + 1)]), encoding="utf-8")
    return path


CONFIG = (
    '<View>\n  <Image name="image" value="$image"/>\n  <RectangleLabels name="objects" toName="image">\n'
    + "".join(f'    <Label value="{name}"/>\n' for name in LABELS)
    + "  </RectangleLabels>\n</View>\n"
)


def task(number: int, boxes: int, lot: random.Random) -> dict[str, Any]:
    """One task with one annotation."""
    time = "2026-03-01T12:00:00.000000Z"
    return {
        "id": number,
        "annotations": [
            {
                "id": number,
                "completed_by": 1 + number % 3,
                "result": [result(n, lot) for n in range(boxes)],
                "was_cancelled": False,
                "ground_truth": False,
                "created_at": time,
                "updated_at": time,
                "lead_time": 12.5,
                "task": number,
                "project": 1,
            }
        ],
        "drafts": [],
        "predictions": [],
        "data": {"image": f"/data/upload/1/{number:08x}-img_{number:06d}.jpg"},
        "meta": {},
        "created_at": time,
        "updated_at": time,
        "inner_id": number,
        "total_annotations": 1,
        "project": 1,
    }


def result(number: int, lot: random.Random) -> dict[str, Any]:
    """One box in percent of the image."""
    x, y, width, height = box(lot)
    return {
        "original_width": SIZE[0],
        "original_height": SIZE[1],
        "image_rotation": 0,
        "value": {
            "x": 100 * x / SIZE[0],
            "y": 100 * y / SIZE[1],
            "width": 100 * width / SIZE[0],
            "height": 100 * height / SIZE[1],
            "rotation": 0,
            "rectanglelabels": [lot.choice(LABELS)],
        },
        "id": f"r{number:09d}",
        "from_name": "objects",
        "to_name": "image",
        "type": "rectanglelabels",
        "origin": "manual",
    }
