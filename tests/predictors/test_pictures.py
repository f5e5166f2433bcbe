"""Images as models see them: upright or as stored, eight bits of three colours, not too large."""

from __future__ import annotations

import numpy as np
import pytest
from photos import encoded, jpeg, scene
from PIL import Image
from seeing import Held

from labelwright.contracts import Query
from labelwright.geometry.boxes import centre
from labelwright.geometry.reframe import reframe, turned_size
from labelwright.geometry.shapes import Box
from labelwright.predictors._pictures import Picture, label_of, picture_of
from labelwright.problems import DataError
from labelwright.records import Item, ItemKey
from labelwright.registry import template_folders
from labelwright.render.load import find_template

TEMPLATE = find_template("object-detection", template_folders())
BLOCK = Box(0, 0, 100, 100)  # the red part of the scene as it is stored


def seen(data: bytes, sizes: dict[str, tuple[int, int]] | None = None, side: int = 5000) -> Picture:
    item = Item(ItemKey("", "", "1"), {"image": "a"}, [], sizes=sizes or {})
    return picture_of(Query(item, TEMPLATE, files=Held(data)), "image", side)


def red(picture: Picture) -> tuple[float, float]:
    """The middle of what is red, in the image that people see."""
    y, x = np.nonzero((picture.pixels[..., 0] > 200) & (picture.pixels[..., 1:].max(axis=-1) < 60))
    ((mx, my),) = picture.moved(((float(x.mean()) + 0.5, float(y.mean()) + 0.5),))
    return mx, my


@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "PNG", "WEBP"])
@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("side", [5000, 100])
def test_every_orientation_upright_and_as_stored(kind: str, turn: int, side: int) -> None:
    raw = (400, 300)
    exif = Image.Exif()
    exif[0x0112] = turn
    options = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    data = encoded(scene(*raw), kind, exif=exif, **options)
    upright = turned_size(raw, turn)
    for told, there in ((None, reframe(BLOCK, turn, raw, (0, 0))), (raw, BLOCK)):
        if told == upright and turn != 1:
            there = reframe(BLOCK, turn, raw, (0, 0))  # one size for both: as browsers show it
        picture = seen(data, {"image": told} if told else None, side)
        assert picture.size == (told or upright)
        assert max(picture.pixels.shape[:2]) == min(side, 400)
        assert isinstance(there, Box)
        x, y = red(picture)
        assert abs(x - centre(there)[0]) < 5
        assert abs(y - centre(there)[1]) < 5


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_colour_mode_becomes_three_colours(mode: str) -> None:
    if mode in ("I;16", "I"):
        values = np.asarray(scene().convert("L")).astype(np.uint16) * 257
        image = Image.fromarray(values if mode == "I;16" else values.astype(np.int32))
    else:
        image = scene().convert(mode)
    picture = seen(encoded(image, "TIFF" if mode in ("CMYK", "F", "I") else "PNG"))
    assert picture.pixels.shape == (30, 40, 3)
    assert picture.pixels.dtype == np.uint8
    if mode != "1":
        grey = np.asarray(scene().convert("L")).astype(int)
        found = np.asarray(Image.fromarray(picture.pixels).convert("L")).astype(int)
        assert np.abs(found - grey).mean() < 12


def test_what_is_clear_lies_on_white() -> None:
    clear = scene().convert("RGBA")
    clear.putalpha(0)
    assert (seen(encoded(clear)).pixels == 255).all()


def test_sizes_that_cannot_be_are_told() -> None:
    with pytest.raises(DataError) as said:
        seen(jpeg(40, 30, turn=6), {"image": (41, 30)})
    assert said.value.problem.code == "media.size-differs"


def test_an_address_that_holds_a_secret_is_not_shown() -> None:
    item = Item(ItemKey("", "", "1"), {"image": "https://h/a.png?token=hidden"}, [])
    with pytest.raises(DataError) as said:
        picture_of(Query(item, TEMPLATE, files=Held(b"junk")), "image", 100)
    assert "hidden" not in said.value.problem.message


def test_labels_that_mean_the_same() -> None:
    assert label_of([], "TEXT") == ""
    assert label_of(["HEADING", "text"], "TEXT") == "text"
    assert label_of(["HEADING", "Line"], "TEXT", ("line",)) == "Line"
    assert label_of(["ANY"], "TEXT") == "ANY"
    assert label_of(["A", "B"], "TEXT") == "TEXT"
