"""A WebP file walked chunk by chunk (RFC 9649)."""

from __future__ import annotations

from msgspec import Struct

from labelwright.io.tiff import orientation

_ALPHA = 0x10


class Webp(Struct):
    """What the chunks say; ``frames`` is 2 where there are several, ``reason`` what is broken."""

    width: int = 0
    height: int = 0
    alpha: bool = False
    frames: int = 1
    turn: int = 1
    lossless: bool = False
    reason: str = ""


def walk(data: bytes) -> Webp:
    """Read the chunks up to the size that the file says."""
    found, at, drawn, moving = Webp(), 12, False, 0
    size = int.from_bytes(data[4:8], "little") + 8
    if len(data) < size:
        found.reason = "its end is missing"
    while at + 8 <= min(size, len(data)):
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        drawn = drawn or kind in (b"VP8 ", b"VP8L", b"ANMF")
        moving += kind == b"ANMF"
        _chunk(found, kind, data, at + 8)
        at += 8 + length + (length & 1)
    if moving > 1:
        found.frames = 2
    if not drawn and not found.reason:
        found.reason = "it has no pixels"
    return found


def _chunk(found: Webp, kind: bytes, data: bytes, at: int) -> None:
    def number(offset: int, size: int) -> int:
        return int.from_bytes(data[at + offset : at + offset + size], "little")

    if kind == b"VP8X" and not found.width:
        found.alpha = bool(number(0, 1) & _ALPHA)
        found.width, found.height = number(4, 3) + 1, number(7, 3) + 1
    elif kind == b"VP8 " and not found.width:
        found.width, found.height = number(6, 2) & 0x3FFF, number(8, 2) & 0x3FFF
    elif kind == b"VP8L":
        found.lossless = True
        if not found.width:
            packed = number(1, 4)
            found.width, found.height = (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
            found.alpha = bool(packed >> 28 & 1)
    elif kind == b"EXIF":
        skip = 6 if data[at : at + 6] == b"Exif\0\0" else 0
        found.turn = orientation(data, at + skip)
