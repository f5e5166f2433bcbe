"""Small images that stand in a row for large ones until its JSON is written.

A row is built, checked and encoded with the stand-in; then the stand-in's base64 gives way to the true
one. Each says in a comment which file it stands for, so that no two files of a row have the same.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from collections.abc import Sequence

from labelwright.contracts import Prepared

SIDE = 64  # pixels: no target asks for more
_MARK = "stands for "
# White images of 64 x 64 pixels.
_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////"
    "////////////////////2wBDAf//////////////////////////////////////////////////////////////////////////"
    "////////////wAARCABAAEADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QA"
    "FAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKAAAAAAAAAAAAAAAAAAAAAAAAAA"
    "AAAAAA//2Q=="
)
_WEBP = base64.b64decode(
    "UklGRjoAAABXRUJQVlA4IC4AAACQAwCdASpAAEAAP/3+/3+/uzayIggD8D+JaQAAEDdTUAV4hbkAAP7lagAAAAAA"
)
_GIF = base64.b64decode(
    "R0lGODdhQABAAIEAAP///wAAAAAAAAAAACwAAAAAQABAAEAIaQABCBxIsKDBgwgTKlzIsKHDhxAjSpxIsaLFixgzatzIsaPHjyBD"
    "ihxJsqTJkyhTqlzJsqXLlzBjypxJs6bNmzhz6tzJs6fPn0CDCh1KtKjRo0iTKl3KtKnTp1CjSp1KtarVq1izagUQEAA7"
)


def _png(note: bytes) -> bytes:
    head = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff" * 3 * SIDE) * SIDE, 9)
    chunks = ((b"IHDR", head), (b"tEXt", b"Comment\0" + note), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _jpeg(note: bytes) -> bytes:
    return _JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(note) + 2) + note + _JPEG[2:]


def _webp(note: bytes) -> bytes:
    size = (SIDE - 1).to_bytes(3, "little")
    chunks = _chunk(b"VP8X", b"\x04\0\0\0" + size + size) + _WEBP[12:] + _chunk(b"XMP ", note)
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)


def _gif(note: bytes) -> bytes:
    return b"GIF89a" + _GIF[6:-1] + b"\x21\xfe" + bytes((len(note),)) + note + b"\0;"


_MAKERS = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp, "image/gif": _gif}
TYPES = tuple(_MAKERS)


def stand_in(type_: str, digest: str) -> str:
    """The data URI of a small image of a media type of ``TYPES`` that stands for the file of this digest."""
    note = f"{_MARK}{digest}".encode("ascii")
    made = binascii.b2a_base64(_MAKERS[type_](note), newline=False).decode("ascii")
    return f"data:{type_};base64,{made}"


def finished(line: bytes, prepared: Sequence[Prepared]) -> bytes:
    """A row's JSON with true images where stand-ins were; the encoder must not escape ``/``.

    Raises ``RuntimeError`` if the row does not hold one of those prepared for it: it would teach blanks.
    """
    pieces: list[bytes | Prepared] = [line]
    for one in {p.media.address: p for p in prepared if p.data is not None}.values():
        mark = one.media.address.partition(",")[2].encode("ascii")
        found: list[bytes | Prepared] = []
        for piece in pieces:
            if isinstance(piece, bytes):
                first, *others = piece.split(mark)
                found.append(first)
                for other in others:
                    found += [one, other]
            else:
                found.append(piece)
        if len(found) == len(pieces):
            raise RuntimeError(
                f"a row does not hold the image {one.media.uri[:100]!r} that it was built with"
            )
        pieces = found
    encoded = {
        id(p): binascii.b2a_base64(p.data or b"", newline=False) for p in pieces if isinstance(p, Prepared)
    }
    return b"".join([encoded[id(piece)] if isinstance(piece, Prepared) else piece for piece in pieces])
