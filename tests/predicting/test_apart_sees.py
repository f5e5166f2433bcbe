"""A predictor in a process of its own sees and follows as one in this process does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scenes import disc
from seeing import made, query

from labelwright.geometry.shapes import Box
from labelwright.predicting.apart import Apart
from labelwright.predicting.model import Model
from labelwright.predicting.pipe import job_of
from labelwright.problems import DataError
from labelwright.records import Shape

BOX = Shape(Box(110.0, 80.0, 80.0, 80.0), "VEHICLE", id="a")


def _apart(model: Model) -> Apart:
    return Apart(model, job_of(model.name, model.name, ".", model.asked))


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Model, Apart]]:
    """The same predictor here and apart."""
    model = made("follow", "object-detection")
    apart = _apart(model)
    apart.start()
    yield model, apart
    apart.close()


def test_what_is_followed_apart_is_followed_alike(pair: tuple[Model, Apart]) -> None:
    model, apart = pair
    assert apart.tracks
    here, there = list[Shape | bytes]([BOX]), list[Shape | bytes]([BOX])
    for number in range(3):
        frame = disc(9 * number, 6 * number)
        found, other = model.track(query(model, frame), here), apart.track(query(model, frame), there)
        assert found == other
        assert other[0].shape is not None
        here, there = [one.state for one in found], [one.state for one in other]


def test_what_cannot_be_followed_is_told_apart_too(pair: tuple[Model, Apart]) -> None:
    model, apart = pair
    with pytest.raises(DataError, match=r"."):
        apart.track(query(model, b"no image"), [BOX])
    assert apart.track(query(model, disc()), [BOX])[0].shape == BOX  # it is there as before


def test_points_outside_and_sizes_go_along() -> None:
    model = made("grabcut", "mask-segmentation")
    apart = _apart(model)
    apart.start()
    try:
        control = model.asked.controls[0]
        labels = model.template.controls[control].labels
        drawn = {control: (Shape(Box(100, 70, 100, 100), labels[0], id="b"),)}
        asked = query(model, disc(), drawn, outside=((105.0, 75.0),))
        here, there = (
            model.interact(asked),
            apart.interact(query(model, disc(), drawn, outside=asked.outside)),
        )
        assert here.answers
        assert (here.answers, here.sizes) == (there.answers, there.sizes)
        assert there.sizes
    finally:
        apart.close()
