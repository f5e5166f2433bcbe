"""Images of every kind for tests of media, made by Pillow."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def scene(width: int = 40, height: int = 30, mode: str = "RGB") -> Image.Image:
    """An image without symmetry: a gradient with a red block at its top left."""
    y, x = np.mgrid[:height, :width]
    values = np.stack([x * 255 // width, y * 255 // height, (x + y) % 256], axis=-1).astype(np.uint8)
    values[: height // 3, : width // 4] = (255, 0, 0)
    return Image.fromarray(values).convert(mode)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def jpeg(width: int = 40, height: int = 30, turn: int = 0, **options: Any) -> bytes:
    """A JPEG; ``turn`` is its EXIF orientation, the pixels are stored as ``scene`` has them."""
    if turn:
        exif = Image.Exif()
        exif[0x0112] = turn
        options["exif"] = exif
    return encoded(scene(width, height), "JPEG", quality=95, **options)


def png(width: int = 40, height: int = 30, mode: str = "RGB") -> bytes:
    return encoded(scene(width, height, mode))


def claims(width: int, height: int) -> bytes:
    """A small PNG whose header claims a size that its few bytes unpack to nearly nothing of."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def animated(kind: str = "GIF") -> bytes:
    frames = [scene(20, 20), scene(20, 20).rotate(90)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def put(folder: Path, **files: bytes) -> Path:
    """Write files whose names have ``_`` for their dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / ".".join(name.rsplit("_", 1))).write_bytes(data)
    return folder
