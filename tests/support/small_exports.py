"""Builds tiny exports of Label Studio and CVAT, and turns them into files as a user would."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cli.conftest import Run

from labelwright.pipeline.opening import open_source
from labelwright.problems import READ, Problems
from labelwright.records import Item

Convert = Callable[..., Any]
CONTROL = '<{tag} name="{name}" toName="image"><Label value="van"/><Label value="car"/></{tag}>'


def ls_config(*tags: str, more: str = "", name: str = "objects") -> str:
    """A label config of one image: the controls ``objects``, ``objects2`` ..."""
    names = [name, *(f"{name}{n}" for n in range(2, 9))]
    drawn = "".join(CONTROL.format(tag=t, name=n) for t, n in zip(tags, names, strict=False))
    return f'<View><Image name="image" value="$image"/>{drawn}{more}</View>'


def ls_result(
    type_: str, value: dict[str, Any], label: str = "car", name: str = "objects", **more: Any
) -> dict[str, Any]:
    """A result as Label Studio stores it, on an image of 400 x 100 pixels."""
    size = {"original_width": 400, "original_height": 100, "image_rotation": 0}
    place = "-".join(str(value.get(key)) for key in ("x", "y", "points"))
    own = {
        "id": f"{name}-{label}-{place}",
        "from_name": name,
        "to_name": "image",
        "type": type_,
        "origin": "manual",
    }
    return {**size, **own, "value": {**value, type_: [label]}, **more}


def ls_box(
    x: float, y: float, width: float, height: float, rotation: float = 0, **more: Any
) -> dict[str, Any]:
    """A rectangle, in percent."""
    value = {"x": x, "y": y, "width": width, "height": height, "rotation": rotation}
    return ls_result("rectanglelabels", value, **more)


def ls_task(number: int, image: str, *people: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A task; each of ``people`` are the results of one annotator, 1, 2 ..."""
    annotations = [
        {"id": number * 10 + n, "completed_by": n, "result": results} for n, results in enumerate(people, 1)
    ]
    return {"id": number, "data": {"image": image}, "annotations": annotations, **more}


def ls_export(folder: Path, config: str, *tasks: dict[str, Any]) -> tuple[Path, ...]:
    """An export and its label config: what ``convert`` takes."""
    (folder / "export.json").write_text(json.dumps(tasks))
    (folder / "config.xml").write_text(config)
    return folder / "export.json", folder / "config.xml"


def cvat_export(folder: Path, images: str, mode: str = "annotation", size: int = 1, labels: str = "") -> Path:
    """A bare file of CVAT's XML."""
    plain = "".join(
        f"<label><name>{n}</name><type>any</type><attributes></attributes></label>" for n in ("van", "car")
    )
    meta = f"<id>4</id><name>t</name><size>{size}</size><mode>{mode}</mode><labels>{labels or plain}</labels>"
    path = folder / "annotations.xml"
    path.write_text(
        f"<annotations><version>1.1</version><meta><task>{meta}</task></meta>{images}</annotations>", "utf-8"
    )
    return path


def cvat_image(
    *shapes: str, number: int = 0, name: str = "a.png", width: int = 400, height: int = 100
) -> str:
    """One image with shapes."""
    return f'<image id="{number}" name="{name}" width="{width}" height="{height}">{"".join(shapes)}</image>'


def converter(labelwright: Run, folder: Path) -> Convert:
    """Runs ``convert`` to a target; gives what it wrote and the report beside it."""

    def convert(
        export: Path | tuple[Path, ...], target: str, *more: Any, code: int | None = 0, name: str = ""
    ) -> tuple[Path, Any]:
        path, *config = (export,) if isinstance(export, Path) else export
        out = folder / (name or f"to-{target}") / "out"
        out.parent.mkdir(exist_ok=True)
        told = ["--label-config", *config] if config else []
        plain = ("--no-gate", "--allow-unmeasured", "--resamples", 0, "--json", "--force")
        ran = labelwright("convert", path, *told, "--to", target, "-o", out, *plain, *more)
        assert code is None or ran.code == code, ran.err + json.dumps(ran.json["problems"])
        return out, ran.json

    return convert


def yolo_rows(folder: Path) -> dict[str, list[list[float]]]:
    """The rows of every label file by its name, with folders inside that of its split."""
    found = {}
    for path in sorted((folder / "labels").rglob("*.txt")):
        name = "/".join(path.relative_to(folder / "labels").parts[1:])
        found[name] = [[float(n) for n in line.split()] for line in path.read_text().splitlines()]
    return found


def png(path: Path, width: int, height: int) -> None:
    """The first bytes of a PNG: readers ask no more than its size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + bytes(4))


def put_images(out: Path, target: str, size: tuple[int, int] = (160, 120)) -> None:
    """Put the images where a folder says they are."""
    if target.startswith("yolo"):
        for line in (out / "train.txt").read_text().splitlines():
            png(out / line, *size)
    elif target == "imagefolder":
        for name in re.findall(r'"file_name":"([^"]+)"', (out / "metadata.jsonl").read_text()):
            png(out / name, *size)


def read_back(path: Path, config: Path | None = None) -> list[Item]:
    """The items that the program reads of a file or folder, all objects accounted for."""
    problems = Problems()
    with open_source(str(path), label_config=config) as opened:
        reader: Any = opened.tool
        template = reader.adapt(opened.source, reader.infer(opened.source, problems), problems)
        items = list(reader.read(opened.source, template, problems))
    assert not problems.ledger(READ).missing
    return items
