"""Small data sets of shapes: images of any size, items with shapes, folders written and read back."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labelwright.contracts import Control, Input, SkeletonSpec, Source, Template
from labelwright.problems import Problems
from labelwright.records import Item, ItemKey, Kind, Resolved, Shape
from labelwright.registry import formats

EXPORTS = Path(__file__).parents[1] / "golden" / "cvat_exports"


def png(width: int, height: int) -> bytes:
    """A black PNG image."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = (b"\0" + bytes((width + 7) // 8)) * height
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def drawing(
    labels: Iterable[str] = ("car", "road"), joints: dict[str, list[str]] | None = None, **asked: Control
) -> Template:
    """A template with one control of shapes."""
    skeletons = {label: SkeletonSpec(names) for label, names in (joints or {}).items()}
    objects = Control(Kind.SHAPES, labels=list(labels), input="image", skeletons=skeletons)
    return Template(
        "drawing", modality="image", inputs={"image": Input("image")}, controls={"objects": objects, **asked}
    )


def shown(
    name: str,
    shapes: Iterable[Shape],
    size: tuple[int, int] | None = (160, 120),
    key: str = "",
    **answers: Any,
) -> Resolved:
    """One image with shapes on it."""
    sizes = {} if size is None else {"image": size}
    item = Item(ItemKey("", "", key or name), {"image": name}, [], sizes=sizes)
    return Resolved(item, {"objects": tuple(shapes), **answers})


def written(
    name: str, folder: Path, sides: dict[str, list[Resolved]], template: Template
) -> tuple[dict[str, bytes], Problems]:
    """Write a folder of a format; images of the sizes that the items tell are put where YOLO wants them."""
    form: Any = formats()[name]
    problems = Problems()
    files = dict(form.write_sides(sides, template, problems))
    for file, data in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(data)
    sizes = {r.item.inputs["image"]: r.item.sizes.get("image") for held in sides.values() for r in held}
    for side in ("train", "val", "test"):
        for line in files.get(f"{side}.txt", b"").decode().splitlines():
            path = folder / line
            size = sizes.get(line.removeprefix(f"./images/{side}/"))
            if size is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(png(*size))
    return files, problems


def read(name: str, path: Path, template: Template | None = None) -> tuple[list[Item], Problems, Template]:
    """Everything a format reads from a source, with the template it infers if none is given."""
    form: Any = formats()[name]
    source = Source(str(path), name=path.name)
    problems = Problems()
    used = template or form.infer(source, problems)
    return list(form.read(source, used, problems)), problems, used


def shapes_of(item: Item) -> tuple[Any, ...]:
    """The shapes (or tracks) of an item that was read."""
    held: tuple[Any, ...] = item.annotations[0].answers["objects"]
    return held


def balanced(problems: Problems) -> bool:
    """Whether every ledger adds up."""
    return all(not ledger.missing for ledger in problems.ledgers.values())
