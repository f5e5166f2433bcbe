"""What an image really is: data URIs decoded, types by magic bytes, modes by header.

Headers are read as the PNG specification (ISO/IEC 15948, section 11.2.2), ITU T.81 (frame headers)
and RFC 9649 (WebP) give them.
"""

from __future__ import annotations

import base64
import binascii
import re

from msgspec import Struct

_URI = re.compile(r"data:(?P<type>[^;,]*)(?P<parameters>(?:;[^,;]*)*),", re.ASCII)
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_MODES = {0: "greyscale", 2: "RGB", 3: "palette", 4: "greyscale with alpha", 6: "RGBA"}
_JPEG_MODES = {1: "greyscale", 3: "RGB", 4: "CMYK"}
# Frame headers SOF0..SOF15 without DHT (C4), JPG (C8) and DAC (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xDA)})


class DataUri(Struct, frozen=True):
    """A data URI taken apart. ``data`` is None where it is not base64."""

    type: str
    base64: bool
    data: bytes | None


class Picture(Struct, frozen=True):
    """What the bytes of an image say: media type, colour mode, whether the file is whole."""

    type: str
    mode: str
    whole: bool


def parse_data_uri(uri: str) -> DataUri | None:
    """Take a data URI (RFC 2397) apart; None if it is not one."""
    match = _URI.match(uri)
    if match is None:
        return None
    marked = match["parameters"].lower().endswith(";base64")
    try:
        data = base64.b64decode(uri[match.end() :], validate=True) if marked else None
    except (binascii.Error, ValueError):
        data = None
    return DataUri(match["type"].lower(), marked, data)


def _jpeg_mode(data: bytes) -> str:
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return ""
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _BARE:
            at += 2
        elif marker in _FRAMES:
            return _JPEG_MODES.get(data[at + 9], "") if at + 9 < len(data) else ""
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return ""


def look(data: bytes) -> Picture | None:
    """Read an image's header; None if the bytes are no image of a known type."""
    if data.startswith(_PNG):
        mode = _PNG_MODES.get(data[25], "") if data[12:16] == b"IHDR" and len(data) > 25 else ""
        return Picture("image/png", mode, bool(mode) and b"IEND" in data[-64:])
    if data.startswith(b"\xff\xd8\xff"):
        mode = _jpeg_mode(data)
        return Picture("image/jpeg", mode, bool(mode) and b"\xff\xd9" in data[-64:])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        size = int.from_bytes(data[4:8], "little") + 8
        return Picture("image/webp", "RGB", len(data) >= size)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return Picture("image/gif", "palette", data.rstrip(b"\0").endswith(b";"))
    if data[:2] == b"BM" and len(data) > 14:
        return Picture("image/bmp", "RGB", True)
    return None
