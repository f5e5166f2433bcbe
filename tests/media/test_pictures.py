"""Headers read without decoding say what Pillow says after decoding."""

from __future__ import annotations

from typing import Any

import photos
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from labelwright.dialects import _images
from labelwright.io import pictures

FILES: list[tuple[str, bytes, str, str]] = [
    ("jpeg", photos.jpeg(41, 30), "image/jpeg", "RGB"),
    ("progressive", photos.jpeg(41, 30, progressive=True), "image/jpeg", "RGB"),
    ("grey jpeg", photos.encoded(photos.scene(41, 30, "L"), "JPEG"), "image/jpeg", "greyscale"),
    ("cmyk", photos.encoded(photos.scene(41, 30, "CMYK"), "JPEG"), "image/jpeg", "CMYK"),
    ("png", photos.png(41, 30), "image/png", "RGB"),
    ("palette", photos.png(41, 30, "P"), "image/png", "palette"),
    ("grey", photos.png(41, 30, "L"), "image/png", "greyscale"),
    ("grey alpha", photos.png(41, 30, "LA"), "image/png", "greyscale with alpha"),
    ("rgba", photos.png(41, 30, "RGBA"), "image/png", "RGBA"),
    ("webp", photos.encoded(photos.scene(41, 30), "WEBP"), "image/webp", "RGB"),
    ("webp lossless", photos.encoded(photos.scene(41, 30), "WEBP", lossless=True), "image/webp", "RGB"),
    ("gif", photos.encoded(photos.scene(41, 30, "P"), "GIF"), "image/gif", "palette"),
    ("bmp", photos.encoded(photos.scene(41, 30), "BMP"), "image/bmp", "RGB"),
    ("tiff", photos.encoded(photos.scene(41, 30), "TIFF"), "image/tiff", "RGB"),
]
ids = [name for name, *_ in FILES]


def clear_webp() -> Image.Image:
    image = photos.scene(41, 30, "RGBA")
    image.putpixel((3, 3), (0, 0, 0, 0))
    return image


@pytest.mark.parametrize(("name", "data", "kind", "mode"), FILES, ids=ids)
def test_type_mode_and_size(name: str, data: bytes, kind: str, mode: str) -> None:
    found = pictures.look(data)
    assert found is not None
    assert (found.type, found.mode, found.whole, found.reason) == (kind, mode, True, "")
    assert (found.width, found.height, found.turn, found.frames) == (41, 30, 1, 1)


@pytest.mark.parametrize("lossless", [True, False])
def test_a_webp_says_its_alpha_channel(lossless: bool) -> None:
    found = pictures.look(photos.encoded(clear_webp(), "WEBP", lossless=lossless))
    assert found is not None and found.mode == "RGBA" and (found.width, found.height) == (41, 30)


@pytest.mark.parametrize(("name", "data"), [f[:2] for f in FILES if f[2] in ("image/jpeg", "image/png")])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_what_is_cut_off_is_not_whole(name: str, data: bytes, share: float) -> None:
    found = pictures.look(data[: int(len(data) * share)])
    assert found is None or (not found.whole and found.reason)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "BMP"])
def test_other_types_that_are_cut_off_are_not_whole(kind: str) -> None:
    data = photos.encoded(photos.scene(), kind)
    found = pictures.look(data[: len(data) * 2 // 3])
    assert found is not None and not found.whole


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_several_frames_are_seen(kind: str) -> None:
    found = pictures.look(photos.animated(kind))
    assert found is not None and found.frames == 2 and found.whole


def test_a_png_with_a_wrong_checksum_is_not_whole() -> None:
    data = bytearray(photos.png())
    data[len(data) // 2] ^= 1
    found = pictures.look(bytes(data))
    assert found is not None and not found.whole and "checksum" in found.reason


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_orientation_is_read_from_every_type(kind: str, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    found = pictures.look(photos.encoded(photos.scene(), kind, exif=exif))
    assert found is not None and found.turn == turn and found.whole


def test_what_a_camera_puts_behind_a_jpeg_is_no_harm() -> None:
    found = pictures.look(photos.jpeg() + b"trailer" * 1000)
    assert found is not None and found.whole


def test_a_thumbnail_is_not_taken_for_the_end() -> None:
    whole = photos.jpeg()
    thumbnail = photos.jpeg(8, 6)
    segment = b"\xff\xe2" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    data = whole[:2] + segment + whole[2:]
    found = pictures.look(data)
    assert found is not None and found.whole and (found.width, found.height) == (40, 30)
    cut = pictures.look(data[:-20])
    assert cut is not None and not cut.whole


@given(st.sampled_from(FILES), st.data())
@settings(max_examples=150, deadline=None)
def test_damage_never_raises(file: tuple[str, bytes, str, str], data: st.DataObject) -> None:
    damaged = bytearray(file[1][: data.draw(st.integers(0, len(file[1])))])
    for _ in range(data.draw(st.integers(0, 3))):
        if damaged:
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    found = pictures.look(bytes(damaged))
    assert found is None or found.whole == (not found.reason)


def test_dialects_look_by_the_same_code() -> None:
    names: Any = vars(_images)
    assert names["look"] is pictures.look and names["parse_data_uri"] is pictures.parse_data_uri
