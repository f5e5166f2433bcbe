"""What a TIFF directory says of its image: also the one that EXIF brings into other files.

Tags are those of TIFF 6.0, section 8, and EXIF 2.3, section 4.6.4.
"""

from __future__ import annotations

from msgspec import Struct

ORDERS = {b"II*\0": "little", b"MM\0*": "big"}
WIDTH, HEIGHT, BITS, PHOTOMETRIC, ORIENTATION, SAMPLES, EXTRA = 256, 257, 258, 262, 274, 277, 338
_SIZES = {1: 1, 3: 2, 4: 4}  # bytes of one value: BYTE, SHORT, LONG
_MOST = 1000  # entries of a directory: more are damage


class Directory(Struct, frozen=True):
    """The first directory: whole numbers by tag (the first of several), and 2 pages where there are more."""

    values: dict[int, int]
    pages: int = 1


def directory(data: bytes, start: int = 0) -> Directory | None:
    """The first directory of TIFF data that begin at ``start``; None if they are none."""
    order = ORDERS.get(data[start : start + 4])
    if order is None:
        return None

    def number(at: int, size: int) -> int:
        return int.from_bytes(data[at : at + size], "little" if order == "little" else "big")

    at = start + number(start + 4, 4)
    count = number(at, 2)
    if at + 2 + 12 * count > len(data) or count > _MOST:
        return None
    values: dict[int, int] = {}
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, many = number(entry, 2), number(entry + 2, 2), number(entry + 4, 4)
        size = _SIZES.get(kind)
        if size is None or not many:
            continue
        place = entry + 8 if size * many <= 4 else start + number(entry + 8, 4)
        values.setdefault(tag, number(place, size))
    following = number(at + 2 + 12 * count, 4)
    return Directory(values, 2 if following else 1)


def orientation(data: bytes, start: int = 0) -> int:
    """The EXIF orientation of TIFF data, 1 to 8; 1 where they say none."""
    found = directory(data, start)
    turn = found.values.get(ORIENTATION, 1) if found is not None else 1
    return turn if 1 <= turn <= 8 else 1
