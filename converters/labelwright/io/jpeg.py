"""A JPEG file walked marker by marker, without decoding (ITU T.81, annex B)."""

from __future__ import annotations

from msgspec import Struct

from labelwright.io.tiff import orientation

START, END = b"\xff\xd8", b"\xff\xd9"
# Frame headers SOF0..SOF15 without DHT (C4), JPG (C8) and DAC (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
_SCAN, _EXIF = 0xDA, 0xE1
_EXIF_HEAD = b"Exif\0\0"


class Jpeg(Struct):
    """Size in pixels as stored, colour components, bits of each, orientation; ``reason``: what is broken."""

    width: int = 0
    height: int = 0
    components: int = 0
    bits: int = 8
    turn: int = 1
    reason: str = ""


def walk(data: bytes) -> Jpeg:
    """Read the markers up to the first scan, and see whether the image has its end.

    Inside a scan a byte FF is always followed by 00 or a restart marker, so that an end marker behind the
    scan's header is the image's own, whatever a camera put after it.
    """
    found, at = Jpeg(), 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            found.reason = f"byte {at} should begin a marker"
            return found
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker in _BARE:
            at += 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _SCAN:
            if not found.components:
                found.reason = "it has no frame header"
            elif data.rfind(END, at + 2 + length) < 0:
                found.reason = "its end is missing"
            return found
        _segment(found, marker, data, at)
        at += 2 + max(length, 2)
    found.reason = "it ends before its first scan"
    return found


def _segment(found: Jpeg, marker: int, data: bytes, at: int) -> None:
    if marker in _FRAMES and at + 9 < len(data):
        found.bits, found.components = data[at + 4], data[at + 9]
        found.height = int.from_bytes(data[at + 5 : at + 7], "big")
        found.width = int.from_bytes(data[at + 7 : at + 9], "big")
    elif marker == _EXIF and data[at + 4 : at + 10] == _EXIF_HEAD:
        found.turn = orientation(data, at + 10)
