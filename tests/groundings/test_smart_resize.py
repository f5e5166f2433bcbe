"""The size to which Qwen2.5-VL's preparation resizes an image, against values of its own program."""

from __future__ import annotations

import pytest

from labelwright import registry
from labelwright.examples import Grounding, Pointed
from labelwright.geometry.shapes import Box
from labelwright.groundings.qwen2_5_vl import smart_resize
from labelwright.problems import NOWHERE, Problems, UsageError

MIN, MAX = 4 * 28 * 28, 16384 * 28 * 28
# Width, height, factor, min_pixels, max_pixels: width and height as qwen-vl-utils 0.0.14 says.
KNOWN = {
    ((200, 100), 28, MIN, MAX): (196, 112),
    ((1920, 1080), 28, MIN, MAX): (1932, 1092),
    ((1, 1), 28, MIN, MAX): (56, 56),
    ((200, 1), 28, MIN, MAX): (196, 28),
    ((1, 200), 28, MIN, MAX): (28, 196),
    ((30, 30), 28, MIN, MAX): (56, 56),
    ((42, 70), 28, MIN, MAX): (56, 56),
    ((10000, 10000), 28, MIN, MAX): (3556, 3556),
    ((12000, 60), 28, MIN, MAX): (12012, 56),
    ((4000, 3000), 28, MIN, 1003520): (1148, 840),
    ((640, 480), 28, 200704, MAX): (644, 476),
    ((640, 480), 32, 4096, 16777216): (640, 480),
    ((100000, 500), 28, MIN, 1003520): (14140, 56),
    ((3584, 3584), 28, MIN, MAX): (3584, 3584),
}


@pytest.mark.parametrize(("given", "resized"), KNOWN.items())
def test_known_sizes(given: tuple[tuple[int, int], int, int, int], resized: tuple[int, int]) -> None:
    size, factor, least, most = given
    assert smart_resize(size, factor, least, most) == resized
    options = {"factor": str(factor), "min_pixels": str(least), "max_pixels": str(most)}
    notation = registry.groundings()["qwen2.5-vl"].with_options(options)
    assert notation.quantum(size) == (size[0] / resized[0], size[1] / resized[1])
    text = notation.write(Grounding((Pointed("all", (Box(0, 0, *size),)),), size), NOWHERE, Problems())
    assert text == f'[{{"bbox_2d": [0, 0, {resized[0]}, {resized[1]}], "label": "all"}}]'


def test_an_image_too_long_is_a_problem() -> None:
    notation = registry.groundings()["qwen2.5-vl"]
    size = (2010, 10)
    problems = Problems()
    assert notation.write(Grounding((), size), NOWHERE, problems) == ""
    assert (list(problems.counts), problems.errors) == (["grounding.aspect"], 1)
    for ask in (lambda: notation.read("[]", size), lambda: notation.quantum(size)):
        with pytest.raises(ValueError, match="more than 200 times"):
            ask()
    assert notation.write(Grounding((), (2000, 10)), NOWHERE, Problems()) == "[]"


def test_nothing_left_of_a_side_is_a_problem() -> None:
    problems = Problems()
    notation = registry.groundings()["qwen2.5-vl"].with_options({"max_pixels": "3136"})
    assert notation.write(Grounding((), (19_000, 100)), NOWHERE, problems) == ""
    assert list(problems.counts) == ["grounding.aspect"]


def test_settings_are_recorded_and_checked() -> None:
    notation = registry.groundings()["qwen2.5-vl"].with_options({"max_pixels": "1003520"})
    told = notation.described()
    assert (told["factor"], told["min_pixels"], told["max_pixels"]) == (28, 3136, 1003520)
    assert "multiple of factor" in told["resized"]
    for bad in ({"factor": "0"}, {"factor": "-28"}, {"min_pixels": "many"}, {"max_pixels": "100"}):
        with pytest.raises(UsageError, match=r"--boxes qwen2\.5-vl"):
            notation.with_options(bad)
