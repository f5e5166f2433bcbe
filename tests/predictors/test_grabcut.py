"""Things cut out of their background by a box or a click."""

from __future__ import annotations

from math import pi
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray
from photos import encoded, scene
from PIL import Image
from scenes import CENTRE, RADIUS, disc
from seeing import Held, drawing, made, query

from labelwright.contracts import Source
from labelwright.geometry.measures import area, extent
from labelwright.geometry.rle import paste
from labelwright.geometry.shapes import Box, Mask, Points, Polygon
from labelwright.predicting.model import Model
from labelwright.problems import Problems
from labelwright.records import Shape
from labelwright_plugins.label_studio.suggesting import Suggesting

BOX = Shape(Box(100, 70, 100, 100), "STAIN")


@pytest.fixture(scope="module")
def cutter() -> Model:
    return made("grabcut", "mask-segmentation")


def cut(model: Model, data: bytes, *drawn: Shape, **more: object) -> tuple[Shape, ...]:
    (control,) = model.asked.controls
    found = model.interact(query(model, data, {control: drawn}, **more))
    assert found.problems == []
    assert found.answers is not None
    return tuple(found.answers[control])


def truth() -> NDArray[np.bool_]:
    y, x = np.mgrid[:300, :400] + 0.5
    inside: NDArray[np.bool_] = (x - CENTRE[0]) ** 2 + (y - CENTRE[1]) ** 2 <= RADIUS**2
    return inside


def alike(mask: Mask) -> float:
    there, found = truth(), paste(mask, 400, 300) != 0
    return float((there & found).sum() / (there | found).sum())


def test_a_box_becomes_the_mask_of_what_is_in_it_each_time_the_same(cutter: Model) -> None:
    (shape,) = cut(cutter, disc(), BOX)
    assert isinstance(shape.geometry, Mask)
    assert (shape.label, shape.origin) == ("STAIN", "prediction")
    assert alike(shape.geometry) > 0.93
    assert cut(cutter, disc(), BOX) == (shape,)


def test_a_click_without_a_box_finds_what_was_clicked_on(cutter: Model) -> None:
    clicks = Shape(Points((CENTRE, (CENTRE[0] - 30, CENTRE[1]))), "HOLE")
    (shape,) = cut(cutter, disc(), clicks, outside=((10.0, 10.0), (300.0, 200.0)))
    assert isinstance(shape.geometry, Mask)
    assert shape.label == "HOLE"
    assert alike(shape.geometry) > 0.9


@pytest.mark.parametrize("noise", [0.0, 12.0])
def test_one_click_finds_the_whole_of_what_has_one_colour(cutter: Model, noise: float) -> None:
    """In a photo, as CVAT sends each: colours told by a click alone would be the background's as well."""
    image = np.full((300, 400, 3), (90, 140, 90), float)
    image[truth()] = (220, 40, 40)
    image += np.random.default_rng(0).normal(0, noise, image.shape)
    data = encoded(Image.fromarray(image.clip(0, 255).astype(np.uint8)), "JPEG")
    (shape,) = cut(cutter, data, Shape(Points((CENTRE,)), "STAIN"))
    assert isinstance(shape.geometry, Mask)
    assert alike(shape.geometry) > 0.93
    (less,) = cut(cutter, data, Shape(Points((CENTRE,)), "STAIN"), outside=((CENTRE[0] + 20, CENTRE[1]),))
    assert isinstance(less.geometry, Mask)
    assert not paste(less.geometry, 400, 300)[round(CENTRE[1]), round(CENTRE[0]) + 20]


def test_a_point_outside_takes_its_place_out(cutter: Model) -> None:
    def inside(mask: Mask) -> bool:
        return bool(paste(mask, 400, 300)[115, 152])  # on the yellow mark

    (whole,) = cut(cutter, disc(), BOX)
    (less,) = cut(cutter, disc(), BOX, outside=((152.0, 115.0),))
    assert isinstance(whole.geometry, Mask)
    assert isinstance(less.geometry, Mask)
    assert inside(whole.geometry)
    assert not inside(less.geometry)


def test_each_box_is_a_thing_of_its_own(cutter: Model) -> None:
    other = Shape(Box(10, 200, 60, 60), "HOLE")
    assert [one.label for one in cut(cutter, disc(), BOX, other)][:1] == ["STAIN"]
    both = cut(cutter, disc(), BOX, replace(BOX, label="HOLE"))
    assert [one.label for one in both] == ["STAIN", "HOLE"]


@pytest.mark.parametrize(
    "box", [Box(0, 0, 400, 300), Box(-50, -50, 1000, 1000), Box(398, 298, 2, 2), Box(10, 10, 1, 1)]
)
def test_boxes_at_the_edge_and_of_everything_do_not_fail(cutter: Model, box: Box) -> None:
    for shape in cut(cutter, disc(), replace(BOX, geometry=box)):
        left, top, right, bottom = extent(shape.geometry)
        assert 0 <= left < right <= 400
        assert 0 <= top < bottom <= 300


