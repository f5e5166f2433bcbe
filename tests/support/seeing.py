"""Predictors asked about drawn images and made sounds."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from PIL import Image, ImageDraw, ImageFont

from labelwright.contracts import Control, Outcome, Query, Template
from labelwright.predicting.binding import bind
from labelwright.predicting.finding import find
from labelwright.predicting.model import Model
from labelwright.records import Item, ItemKey, Kind
from labelwright.registry import template_folders
from labelwright.render.load import find_template

LINES = (("Invoice No. 12345", 20, 20), ("Total: 1,234.50 EUR", 20, 80), ("Thank you!", 320, 140))


class Held:
    """Files held in memory, all of them the same; counts how often it is read."""

    def __init__(self, data: bytes) -> None:
        self.data, self.reads = data, 0

    def read(self, item: Item, uri: str) -> bytes:
        self.reads += 1
        return self.data


def made(name: str, template: Template | str, **options: str) -> Model:
    """A predictor of ours, loaded."""
    if isinstance(template, str):
        template = find_template(template, template_folders())
    kind = find(name)
    model = Model(name, kind, bind(kind, template, options=options))
    model.load()
    assert model.state == "ready", model.reason
    return model


def query(model: Model, data: bytes, drawn: dict[str, Any] | None = None, **more: Any) -> Query:
    """A query about one file; ``sizes`` are what the tool tells of it."""
    name = model.asked.inputs[0]
    item = Item(ItemKey("", "", "1"), {name: "file"}, [], sizes=more.pop("sizes", {}))
    return Query(item, model.template, drawn or {}, Held(data), **more)


def ask(model: Model, data: bytes, **more: Any) -> Outcome:
    (found,) = model.predict([query(model, data, **more)])
    return found


def drawing(labels: list[str], rotated: bool = False, *shapes: str) -> Template:
    """A template that asks for shapes on an image, and for the words of each."""
    whole = find_template("ocr-documents", template_folders())
    lines = Control(Kind.SHAPES, labels=labels, shapes=list(shapes), rotated=rotated)
    return replace(whole, controls={"lines": lines, "words": whole.controls["words"]})


def invoice(size: tuple[int, int] = (640, 200)) -> Image.Image:
    """Three lines of print on white."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for text, x, y in LINES:
        draw.text((x, y), text, fill="black", font=ImageFont.load_default(size=30))
    return image


def page(photo: Image.Image) -> tuple[Image.Image, dict[str, tuple[float, float, float, float]]]:
    """A page with a title, lines of text, a photo and a table; and where they are."""
    image = Image.new("RGB", (800, 1000), "white")
    draw = ImageDraw.Draw(image)

    def write(text: str, x: float, y: float, size: int) -> None:
        draw.text((x, y), text, fill="black", font=ImageFont.load_default(size=size))

    write("A Study of Labelled Data", 200, 40, 34)
    words = "the quick brown fox jumps over the lazy dog and then it rests "
    for row in range(12):
        write((words * 2)[:88], 60, 130 + row * 24, 17)
    image.paste(photo.resize((360, 240)), (220, 460))
    for row in range(5):
        for column in range(4):
            x, y = 120 + column * 140, 770 + row * 36
            draw.rectangle((x, y, x + 140, y + 36), outline="black")
            write(f"v{row}{column}", x + 10, y + 8, 16)
    return image, {
        "title": (200, 40, 580, 80),
        "text": (60, 130, 750, 415),
        "figure": (220, 460, 580, 700),
        "table": (120, 770, 680, 950),
    }
