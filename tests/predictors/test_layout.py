"""Parts of a page, found with the weights that the package carries."""

from __future__ import annotations

from photos import encoded, scene
from seeing import ask, drawing, made, page

from labelwright.geometry.measures import extent

ALL = ["text", "title", "figure", "figure_caption", "table", "table_caption", "header", "footer", "reference",
       "equation"]  # fmt: skip


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0.0, wide) * max(0.0, high)
    areas = [(x[2] - x[0]) * (x[3] - x[1]) for x in (one, other)]
    return both / (sum(areas) - both)


def test_parts_of_a_page_are_boxes_where_they_are() -> None:
    image, there = page(scene(360, 240))
    found = ask(made("layout", drawing(ALL, False, "box")), encoded(image))
    assert found.problems == []
    assert found.answers is not None
    parts = found.answers["lines"]
    assert [part.score for part in parts] == sorted((part.score for part in parts), reverse=True)
    best = {part.label: extent(part.geometry) for part in reversed(parts)}
    for label in ("text", "figure", "table"):
        assert overlap(best[label], there[label]) > 0.7, label
    assert found.sizes == {"image": (800, 1000)}


def test_labels_are_the_projects_own_and_others_are_told() -> None:
    image, _ = page(scene(360, 240))
    found = ask(made("layout", drawing(["Text", "TABLE"], False, "box")), encoded(image))
    assert found.answers is not None
    assert {part.label for part in found.answers["lines"]} == {"Text", "TABLE"}
    assert {x.code for x in found.problems} == {"predictor.label-unknown"}


def test_boxes_stay_inside_the_image_and_follow_its_size() -> None:
    image, there = page(scene(360, 240))
    model = made("layout", drawing(ALL, False, "box"))
    found = ask(model, encoded(image.resize((2400, 3000)), "JPEG"))
    assert found.answers is not None
    for part in found.answers["lines"]:
        left, top, right, bottom = extent(part.geometry)
        assert 0 <= left < right <= 2400
        assert 0 <= top < bottom <= 3000
    best = {part.label: extent(part.geometry) for part in reversed(found.answers["lines"])}
    assert overlap(best["text"], tuple(3 * n for n in there["text"])) > 0.7