@pytest.mark.parametrize("box", [Box(500, 500, 10, 10), Box(10, 10, 0.2, 0.2), Box(-30, -30, 20, 20)])
def test_a_box_around_nothing_cuts_nothing(cutter: Model, box: Box) -> None:
    assert cut(cutter, disc(), replace(BOX, geometry=box)) == ()
    assert cut(cutter, disc()) == ()


def test_an_outline_where_masks_cannot_be_drawn() -> None:
    (shape,) = cut(made("grabcut", drawing(["STAIN"], False, "polygon")), disc(), BOX)
    assert isinstance(shape.geometry, Polygon)
    assert abs(area(shape.geometry) / (pi * RADIUS**2) - 1) < 0.07
    left, top, right, bottom = extent(shape.geometry)
    assert max(abs(left - 110), abs(top - 80), abs(right - 190), abs(bottom - 160)) < 3


def test_a_large_image_is_looked_at_small_and_cut_in_its_own_pixels(cutter: Model) -> None:
    from io import BytesIO

    from PIL import Image

    large = Image.open(BytesIO(disc())).resize((4800, 3600))
    (shape,) = cut(cutter, encoded(large, "JPEG"), Shape(Box(1200, 840, 1200, 1200), "STAIN"))
    left, top, right, bottom = extent(shape.geometry)
    assert max(abs(left - 1320), abs(top - 960), abs(right - 2280), abs(bottom - 1920)) < 40


def test_nothing_is_suggested_before_somebody_draws_and_broken_images_are_told(cutter: Model) -> None:
    (found,) = cutter.predict([query(cutter, disc())])
    assert (found.answers, found.problems) == ({}, [])
    broken = cutter.interact(query(cutter, encoded(scene())[:-40], {"defects": (BOX,)}))
    assert broken.answers is None
    assert [x.code for x in broken.problems] == ["media.truncated"]


CONFIG = """<View><Image name="image" value="$image"/>
<BrushLabels name="defects" toName="image"><Label value="STAIN"/></BrushLabels>
<RectangleLabels name="defects_box" toName="image" smart="true"><Label value="STAIN"/></RectangleLabels>
<KeyPointLabels name="defects_click" toName="image" smart="true"><Label value="STAIN"/></KeyPointLabels>
</View>"""
WHOLE = {"to_name": "image", "original_width": 400, "original_height": 300, "image_rotation": 0}
DRAWN = {
    **WHOLE, "id": "a", "from_name": "defects_box", "type": "rectanglelabels",
    "value": {"x": 25, "y": 70 / 3, "width": 25, "height": 100 / 3, "rotation": 0,
              "rectanglelabels": ["STAIN"]},
}  # fmt: skip
CLICK = {
    **WHOLE, "id": "b", "from_name": "defects_click", "type": "keypointlabels", "is_positive": False,
    "value": {"x": 38, "y": 115 / 3, "width": 0.5, "keypointlabels": ["STAIN"], "labels": ["STAIN"]},
}  # fmt: skip


def suggested(model: Model, *drawn: object) -> tuple[list[dict[str, Any]], Problems]:
    """What Label Studio is given while somebody draws."""
    problems = Problems()
    source = Source(path="p", label_config=CONFIG, name="p")
    suggesting = Suggesting(model, source, problems, Held(disc()))
    (found,) = suggesting.results([{"id": 1, "data": {"image": "a.png"}}], list(drawn))
    assert isinstance(found, dict)
    return found["result"], problems


def test_label_studio_gets_a_brush_for_the_box_that_somebody_draws(cutter: Model) -> None:
    (region,), problems = suggested(cutter, DRAWN)
    assert list(problems) == []
    assert (region["from_name"], region["type"]) == ("defects", "brushlabels")
    assert region["value"]["brushlabels"] == ["STAIN"]
    assert (region["original_width"], region["original_height"]) == (400, 300)
    assert region["value"]["rle"]


def test_label_studio_tells_what_is_not_meant_by_a_click(cutter: Model) -> None:
    (whole,), _ = suggested(cutter, DRAWN)
    (less,), problems = suggested(cutter, DRAWN, CLICK)
    assert list(problems) == []
    assert less["value"]["rle"] != whole["value"]["rle"]
    for broken in (
        {**CLICK, "value": {"x": "a", "y": None}},
        {**CLICK, "value": 3},
        {**CLICK, "original_width": None},
    ):
        assert suggested(cutter, DRAWN, broken)[0][0]["value"]["rle"] == whole["value"]["rle"]
