"""The pictures and films that come with the templates of inspected things show what is said of them."""

from __future__ import annotations

import io
import json

import cv2
import numpy as np
import pytest
from clips import CLIPS, LENGTH, TEMPLATES, Deed, frames, rows
from pictures import COLOURS, NAMES, PALETTE, RATE, SMALL
from PIL import Image
from scans import MACHINES, MAKERS, PAPERS, SOUND, pixels, scans

from labelwright.registry import template_folders
from labelwright.render.load import load_template

FOLDERS = template_folders()


@pytest.mark.parametrize("name", MAKERS)
def test_pictures_are_what_their_description_makes(name: str) -> None:
    wanted = scans(name)
    there = {p.name: p.read_bytes() for p in (FOLDERS[name] / "media").iterdir()}
    assert set(there) == set(wanted)
    for file, content in there.items():
        image = Image.open(io.BytesIO(content))
        assert image.mode == "RGB"  # what every target takes as it is
        assert np.array_equal(pixels(image), pixels(wanted[file].image))


@pytest.mark.parametrize("name", MAKERS)
def test_what_is_to_be_seen_lies_in_the_picture_and_the_template_asks_for_it(name: str) -> None:
    template = load_template(FOLDERS[name])
    (labels,) = [set(c.labels) for c in template.controls.values() if c.shapes]
    found = {thing.label for scan in scans(name).values() for thing in scan.things}
    assert found == labels
    for scan in scans(name).values():
        for thing in scan.things:
            x, y, width, height, _ = thing.box
            assert 0 <= x < x + width <= scan.image.width and 0 <= y < y + height <= scan.image.height
    samples = (FOLDERS[name] / "samples.jsonl").read_text("utf-8").split("\n")
    sizes = [(s["width"], s["height"]) for s in (json.loads(line) for line in samples if line)]
    assert sizes == [scan.image.size for scan in scans(name).values()]


def test_sound_parts_have_no_defect() -> None:
    parts = list(scans("defect-detection").values())
    assert [at for at, part in enumerate(parts) if not part.things] == list(SOUND)


def test_the_grades_of_machines_are_those_of_the_guidelines() -> None:
    for (status, place, degrees, severity), scan in zip(
        MACHINES, scans("predictive-maintenance").values(), strict=True
    ):
        grade = next(
            g for most, g in ((60, "NONE"), (80, "LOW"), (95, "MEDIUM"), (999, "HIGH")) if degrees <= most
        )
        assert severity == grade
        assert (status == "NORMAL") is (severity == "NONE") is (not scan.things)
        assert (status, place) != ("WINDING_OVERHEATING", "TERMINAL_BOX")


def test_every_word_of_a_document_is_in_its_box_and_none_outside() -> None:
    for paper, scan in zip(PAPERS, scans("ocr-documents").values(), strict=True):
        ink = (pixels(scan.image) != pixels(scan.image)[0, 0]).any(axis=2)
        assert len(scan.things) == len(paper)
        for thing in scan.things:
            x, y, width, height, _ = (int(n) for n in thing.box)
            box = ink[y : y + height, x : x + width]
            assert box.any()
            box[:] = False
        assert not ink.any()


@pytest.mark.parametrize("file", [f"{name}.webm" for name in NAMES])
@pytest.mark.parametrize("name", TEMPLATES)
def test_films_show_what_their_description_makes(name: str, file: str) -> None:
    film = cv2.VideoCapture(str(FOLDERS[name] / "media" / file))
    assert (film.get(cv2.CAP_PROP_FRAME_WIDTH), film.get(cv2.CAP_PROP_FRAME_HEIGHT)) == SMALL
    assert film.get(cv2.CAP_PROP_FPS) == RATE
    colours = np.array([PALETTE[name][::-1] for name in COLOURS], int)
    ground, shown = frames(name)[file]
    assert len(shown) == LENGTH
    for wanted in rows(ground, shown):
        ok, picture = film.read()
        assert ok
        # Compression blurs edges: all but a few pixels are near to their colour.
        off = abs(picture.astype(int) - colours[np.array([list(row) for row in wanted])]).max(axis=2)
        assert (off > 60).mean() < 0.03
    assert not film.read()[0]
    film.release()


def test_deeds_fill_each_film_in_which_somebody_is() -> None:
    template = load_template(FOLDERS["activity-recognition"])
    for clip in CLIPS:
        assert clip.activity in template.controls["activity"].labels
        assert {deed.action for deed in clip.deeds} <= set(template.controls["actions"].labels)
        ends = [0, *(deed.end for deed in clip.deeds)]
        assert [deed.start for deed in clip.deeds] == ends[:-1]
        assert ends[-1] == (0 if clip.activity == "NOBODY" else LENGTH)
    assert Deed("WALKING", 25, 50).seconds == (1.0, 2.0)
