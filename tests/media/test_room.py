"""Files made ready for a target: what is found, refused, changed and written."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import photos
import pytest
from PIL import Image, ImageOps

from labelwright.contracts import EMBED, FILE, LINK, MediaRules, Prepared
from labelwright.dialects._images import look, parse_data_uri
from labelwright.examples import Media
from labelwright.geometry.reframe import TURNS, reframe
from labelwright.geometry.shapes import Box
from labelwright.media import sources
from labelwright.media.pixels import FORMATS
from labelwright.media.room import Room, open_room
from labelwright.problems import Place, Problem, Problems, Severity, UsageError

AT = Place(item="7")
RGB = ("RGB", "RGBA")


class Case:
    """A room over one folder, and what it said."""

    def __init__(self, source: Path, rules: MediaRules | None = None, **options: Any) -> None:
        self.problems = Problems()
        places = options.pop("places", [str(source)])
        self.room: Room = open_room(places, rules or MediaRules(), **options)

    def prepare(
        self, uri: str, shown: tuple[int, int] | None = None, kind: str = "image"
    ) -> Prepared | Problem:
        return self.room.prepare(Media(uri, kind=kind), shown, AT, self.problems)

    def good(self, uri: str, shown: tuple[int, int] | None = None, kind: str = "image") -> Prepared:
        found = self.prepare(uri, shown, kind)
        assert isinstance(found, Prepared), found
        return found

    def bad(self, uri: str, shown: tuple[int, int] | None = None, kind: str = "image") -> Problem:
        found = self.prepare(uri, shown, kind)
        assert isinstance(found, Problem), found
        assert found.place == AT and found.remedy and found.severity is Severity.ERROR
        assert repr(uri)[1:15] in found.message
        return found

    @property
    def codes(self) -> dict[str, int]:
        return self.problems.counts


# --- what is good stays as it is


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a_jpg", photos.jpeg(), "image/jpeg"),
        ("a_png", photos.png(), "image/png"),
        ("a_webp", photos.encoded(photos.scene(), "WEBP"), "image/webp"),
    ],
)
def test_a_good_image_is_embedded_byte_for_byte(tmp_path: Path, name: str, data: bytes, kind: str) -> None:
    case = Case(photos.put(tmp_path, **{name: data}))
    found = case.good(name.replace("_", "."), (40, 30))
    assert found.data == data and found.media.type == kind
    assert found.media.digest == hashlib.sha256(data).hexdigest()
    assert (found.original, found.size, found.turn) == ((40, 30), (40, 30), 1)
    assert case.codes == {}
    line = json.dumps({"text": "ä", "url": found.media.address, "again": found.media.address}).encode()
    row = json.loads(case.room.finish(line, [found]))
    whole = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    assert row == {"text": "ä", "url": whole, "again": whole}


def test_a_stand_in_is_short_true_to_its_type_and_one_of_its_own(tmp_path: Path) -> None:
    folder = photos.put(tmp_path, a_jpg=photos.jpeg(), b_jpg=photos.jpeg(41), c_png=photos.png())
    photos.put(tmp_path, d_webp=photos.encoded(photos.scene(), "WEBP"))
    photos.put(tmp_path, e_gif=photos.encoded(photos.scene(mode="P"), "GIF"))
    types = ("image/jpeg", "image/png", "image/webp", "image/gif")
    case = Case(folder, MediaRules(types=types))
    found = [case.good(n) for n in ("a.jpg", "b.jpg", "c.png", "d.webp", "e.gif")]
    assert len({f.media.address for f in found}) == 5
    for one in found:
        parsed = parse_data_uri(one.media.address)
        assert parsed is not None and parsed.data is not None and len(one.media.address) < 900
        picture = look(parsed.data)
        assert picture is not None and picture.whole and picture.type == parsed.type == one.media.type
        assert photos.opened(parsed.data).size == (64, 64) == (picture.width, picture.height)
    line = json.dumps([f.media.address for f in found]).encode()
    row = json.loads(case.room.finish(line, found))
    assert [base64.b64decode(u.split(",")[1]) for u in row] == [f.data for f in found]


def test_a_row_that_lost_its_image_is_not_written(tmp_path: Path) -> None:
    case = Case(photos.put(tmp_path, a_png=photos.png()))
    found = case.good("a.png")
    with pytest.raises(RuntimeError, match=r"a\.png"):
        case.room.finish(b'{"text": "no image"}', [found])


def test_an_image_shown_twice_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    real = sources.contents

    def counted(found: sources.Found) -> bytes:
        read.append(found.name)
        return real(found)

    monkeypatch.setattr("labelwright.media.room.contents", counted)
    case = Case(photos.put(tmp_path, a_jpg=photos.jpeg(turn=6), b_jpg=photos.jpeg(50)))
    for uri in ("a.jpg", "b.jpg", "a.jpg", "a.jpg"):
        case.good(uri)
    assert read == ["a.jpg", "b.jpg"]
    assert case.codes == {"media.turned-upright": 3}  # it is said of each use


# --- finding


@pytest.mark.parametrize(
    "uri",
    [
        "dir/a b.jpg",
        "dir/a%20b.jpg",
        "/data/local-files/?d=dir/a%20b.jpg",
        "s3://bucket/dir/a b.jpg",
        "https://host/dir/a%20b.jpg?x=1",
        "elsewhere/a b.jpg",
        "/data/upload/3/0123abcd-a b.jpg",
        "/data/upload/3/a b.jpg",
        "0123abcd-a%20b.jpg",
    ],
)
def test_a_file_is_found_by_path_then_by_name(tmp_path: Path, uri: str) -> None:
    photos.put(tmp_path / "dir")
    (tmp_path / "dir" / "a b.jpg").write_bytes(photos.jpeg())
    assert Case(tmp_path).good(uri).data == photos.jpeg()


def test_the_prefixed_name_goes_before_the_one_without(tmp_path: Path) -> None:
    photos.put(tmp_path)
    (tmp_path / "0123abcd-a.jpg").write_bytes(photos.jpeg(50))
    (tmp_path / "a.jpg").write_bytes(photos.jpeg())
    assert Case(tmp_path).good("/data/upload/3/0123abcd-a.jpg").size == (50, 30)


def test_of_two_files_of_a_name_none_is_taken(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        photos.put(tmp_path / folder, a_jpg=photos.jpeg())
    case = Case(tmp_path)
    problem = case.bad("other/a.jpg")
    assert problem.code == "media.ambiguous"
    assert "one/a.jpg" in problem.message and "two/a.jpg" in problem.message
    assert case.good("two/a.jpg").size == (40, 30)
    nested = Case(tmp_path, places=[str(tmp_path / "one"), str(tmp_path / "one")])
    assert nested.good("other/a.jpg").size == (40, 30)  # one file, seen twice


@pytest.mark.parametrize(
    "uri",
    [
        "../secret.jpg",
        "/etc/passwd",
        "in/../../secret.jpg",
        "link.jpg",
        "way/secret.jpg",
        "/data/local-files/?d=../secret.jpg",
        "/data/local-files/?d=/etc/passwd",
        "%2e%2e/secret.jpg",
        "file:///etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_folder(tmp_path: Path, uri: str) -> None:
    photos.put(tmp_path, secret_jpg=photos.jpeg())
    folder = photos.put(tmp_path / "media" / "in").parent
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "way").symlink_to(tmp_path)
    assert Case(folder).bad(uri).code == "media.outside-folder"


def test_an_absolute_path_into_the_folder_is_taken(tmp_path: Path) -> None:
    photos.put(tmp_path, a_jpg=photos.jpeg())
    assert Case(tmp_path).good(str(tmp_path / "a.jpg")).size == (40, 30)
    assert Case(tmp_path, places=[f"file://{tmp_path}"]).good("a.jpg").size == (40, 30)


def test_what_is_nowhere_is_missing(tmp_path: Path) -> None:
    case = Case(tmp_path)
    for uri in ("none.jpg", "a\0b.jpg", "n" * 5000, "x/" * 50 + "y.jpg", "s3://other/none.jpg"):
        assert case.bad(uri).code == "media.missing"
    assert case.bad("https://host.invalid/a.jpg").code == "media.address-not-allowed"


def test_a_folder_or_device_named_like_an_image_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    case = Case(tmp_path)
    assert case.bad("x.jpg").code == case.bad("pipe.jpg").code == "media.not-a-file"


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photos.put(tmp_path, a_jpg=photos.jpeg())
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    real = os.open

    def refused(path: Any, *rest: Any) -> int:
        if str(path).endswith("a.jpg"):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest)

    monkeypatch.setattr(os, "open", refused)
    case = Case(tmp_path)
    problem = case.bad("a.jpg")
    assert problem.code == "media.unreadable" and "Permission denied" in problem.message
    assert case.bad("loop.jpg").code == "media.unreadable"


# --- bad files


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "media.empty", "no bytes"),
        (b"<!DOCTYPE html><title>404</title>", "media.not-an-image", "an HTML page"),
        (b'{"error": "gone"}', "media.not-an-image", "JSON"),
        (b"%PDF-1.7", "media.not-an-image", "a PDF"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "media.not-an-image", "audio/wav"),
        (photos.jpeg(200, 200)[:-3000], "media.truncated", "not whole"),
        (photos.png(200, 200)[:-50], "media.truncated", "not whole"),
        (photos.animated(), "media.animated", "frames"),
        (photos.animated("WEBP"), "media.animated", "frames"),
        (photos.animated("PNG"), "media.animated", "frames"),
        (photos.claims(20_000, 20_000), "media.too-many-pixels", "20000 x 20000"),
        (photos.claims(10_001, 10_000), "media.too-many-pixels", "100000000 in all"),
    ],
    ids=range(12),
)
@pytest.mark.parametrize("way", [EMBED, FILE, LINK])
def test_a_bad_file_is_one_problem(tmp_path: Path, data: bytes, code: str, words: str, way: str) -> None:
    photos.put(tmp_path / "in", x_jpg=data)
    rules = MediaRules(way=way, types=("image/jpeg", "image/png", "image/webp", "image/gif"))
    case = Case(tmp_path / "in", rules, folder=tmp_path / "out", base="https://host")
    problem = case.bad("x.jpg")
    assert problem.code == code and words in f"{problem.message} {problem.title}"
    assert not (tmp_path / "out").exists()
    assert case.codes == {}


@pytest.mark.parametrize("cut", [1, 2, 12, 90])
@pytest.mark.parametrize("form", ["PNG", "GIF", "TIFF", "BMP", "WEBP", "JPEG"])
def test_an_image_without_its_end_is_refused_whatever_a_decoder_makes_of_it(
    tmp_path: Path, form: str, cut: int
) -> None:
    data = photos.encoded(photos.scene(60, 40), form)
    photos.put(tmp_path / "in", whole_img=data, cut_img=data[:-cut])
    rules = MediaRules(way=FILE, types=tuple(FORMATS))
    case = Case(tmp_path / "in", rules, folder=tmp_path / "out")
    assert case.bad("cut.img").code == "media.truncated"
    assert case.good("whole.img").size == (60, 40)


def test_an_image_of_another_type_than_its_name_is_written_as_what_it_is(tmp_path: Path) -> None:
    photos.put(tmp_path / "in", x_jpg=photos.png())
    case = Case(tmp_path / "in")
    assert case.good("x.jpg").media.type == "image/png"
    assert case.codes == {"media.type-differs": 1}
    filed = Case(tmp_path / "in", MediaRules(way=FILE), folder=tmp_path / "out")
    assert filed.good("x.jpg").media.address == "images/x.png"


def test_a_file_of_300_megabytes_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x.jpg").open("wb") as file:
        file.write(photos.jpeg())
        file.truncate(300_000_000)
    problem = Case(tmp_path).bad("x.jpg")
    assert problem.code == "media.too-many-bytes" and "300000000" in problem.message


def test_a_jpeg_with_a_trailer_is_decoded_before_it_is_doubted(tmp_path: Path) -> None:
    data = photos.jpeg() + b"\0" * 5000
    assert Case(photos.put(tmp_path, x_jpg=data)).good("x.jpg").data == data


# --- sizes that annotators saw


def test_another_images_size_is_refused(tmp_path: Path) -> None:
    case = Case(photos.put(tmp_path, a_jpg=photos.jpeg(), b_jpg=photos.jpeg(turn=6)))
    problem = case.bad("a.jpg", (30, 40))
    assert problem.code == "media.size-differs"
    assert "30 x 40" in problem.message and "40 x 30" in problem.message
    assert case.bad("b.jpg", (80, 60)).code == "media.size-differs"
    assert case.codes == {}  # nothing was changed for nobody


@pytest.mark.parametrize("turn", [t for t in TURNS if t > 1])
@pytest.mark.parametrize("seen", ["upright", "raw", "nothing"])
def test_pixels_and_boxes_are_turned_alike(tmp_path: Path, turn: int, seen: str) -> None:
    photos.put(tmp_path, a_jpg=photos.jpeg(48, 32, turn=turn))
    upright = ImageOps.exif_transpose(Image.open(tmp_path / "a.jpg"))
    shown = {"upright": upright.size, "raw": (48, 32), "nothing": None}[seen]
    case = Case(tmp_path)
    found = case.good("a.jpg", shown)
    assert found.data is not None and found.size == upright.size
    image = photos.opened(found.data)
    assert image.size == upright.size and image.getexif().get(0x0112, 1) == 1
    assert np.abs(np.asarray(image, int) - np.asarray(upright, int)).mean() < 3
    if seen == "raw" and turn > 4:
        assert (found.turn, found.original) == (turn, (48, 32))
        block = reframe(Box(0, 0, 12, 10), found.turn, found.original, found.size)
        assert isinstance(block, Box)
        x, y = int(block.x + block.width / 2), int(block.y + block.height / 2)
        assert np.abs(np.asarray(image, int)[y, x] - (255, 0, 0)).max() < 30
    else:
        assert (found.turn, found.original) == (1, upright.size)
    assert case.codes == {"media.turned-upright": 1}
    assert "re-encoded" in case.room.described()


def test_an_upright_png_keeps_its_pixels(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    photos.put(tmp_path, a_png=photos.encoded(photos.scene(), "PNG", exif=exif))
    first, second = (Case(tmp_path).good("a.png").data for _ in range(2))
    assert first is not None and first == second
    assert (np.asarray(photos.opened(first)) == np.rot90(np.asarray(photos.scene()))).all()


# --- modes and types


def clear() -> Image.Image:
    image = photos.scene(mode="RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    return image


@pytest.mark.parametrize(
    ("data", "modes", "mode", "codes"),
    [
        (photos.encoded(photos.scene(mode="CMYK"), "JPEG"), RGB, "RGB", {"media.mode-converted": 1}),
        (photos.png(mode="P"), RGB, "RGB", {"media.mode-converted": 1}),
        (photos.png(mode="L"), RGB, "RGB", {"media.mode-converted": 1}),
        (photos.png(mode="L"), ("RGB", "L"), "L", {}),
        (photos.png(mode="RGBA"), RGB, "RGBA", {}),
        (photos.png(mode="RGBA"), ("RGB",), "RGB", {"media.mode-converted": 1}),
        (photos.encoded(clear()), ("RGB",), "RGB", {"media.alpha-flattened": 1}),
        (photos.png(mode="LA"), RGB, "RGBA", {"media.mode-converted": 1}),
        (
            photos.encoded(photos.scene(mode="P"), "PNG", transparency=0),
            RGB,
            "RGBA",
            {"media.mode-converted": 1},
        ),
    ],
)
def test_colour_modes_are_those_of_the_target(
    tmp_path: Path, data: bytes, modes: tuple[str, ...], mode: str, codes: dict[str, int]
) -> None:
    (tmp_path / "a").write_bytes(data)
    case = Case(tmp_path, MediaRules(modes=modes))
    found = case.good("a")
    assert found.data is not None and photos.opened(found.data).mode == mode
    assert (found.data == data) == (codes == {})
    assert case.codes == codes
    assert case.problems.losses == ("media.alpha-flattened" in codes)


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    case = Case(photos.put(tmp_path, a_png=photos.encoded(clear())), MediaRules(modes=("RGB",)))
    data = case.good("a.png").data
    assert data is not None and (np.asarray(photos.opened(data)) == 255).all()


def test_sixteen_bits_become_eight_by_scale(tmp_path: Path) -> None:
    values = (np.arange(1200, dtype=np.uint16) * 54).reshape(30, 40)
    photos.put(tmp_path, a_png=photos.encoded(Image.fromarray(values)))
    case = Case(tmp_path, MediaRules(modes=("RGB", "L")))
    data = case.good("a.png").data
    assert data is not None
    assert np.abs(np.asarray(photos.opened(data)) - values / 257).max() <= 0.5
    assert case.codes == {"media.depth-reduced": 1} and case.problems.bounds
    assert Case(tmp_path).good("a.png").data == (tmp_path / "a.png").read_bytes()


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "GIF"])
def test_a_type_that_the_target_refuses_becomes_png(tmp_path: Path, kind: str) -> None:
    image = photos.scene(mode="P" if kind == "GIF" else "RGB")
    (tmp_path / "a").write_bytes(photos.encoded(image, kind))
    case = Case(tmp_path, MediaRules(modes=RGB))
    found = case.good("a")
    assert found.media.type == "image/png" and found.data is not None
    assert (np.asarray(photos.opened(found.data)) == np.asarray(image.convert("RGB"))).all()
    assert case.codes.pop("media.re-encoded") == 1
    assert case.codes in ({}, {"media.mode-converted": 1})


@pytest.mark.parametrize("turn", TURNS)
def test_a_turned_tiff_stands_upright(tmp_path: Path, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    photos.put(tmp_path, a_tiff=photos.encoded(photos.scene(), "TIFF", exif=exif))
    expected = np.asarray(ImageOps.exif_transpose(photos_turned(turn)))
    found = Case(tmp_path).good("a.tiff")
    assert found.data is not None and (np.asarray(photos.opened(found.data)) == expected).all()


def photos_turned(turn: int) -> Image.Image:
    image = photos.scene()
    image.getexif()[0x0112] = turn
    return image


def test_a_type_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    photos.put(tmp_path, a_png=photos.png(), b_heic=b"\0\0\0\x18ftypheic" + bytes(100))
    assert Case(tmp_path, MediaRules(types=("image/gif",))).bad("a.png").code == "media.type-refused"
    assert Case(tmp_path).bad("b.heic").code == "media.type-refused"
    rules = MediaRules(way=FILE, types=("image/heic",))
    found = Case(tmp_path, rules, folder=tmp_path / "out").good("b.heic", (400, 300))
    assert (found.media.type, found.original, found.size) == ("image/heic", (400, 300), (400, 300))


def test_jpeg_is_written_where_the_target_takes_nothing_else(tmp_path: Path) -> None:
    case = Case(photos.put(tmp_path, a_png=photos.encoded(clear())), MediaRules(types=("image/jpeg",)))
    found = case.good("a.png")
    assert found.media.type == "image/jpeg" and found.data is not None
    assert photos.opened(found.data).getpixel((5, 5)) == (255, 255, 255)
    assert case.codes == {"media.re-encoded": 1, "media.alpha-flattened": 1}


# --- caps


@pytest.mark.parametrize(
    ("rules", "code", "limit"),
    [
        (MediaRules(size=500), "media.too-many-bytes", "500"),
        (MediaRules(pixels=1000), "media.too-many-pixels", "1000 in all"),
        (MediaRules(side=39), "media.too-many-pixels", "39 a side"),
        (MediaRules(least_side=31), "media.too-small", "31"),
    ],
)
def test_a_cap_is_named_where_it_refuses(tmp_path: Path, rules: MediaRules, code: str, limit: str) -> None:
    problem = Case(photos.put(tmp_path, a_jpg=photos.jpeg()), rules).bad("a.jpg")
    assert problem.code == code and f"at most {limit}" in problem.message.replace("needs", "at most")


@pytest.mark.parametrize("turn", [1, 6])
@pytest.mark.parametrize(
    ("rules", "size"), [(MediaRules(side=100), (100, 75)), (MediaRules(pixels=7500), (100, 75))]
)
def test_what_is_too_large_is_scaled_if_asked(
    tmp_path: Path, turn: int, rules: MediaRules, size: tuple[int, int]
) -> None:
    case = Case(photos.put(tmp_path, a_jpg=photos.jpeg(400, 300, turn=turn)), rules, oversize="resize")
    found = case.good("a.jpg", (400, 300))
    size = (size[1], size[0]) if turn == 6 else size
    assert found.size == size and found.data is not None
    image = photos.opened(found.data)
    assert image.size == size
    assert case.codes == {"media.scaled": 1} | ({"media.turned-upright": 1} if turn == 6 else {})
    assert case.problems.bounds
    block = reframe(Box(0, 0, 100, 100), found.turn, found.original, found.size)
    assert isinstance(block, Box)
    x, y = int(block.x + block.width / 2), int(block.y + block.height / 2)
    assert np.abs(np.asarray(image, int)[y, x] - (255, 0, 0)).max() < 20


def test_bytes_are_fitted_by_scaling(tmp_path: Path) -> None:
    data = photos.encoded(Image.effect_noise((300, 200), 90).convert("RGB"))
    rules = MediaRules(size=20_000, modes=RGB)
    case = Case(photos.put(tmp_path, a_png=data), rules, oversize="resize")
    found = case.good("a.png")
    assert found.data is not None and len(found.data) <= 20_000 < len(data)
    assert photos.opened(found.data).size == found.size != (300, 200)
    assert found.original == (300, 200) and case.codes == {"media.scaled": 1}
    tight = MediaRules(size=20_000, least_side=190)
    assert Case(tmp_path, tight, oversize="resize").bad("a.png").code == "media.too-many-bytes"


# --- files and links


def test_files_are_written_once_under_safe_names(tmp_path: Path) -> None:
    for name in ("one", "two", "three"):
        photos.put(tmp_path / "in" / name, a_jpg=photos.jpeg(50 if name == "two" else 40))
    (tmp_path / "in" / "ä b?.PNG").write_bytes(photos.png())
    case = Case(tmp_path / "in", MediaRules(way=FILE), folder=tmp_path / "out")
    found = [case.good(uri) for uri in ("one/a.jpg", "two/a.jpg", "three/a.jpg", "ä b?.PNG")]
    digest = hashlib.sha256(photos.jpeg(50)).hexdigest()[:8]
    addresses = [f.media.address for f in found]
    assert addresses == ["images/a.jpg", f"images/a-{digest}.jpg", "images/a.jpg", "images/b.png"]
    assert all(f.data is None for f in found)
    assert (tmp_path / "out/images/a.jpg").read_bytes() == photos.jpeg()
    assert (tmp_path / "out" / addresses[1]).read_bytes() == photos.jpeg(50)
    assert len(list((tmp_path / "out/images").iterdir())) == 3
    other = Case(tmp_path / "in", MediaRules(way=FILE), folder=tmp_path / "out")  # into what lies there
    assert other.good("two/a.jpg").media.address == addresses[1]
    assert not (tmp_path / "out/images/a.jpg").samefile(tmp_path / "in/one/a.jpg")


MP4 = b"\0\0\0\x20ftypisom" + bytes(500)


@pytest.mark.parametrize(
    ("name", "data", "kind", "type_"),
    [
        ("a.mp4", MP4, "video", "video/mp4"),
        ("a.webm", b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + bytes(100), "video", "video/webm"),
        ("a.mov", b"\0\0\0\x14ftypqt  " + bytes(100), "video", "video/quicktime"),
        ("a.wav", b"RIFF\0\0\0\0WAVEfmt " + bytes(100), "audio", "audio/wav"),
        ("a.mp3", b"ID3\x04" + bytes(100), "audio", "audio/mpeg"),
        ("b.mp3", b"\xff\xfb\x90\x44" + bytes(100), "audio", "audio/mpeg"),
        ("a.flac", b"fLaC" + bytes(100), "audio", "audio/flac"),
        ("a.ogg", b"OggS" + bytes(100), "audio", "audio/ogg"),
    ],
)
def test_recordings_are_copied_as_they_are(
    tmp_path: Path, name: str, data: bytes, kind: str, type_: str
) -> None:
    photos.put(tmp_path / "in")
    (tmp_path / "in" / name).write_bytes(data)
    case = Case(tmp_path / "in", MediaRules(way=FILE), folder=tmp_path / "out")
    found = case.good(name, (640, 480), kind)
    assert (found.media.type, found.media.address) == (type_, f"images/{name}")
    assert (tmp_path / "out/images" / name).read_bytes() == data
    assert found.original == found.size == (640, 480) and case.codes == {}
    assert Case(tmp_path / "in").bad(name, None, kind).code == "media.cannot-embed"


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    photos.put(tmp_path / "in", a_mp4=b"<html>", b_mp4=b"", c_mp4=MP4, d_mp4=b"fLaC" + bytes(80))
    rules = MediaRules(way=FILE, types=("video/webm",), size=100)
    case = Case(tmp_path / "in", rules, folder=tmp_path / "out")
    problem = case.bad("a.mp4", None, "video")
    assert problem.code == "media.not-a-recording" and "an HTML page" in problem.message
    assert case.bad("b.mp4", None, "video").code == "media.empty"
    assert case.bad("c.mp4", None, "video").code == "media.type-refused"
    assert case.bad("d.mp4", None, "video").code == "media.not-a-recording"
    small = Case(tmp_path / "in", MediaRules(way=FILE, size=100), folder=tmp_path / "out")
    assert small.bad("c.mp4", None, "video").code == "media.too-many-bytes"
    assert not (tmp_path / "out").exists()


def test_links_are_addresses_that_the_target_opens(tmp_path: Path) -> None:
    photos.put(tmp_path / "dir", a_jpg=photos.jpeg(turn=6))
    rules = MediaRules(way=LINK, schemes=("gs", "https"))
    case = Case(tmp_path, rules, base="gs://bucket/train/")
    assert case.good("gs://other/b.jpg").media.address == "gs://other/b.jpg"
    assert case.good("x/b c.jpg").media.address == "gs://bucket/train/x/b c.jpg"
    seen = case.good("a.jpg", (30, 40))
    assert seen.media.address == "gs://bucket/train/dir/a.jpg" and seen.data is None
    assert seen.media.digest and (seen.original, seen.size, seen.turn) == ((30, 40), (30, 40), 1)
    assert case.codes == {"media.orientation-kept": 1}
    assert case.bad("../b.jpg").code == "media.outside-folder"
    assert Case(tmp_path, rules).bad("s3://bucket/b.jpg").code == "media.no-address"
    web = Case(tmp_path, rules, base="https://host/x")
    assert web.good("b c.jpg").media.address == "https://host/x/b%20c.jpg"
    assert web.good("clip.mp4", None, "video").media.type == "video/mp4"


def test_a_linked_image_is_never_changed(tmp_path: Path) -> None:
    photos.put(tmp_path, a_bmp=photos.encoded(photos.scene(), "BMP"), b_png=photos.png(mode="P"))
    for rules, uri, code in (
        (MediaRules(way=LINK), "a.bmp", "media.type-refused"),
        (MediaRules(way=LINK, modes=RGB), "b.png", "media.type-refused"),
        (MediaRules(way=LINK, size=10), "b.png", "media.too-many-bytes"),
        (MediaRules(way=LINK, side=10), "b.png", "media.too-many-pixels"),
    ):
        assert Case(tmp_path, rules, base="s3://b", oversize="resize").bad(uri).code == code


def test_a_data_uri_is_taken_as_a_file(tmp_path: Path) -> None:
    uri = f"data:image/png;base64,{base64.b64encode(photos.png()).decode()}"
    case = Case(tmp_path, places=[])
    assert case.good(uri).data == photos.png()
    assert case.bad("data:image/png;base64,%%%").code == "media.unreadable"


def test_a_tools_bytes_belong_to_the_item_that_asked(tmp_path: Path) -> None:
    asked = []

    def fetch(uri: str, place: Place) -> bytes | None:
        asked.append((uri, place.item))
        return photos.png(40 + int(place.item)) if uri != "none.png" else None

    room = open_room([], MediaRules(), fetchers=[fetch])
    problems = Problems()
    for item, width in (("1", 41), ("2", 42), ("1", 41)):
        found = room.prepare(Media("frame.png"), None, Place(item=item), problems)
        assert isinstance(found, Prepared) and found.size == (width, 30)
    assert asked == [("frame.png", "1"), ("frame.png", "2")]
    assert isinstance(room.prepare(Media("none.png"), None, AT, problems), Problem)


@pytest.mark.parametrize(
    ("places", "options", "words"),
    [
        (["nowhere/at/all"], {}, "no folder"),
        (["ftp://host/x"], {}, "ftp://"),
        (["https://user:pass@host"], {}, "no web address"),
        ([], {"oversize": "crop"}, "refuse or resize"),
        ([], {"rules": MediaRules(way=FILE)}, "folder"),
        ([], {"rules": MediaRules(way=LINK, schemes=("gs",)), "base": "https://h"}, "no address of: gs"),
    ],
)
def test_misuse_is_one_clear_line(places: list[str], options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        open_room(places, options.pop("rules", MediaRules()), **options)


def test_what_is_kept_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labelwright.media.room.KEPT_BYTES", 20_000)
    names = [f"i{n}" for n in range(60)]
    photos.put(tmp_path, **{f"{n}_png": photos.png(40 + at) for at, n in enumerate(names)})
    case = Case(tmp_path)
    for name in names:
        case.good(f"{name}.png")
    assert 0 < sum(len(r.data or b"") for r in case.room._kept.values() if hasattr(r, "data")) <= 20_000
