"""A PNG file walked chunk by chunk, each with its checksum (ISO/IEC 15948, section 5; APNG)."""

from __future__ import annotations

from zlib import crc32

from msgspec import Struct

from labelwright.io.tiff import orientation

MAGIC = b"\x89PNG\r\n\x1a\n"


class Png(Struct):
    """What the chunks say; ``colour`` is the colour type (-1: not known), ``reason`` what is broken."""

    width: int = 0
    height: int = 0
    bits: int = 8
    colour: int = -1
    turn: int = 1
    frames: int = 1
    clear: bool = False
    reason: str = ""


def walk(data: bytes) -> Png:
    """Read every chunk up to the end chunk."""
    found, at, seen = Png(), len(MAGIC), memoryview(data)
    drawn = False
    while True:
        if at + 12 > len(data):
            found.reason = "its end is missing"
            return found
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body, end = at + 8, at + 8 + length
        if end + 4 > len(data):
            found.reason = f"it ends inside a chunk {kind.decode('latin-1')!r}"
            return found
        if crc32(seen[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            found.reason = f"the checksum of a chunk {kind.decode('latin-1')!r} is wrong"
            return found
        if at == len(MAGIC) and (kind != b"IHDR" or length != 13):
            found.reason = "it does not begin with its header"
            return found
        if kind == b"IEND":
            found.reason = "" if drawn else "it has no pixels"
            return found
        drawn = drawn or kind == b"IDAT"
        if kind != b"IDAT":
            _chunk(found, kind, data, body)
        at = end + 4


def _chunk(found: Png, kind: bytes, data: bytes, body: int) -> None:
    if kind == b"IHDR":
        found.width = int.from_bytes(data[body : body + 4], "big")
        found.height = int.from_bytes(data[body + 4 : body + 8], "big")
        found.bits, found.colour = data[body + 8], data[body + 9]
    elif kind == b"acTL":
        found.frames = 2 if int.from_bytes(data[body : body + 4], "big") > 1 else 1
    elif kind == b"tRNS":
        found.clear = True
    elif kind == b"eXIf":
        found.turn = orientation(data, body)
