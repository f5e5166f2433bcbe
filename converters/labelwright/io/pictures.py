"""What an image file really is, read from its bytes without decoding a pixel.

Headers are read as the PNG specification (ISO/IEC 15948), ITU T.81 (JPEG), RFC 9649 (WebP), GIF89a,
TIFF 6.0 and the Windows bitmap headers give them.
"""

from __future__ import annotations

import base64
import binascii
import re

from msgspec import Struct

from labelwright.io import gif, jpeg, png, tiff, webp

_URI = re.compile(r"data:(?P<type>[^;,]*)(?P<parameters>(?:;[^,;]*)*),", re.ASCII)
GREY, GREY_ALPHA, RGB, RGBA = "greyscale", "greyscale with alpha", "RGB", "RGBA"
PALETTE, CMYK = "palette", "CMYK"
_JPEG_MODES = {1: GREY, 3: RGB, 4: CMYK}
_PNG_MODES = {0: GREY, 2: RGB, 3: PALETTE, 4: GREY_ALPHA, 6: RGBA}
_BRANDS = {b"heic": "image/heic", b"heix": "image/heic", b"mif1": "image/heif", b"avif": "image/avif"}


class DataUri(Struct, frozen=True):
    """A data URI taken apart. ``data`` is None where it is not base64."""

    type: str
    base64: bool
    data: bytes | None


class Picture(Struct, frozen=True):
    """What the bytes of an image say of it.

    ``type`` is the media type and ``mode`` the colour mode in words (empty: not known without decoding).
    ``whole`` says whether the file is whole, ``reason`` what is wrong with it if not. ``width`` and
    ``height`` are pixels as stored (0: not known), ``turn`` the EXIF orientation, ``frames`` 2 where there
    are several, ``bits`` those of a channel, ``clear`` whether colours may be transparent outside the mode.
    """

    type: str
    mode: str
    whole: bool
    width: int = 0
    height: int = 0
    turn: int = 1
    frames: int = 1
    bits: int = 8
    clear: bool = False
    reason: str = ""


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


def look(data: bytes) -> Picture | None:
    """Read an image's headers; None if the bytes are no image of a known type."""
    if data.startswith(png.MAGIC):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return _gif(data)
    if data[:2] == b"BM" and len(data) > 14:
        return _bmp(data)
    if data[:4] in tiff.ORDERS:
        return _tiff(data)
    if data[4:8] == b"ftyp" and data[8:12] in _BRANDS:
        return Picture(_BRANDS[data[8:12]], "", True)
    return None


def _png(data: bytes) -> Picture:
    found = png.walk(data)
    mode = _PNG_MODES.get(found.colour, "")
    reason = found.reason or ("" if mode else "its header is broken")
    return Picture(
        "image/png", mode, not reason, found.width, found.height, found.turn, found.frames, found.bits,
        found.clear, reason,
    )  # fmt: skip


def _jpeg(data: bytes) -> Picture:
    found = jpeg.walk(data)
    mode = _JPEG_MODES.get(found.components, "")
    reason = found.reason or ("" if mode else f"it has {found.components} colour components")
    return Picture(
        "image/jpeg", mode, not reason, found.width, found.height, found.turn, 1, found.bits, False, reason
    )


def _webp(data: bytes) -> Picture:
    found = webp.walk(data)
    return Picture(
        "image/webp", RGBA if found.alpha else RGB, not found.reason, found.width, found.height, found.turn,
        found.frames, 8, False, found.reason,
    )  # fmt: skip


def _gif(data: bytes) -> Picture:
    found = gif.walk(data)
    return Picture(
        "image/gif", PALETTE, not found.reason, found.width, found.height, 1, found.frames, 8, found.clear,
        found.reason,
    )  # fmt: skip


def _bmp(data: bytes) -> Picture:
    size, first = int.from_bytes(data[2:6], "little"), int.from_bytes(data[14:18], "little")
    if first < 40 or len(data) < 30:
        return Picture("image/bmp", RGB, True)  # the header of OS/2: decoding tells
    width, height = (abs(int.from_bytes(data[at : at + 4], "little", signed=True)) for at in (18, 22))
    bits = int.from_bytes(data[28:30], "little")
    reason = "" if len(data) >= size else "its end is missing"
    return Picture("image/bmp", PALETTE if bits <= 8 else RGB, not reason, width, height, reason=reason)


def _tiff(data: bytes) -> Picture:
    found = tiff.directory(data)
    if found is None:
        return Picture("image/tiff", "", False, reason="its directory is broken")
    tags = found.values
    samples, kind = tags.get(tiff.SAMPLES, 1), tags.get(tiff.PHOTOMETRIC, 1)
    mode = {0: GREY, 1: GREY, 2: RGB, 3: PALETTE, 5: CMYK, 6: RGB}.get(kind, "")
    if tiff.EXTRA in tags and (kind, samples) in ((2, 4), (1, 2)):
        mode = RGBA if kind == 2 else GREY_ALPHA
    width, height = tags.get(tiff.WIDTH, 0), tags.get(tiff.HEIGHT, 0)
    reason = "" if width and height else "it says no size"
    turn = tiff.orientation(data)
    bits = tags.get(tiff.BITS, 1)
    return Picture("image/tiff", mode, not reason, width, height, turn, found.pages, bits, reason=reason)
