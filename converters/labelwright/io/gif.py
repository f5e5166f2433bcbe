"""A GIF file walked block by block (GIF89a specification, sections 17 to 27)."""

from __future__ import annotations

from msgspec import Struct

_IMAGE, _EXTENSION, _TRAILER, _CONTROL = 0x2C, 0x21, 0x3B, 0xF9


class Gif(Struct):
    """Size, whether there is more than one frame (2) and a transparent colour; ``reason``: what is broken."""

    width: int = 0
    height: int = 0
    frames: int = 0
    clear: bool = False
    reason: str = ""


def walk(data: bytes) -> Gif:
    """Read blocks up to the trailer, or to the second frame: what is animated needs no more looking."""
    found = Gif(int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little"))
    flags = data[10] if len(data) > 12 else 0
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    while at < len(data) and found.frames < 2:
        kind = data[at]
        if kind == _TRAILER:
            found.reason = "" if found.frames else "it has no image"
            return found
        if kind == _EXTENSION:
            if data[at + 1 : at + 3] == bytes((_CONTROL, 4)) and at + 3 < len(data):
                found.clear = found.clear or bool(data[at + 3] & 1)
            at = _skipped(data, at + 2)
        elif kind == _IMAGE and at + 9 < len(data):
            found.frames += 1
            flags = data[at + 9]
            at = _skipped(data, at + 11 + (3 << (flags & 7) + 1 if flags & 0x80 else 0))
        else:
            found.reason = f"byte {at} should begin a block"
            return found
    found.reason = "" if found.frames > 1 else "its end is missing"
    return found


def _skipped(data: bytes, at: int) -> int:
    """The place behind a row of sub-blocks."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1
