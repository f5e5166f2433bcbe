"""Reads the PNGs that tests draw."""

from __future__ import annotations

import struct
import zlib


def decoded(content: bytes) -> tuple[bytes, bytes]:
    """Palette and rows of a PNG of indexed colours; how it was compressed does not matter."""
    found, at = {}, 8
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        found[content[at + 4 : at + 8]] = content[at + 8 : at + 8 + length]
        at += length + 12
    return found[b"PLTE"], zlib.decompress(found[b"IDAT"])
