"""Lines of text, read with the weights that the package carries."""

from __future__ import annotations

import pytest
from photos import animated, claims, encoded
from PIL import Image
from seeing import LINES, Held, ask, drawing, invoice, made, query

from labelwright.contracts import Source
from labelwright.geometry.boxes import corners
from labelwright.geometry.measures import extent
from labelwright.geometry.shapes import Box, Polygon
from labelwright.predicting.binding import bind
from labelwright.predicting.finding import find
from labelwright.predicting.model import Model
from labelwright.problems import Problems, UsageError
from labelwright.records import Shape
from labelwright.registry import template_folders
from labelwright_plugins.label_studio.suggesting import Suggesting


@pytest.fixture(scope="module")
def reader() -> Model:
    return made("ocr", "ocr-documents")


def words(shape: Shape) -> str:
    return str(dict(shape.answers)["words"])


def encoded_turned(image: Image.Image, turn: int) -> bytes:
    """A JPEG whose orientation says that it has to be turned to stand as ``image`` does."""
    stored = image.transpose({6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}[turn])
    exif = Image.Exif()
    exif[0x0112] = turn
    return encoded(stored, "JPEG", quality=95, exif=exif)


def test_lines_are_boxes_with_their_words_and_scores(reader: Model) -> None:
    found = ask(reader, encoded(invoice()))
    assert found.problems == []
    assert found.answers is not None
    lines = found.answers["lines"]
    assert [words(line) for line in lines] == [text for text, _, _ in LINES]
    assert {(line.label, line.origin) for line in lines} == {("TEXT", "prediction")}
    for line, (_, x, y) in zip(lines, LINES, strict=True):
        assert line.score > 0.9
        left, top, right, bottom = extent(line.geometry)
        assert abs(left - x) < 10
        assert y - 8 < top < y + 12
        assert 150 < right - left < 320
        assert 20 < bottom - top < 50
    assert found.sizes == {"image": (640, 200)}
    assert found.score is not None
    assert found.score > 0.9


@pytest.mark.parametrize("turn", [6, 8])
def test_shapes_lie_on_the_image_as_browsers_show_it(reader: Model, turn: int) -> None:
    found = ask(reader, encoded_turned(invoice(), turn))
    assert found.answers is not None
    assert found.sizes == {"image": (640, 200)}
    first = found.answers["lines"][0]
    assert words(first) == LINES[0][0]
    left, top, right, bottom = extent(first.geometry)
    assert left < 40 < 250 < right
    assert top < 30 < 45 < bottom < 70


def test_a_tool_that_shows_the_stored_pixels_gets_shapes_on_those(reader: Model) -> None:
    upright = invoice((200, 640))  # stored lying, as the tool shows it too
    found = ask(reader, encoded_turned(upright, 6), sizes={"image": (640, 200)})
    assert found.sizes == {}
    assert found.problems == []
    standing = ask(reader, encoded_turned(upright, 6), sizes={"image": (200, 640)})
    assert standing.answers is not None
    assert any("Total" in words(line) for line in standing.answers["lines"])


def test_another_size_than_the_tool_tells_is_told(reader: Model) -> None:
    found = ask(reader, encoded(invoice()), sizes={"image": (1280, 400)})
    assert found.answers is None
    assert [x.code for x in found.problems] == ["media.size-differs"]


def test_a_large_image_is_read_small_and_answered_large(reader: Model) -> None:
    small = invoice()
    found = ask(reader, encoded(small.resize((640 * 6, 200 * 6)), "JPEG"))
    assert found.answers is not None
    assert found.sizes == {"image": (3840, 1200)}
    (first, *_) = found.answers["lines"]
    left, top, right, _ = extent(first.geometry)
    assert abs(left - 20 * 6) < 60
    assert abs(top - 22 * 6) < 60
    assert right - left > 200 * 6


