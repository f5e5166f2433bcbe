"""Sizes of images that a tool does not tell are learnt of the files."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from photos import jpeg, png
from seeing import Held

from labelwright.contracts import Asked, Guess, Query, Source
from labelwright.geometry.shapes import Box
from labelwright.predicting.binding import bind
from labelwright.predicting.model import Model
from labelwright.problems import DataError, Place, Problems, ProblemType
from labelwright.records import Item, ItemKey, Shape
from labelwright.registry import template_folders
from labelwright.render.load import find_template
from labelwright_plugins.label_studio.suggesting import Suggesting

GONE = ProblemType("test.gone", "It is gone", "it is gone", "Bring it back.")
CONFIG = """<View><Image name="image" value="$image"/>
<RectangleLabels name="objects" toName="image"><Label value="VEHICLE"/></RectangleLabels></View>"""


class Boxes:
    """Answers with a box; looks at the file only where told to."""

    inputs = ("image",)
    kinds = ("shapes",)
    labels = ("VEHICLE",)
    options = {"look": ("no", "whether to read the file")}  # noqa: RUF012

    def __init__(self, asked: Asked) -> None:
        self.looks = asked.option("look") == "yes"

    def predict(self, batch: Sequence[Query]) -> list[Guess]:
        for query in batch:
            if self.looks:
                query.file("image")
        return [Guess({"objects": (Shape(Box(10, 6, 20, 15), "VEHICLE", score=0.5),)}) for _ in batch]


class Gone:
    def read(self, item: Item, uri: str) -> bytes:
        raise DataError(GONE.at(Place(item=str(item.key))))


def model(look: str = "no") -> Model:
    template = find_template("object-detection", template_folders())
    made = Model("boxes", Boxes, bind(Boxes, template, options={"look": look}))
    made.load()
    return made


def item(**sizes: tuple[int, int]) -> Item:
    return Item(ItemKey("", "", "1"), {"image": "a.jpg"}, [], sizes=sizes)


@pytest.mark.parametrize("look", ["yes", "no"])
def test_the_size_is_that_of_the_image_upright_and_its_file_read_once(look: str) -> None:
    boxes, files = model(look), Held(jpeg(40, 30, turn=6))
    (found,) = boxes.predict([Query(item(), boxes.template, files=files)])
    assert found.sizes == {"image": (30, 40)}
    assert files.reads == 1


def test_a_size_that_the_tool_tells_stands_and_no_file_is_read_for_it() -> None:
    boxes, files = model(), Held(png())
    (found,) = boxes.predict([Query(item(image=(400, 300)), boxes.template, files=files)])
    assert (found.sizes, files.reads) == ({}, 0)


def test_a_file_that_cannot_be_had_leaves_the_answer_as_it_is() -> None:
    boxes = model()
    (found,) = boxes.predict([Query(item(), boxes.template, files=Gone())])
    assert found.sizes == {}
    assert found.answers is not None
    assert found.problems == []


def test_a_query_knows_the_size_of_what_it_read() -> None:
    boxes = model()
    query = Query(item(), boxes.template, files=Held(png(50, 20)))
    assert query.size("image") is None
    query.file("image")
    assert query.size("image") == (50, 20)
    assert Query(item(image=(1, 2)), boxes.template).size("image") == (1, 2)
    other = Query(item(), boxes.template, files=Held(b"no image"))
    other.file("image")
    assert other.size("image") is None


def test_label_studio_gets_shapes_in_percent_of_a_size_it_never_told() -> None:
    problems = Problems()
    source = Source(path="p", label_config=CONFIG, name="p")
    suggesting = Suggesting(model(), source, problems, Held(png(40, 30)))
    (made,) = suggesting.results([{"id": 7, "data": {"image": "/data/upload/1/a.png"}}])
    assert isinstance(made, dict)
    (region,) = made["result"]
    assert (region["original_width"], region["original_height"]) == (40, 30)
    value = region["value"]
    assert (value["x"], value["y"], value["width"], value["height"]) == (25, 20, 50, 50)
    assert list(problems) == []


def test_label_studio_is_told_what_is_lost_without_a_size() -> None:
    problems = Problems()
    source = Source(path="p", label_config=CONFIG, name="p")
    (made,) = Suggesting(model(), source, problems, Gone()).results([{"id": 7, "data": {"image": "a.png"}}])
    assert isinstance(made, dict)
    assert made["result"] == []
    assert len(list(problems)) == 1