def test_see_through_paper_is_read() -> None:
    clear = invoice().convert("RGBA")
    clear.putalpha(Image.eval(invoice().convert("L"), lambda v: 255 - v))
    found = ask(made("ocr", "ocr-documents", threads="1"), encoded(clear))
    assert found.answers is not None
    assert words(found.answers["lines"][0]) == LINES[0][0]


def test_a_blank_image_has_no_lines(reader: Model) -> None:
    found = ask(reader, encoded(Image.new("RGB", (300, 200), "white")))
    assert found.answers == {"lines": ()}
    assert found.problems == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "media.empty"),
        (b"<!doctype html><title>Not found</title>", "media.not-an-image"),
        (encoded(invoice())[:-300], "media.truncated"),
        (encoded(invoice(), "JPEG")[:-300], "media.truncated"),
        (claims(60_000, 60_000), "media.too-many-pixels"),
        (claims(300, 300), "media.truncated"),
        (animated(), "media.animated"),
        (encoded(Image.new("RGB", (300, 1))), "media.too-small"),
    ],
    ids=["empty", "html", "cut-png", "cut-jpeg", "bomb", "liar", "animated", "line"],
)
def test_an_image_that_cannot_be_read_costs_its_item_alone(reader: Model, data: bytes, code: str) -> None:
    good = encoded(invoice())
    outcomes = reader.predict([query(reader, good), query(reader, data), query(reader, good)])
    assert [x.answers is not None for x in outcomes] == [True, False, True]
    assert [x.code for x in outcomes[1].problems] == [code]
    assert outcomes[1].problems[0].place.item == "1"


def test_turned_boxes_and_polygons_where_the_template_takes_them() -> None:
    slanted = encoded(invoice((640, 320)).rotate(8, fillcolor="white"))
    turned = ask(made("ocr", drawing(["TEXT"], True, "box")), slanted)
    outlined = ask(made("ocr", drawing([], False, "polygon")), slanted)
    assert turned.answers is not None
    assert outlined.answers is not None
    boxes = [one.geometry for one in turned.answers["lines"]]
    assert len(boxes) == len(LINES)
    assert all(isinstance(box, Box) and abs(box.rotation - 352) < 3 for box in boxes)
    for box, one in zip(boxes, outlined.answers["lines"], strict=True):
        assert isinstance(one.geometry, Polygon)
        assert one.label == ""
        ring = one.geometry.ring
        assert ring is not None
        far = max(
            abs(a - b) for p, q in zip(corners(box), ring, strict=True) for a, b in zip(p, q, strict=True)
        )
        assert far < 6


def test_what_cannot_be_drawn_is_said_before_anything_is_read() -> None:
    kind = find("ocr")
    with pytest.raises(UsageError, match="control 'lines' takes mask"):
        kind(bind(kind, drawing(["TEXT"], False, "mask")))
    with pytest.raises(UsageError, match="option threshold is 'much'"):
        kind(bind(kind, drawing(["TEXT"], False, "box"), options={"threshold": "much"}))


def test_label_studio_gets_a_box_and_its_words_for_every_line(reader: Model) -> None:
    problems = Problems()
    config = (template_folders()["ocr-documents"] / "label_studio.xml").read_text()
    source = Source(path="p", label_config=config, name="p")
    suggesting = Suggesting(reader, source, problems, Held(encoded(invoice())))
    (made,) = suggesting.results([{"id": 7, "data": {"image": "/data/upload/1/a.png"}}])
    assert isinstance(made, dict)
    assert list(problems) == []
    boxes = {one["id"]: one for one in made["result"] if one["type"] == "rectanglelabels"}
    texts = {one["id"]: one for one in made["result"] if one["type"] == "textarea"}
    assert boxes.keys() == texts.keys()
    assert [texts[name]["value"]["text"] for name in boxes] == [[text] for text, _, _ in LINES]
    for box in boxes.values():
        assert (box["original_width"], box["original_height"]) == (640, 200)
        assert 0.9 < box["score"] <= 1
    assert made["score"] > 0.9
