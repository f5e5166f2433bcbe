"""What is drawn by mouse in the real page, from the pixels that the page shows to training files.

Every picture is made from a scene, so that the true place of what it shows is known; the drawn shape may
be off by one pixel of the page, the nearest that a mouse can come.
"""

from __future__ import annotations

import csv
import json
from math import dist
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pictures import FILMS, FRAMES, JOINTS, MAKERS, PALETTE, Thing, films, scenes, turned
from pycocotools import mask as coco_mask
from tests.live.browser import Page, opened
from tests.live.command import Labelwright
from tests.live.drawing import BY_MOUSE, Drawer, Result, extent
from tests.live.server import ANNOTATORS, Server

from labelwright.registry import template_folders

pytestmark = pytest.mark.live
ANN, BOB, CEM = ANNOTATORS
FOLDERS = {n: f for n, f in template_folders().items() if n in {*MAKERS, FILMS} and n != "cuboids"}


@pytest.fixture
def screen(chromium: Any, server: Server, screenshots: Path) -> Any:
    """A logged-in page."""
    with opened(chromium, server, ANN, screenshots) as page:
        yield page


class Project:
    """A project of a template's samples on the server, to be opened, pulled and converted."""

    def __init__(self, labelwright: Labelwright, server: Server, name: str, folder: Path) -> None:
        self.labelwright, self.server, self.name, self.folder = labelwright, server, name, folder
        made = ("install", "label-studio", name, "--project", f"Drawn {name}", "--items", "samples", "--json")
        self.number = labelwright(*made).json["project"]
        self.tasks = server.tasks(self.number)

    def converted(self, target: str, file: str, *more: str) -> Path:
        """What is drawn, pulled and written as a format. A loss must be allowed by name."""
        pulled, out = self.folder / "pulled", self.folder / file
        self.labelwright("pull", "label-studio", self.number, "-o", pulled)
        convert = ("convert", pulled, "-t", self.name, "--to", target, "-o", out, "--no-gate", "--force")
        self.labelwright(*convert, *more)
        assert not [p for p in pulled.iterdir() if p.is_file() and b"@example.com" in p.read_bytes()]
        return out


@pytest.fixture
def project(
    request: pytest.FixtureRequest, labelwright: Labelwright, server: Server, tmp_path: Path
) -> Project:
    return Project(labelwright, server, request.param, tmp_path)


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("project", [name], indirect=True, ids=[""])


def _opened(page: Page, project: Project, file: str) -> tuple[Drawer, tuple[Thing, ...]]:
    """The page of a picture, and what it shows."""
    at = list(scenes(project.name)).index(file)
    page.open(project.number, project.tasks[at])
    return Drawer(page), scenes(project.name)[file]


def _coco(path: Path) -> list[dict[str, Any]]:
    file = path if path.is_file() else next(path.rglob("*.json"))
    found: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))["annotations"]
    return found


@of("object-detection")
def test_a_box_is_where_the_page_shows_it(project: Project, screen: Page) -> None:
    draw, (thing, *_) = _opened(screen, project, "north.png")
    # What is seen is what was painted; a scaled picture has soft edges.
    assert extent(draw.look(), PALETTE[thing.colour]) == pytest.approx(thing.box[:4], abs=1)
    x, y, width, height, _ = thing.box
    draw.box("VEHICLE", x, y, width, height)
    draw.select((x + width / 2, y + height / 2))
    screen.choose("OCCLUDED")
    screen.choose("VAN")
    screen.unselect()
    screen.submit()
    (found,) = _coco(project.converted("coco", "boxes.json", "--allow-loss"))
    assert found["bbox"] == pytest.approx(thing.box[:4], abs=draw.pixel)
    assert {"visibility": "OCCLUDED", "vehicle_type": "VAN"}.items() <= found["attributes"].items()


@of("rotated-boxes")
def test_a_box_that_is_turned_by_its_handle_is_where_the_page_shows_it(
    project: Project, screen: Page
) -> None:
    draw, (thing, *_) = _opened(screen, project, "north.png")
    x, y, width, height, degrees = thing.box
    centre = (x + width / 2, y + height / 2)
    draw.box("SHIP", x, y, width, height)
    draw.select(centre)
    draw.turn(centre, degrees)
    screen.unselect()
    screen.submit()
    out = project.converted("yolo-obb", "turned", "--allow-loss")
    (file,) = [f for f in out.rglob("*.txt") if f.read_text().strip() and "labels" in f.parts]
    (line,) = file.read_text().splitlines()
    numbers = [float(n) for n in line.split()[1:]]
    corners = [(a * draw.width, b * draw.height) for a, b in zip(numbers[::2], numbers[1::2], strict=True)]
    wanted = turned(*thing.box)
    # A handle turns to about a degree; the four may begin anywhere.
    assert all(min(dist(c, w) for w in wanted) < 1.5 for c in corners)


@of("polygon-segmentation")
def test_a_polygon_has_the_corners_that_were_clicked(project: Project, screen: Page) -> None:
    draw, things = _opened(screen, project, "north.png")
    thing = next(t for t in things if t.label == "LEAF")
    draw.polygon("LEAF", thing.outline)
    screen.submit()
    (found,) = _coco(project.converted("coco", "outlines.json", "--allow-loss"))
    (ring,) = found["segmentation"]
    for point, wanted in zip(zip(ring[::2], ring[1::2], strict=True), thing.outline, strict=True):
        assert dist(point, wanted) < 1.5 * draw.pixel


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # in pycocotools
@of("mask-segmentation")
def test_a_mask_has_the_pixels_that_the_page_shows_painted(project: Project, screen: Page) -> None:
    draw, _ = _opened(screen, project, "east.png")
    before = draw.look()
    with screen._region():
        screen.label("STAIN")
        draw.drag((30, 30), (90, 60), (90, 90))
    screen.unselect()
    screen.page.mouse.move(5, 5)
    painted = (abs(draw.look() - before) > 20).any(axis=2).astype(np.uint8)
    screen.submit()
    (found,) = _coco(project.converted("coco", "masks.json", "--allow-loss"))
    segmentation = found["segmentation"]
    if isinstance(segmentation["counts"], list):
        segmentation = coco_mask.frPyObjects(segmentation, *segmentation["size"])
    mask = coco_mask.decode(segmentation)
    assert mask.shape == painted.shape and mask.sum() == found["area"] > 200
    # The brush's edge is soft and a screen's pixels are others: to one pixel they are the same.
    square = np.ones((3, 3), np.uint8)
    wide, narrow = cv2.dilate(mask, square), cv2.erode(mask, square)
    assert not (painted > wide).any() and not (narrow > painted).any()


@of("keypoints-pose")
def test_points_belong_to_the_person_whose_box_they_are_in(project: Project, screen: Page) -> None:
    draw, things = _opened(screen, project, "south.png")
    shown = {0: (0, 5, 6, 9), 1: (0, 5, 6)}  # joints by person, by number
    for at, thing in enumerate(things):
        x, y, width, height, _ = thing.box
        draw.box("PERSON", x, y, width, height)
        screen.unselect()
        for joint in shown[at]:
            draw.point(JOINTS[joint], thing.points[joint])
            screen.unselect()
            if joint == 6:
                draw.select_listed(JOINTS[joint])
                screen.choose("OCCLUDED")
                screen.unselect()
    screen.submit()
    found = _coco(project.converted("coco", "poses.json", "--allow-loss"))
    assert len(found) == len(things) == 2
    for one in found:
        at, thing = min(enumerate(things), key=lambda n: abs(n[1].box[0] - one["bbox"][0]))
        points = [one["keypoints"][n : n + 3] for n in range(0, len(one["keypoints"]), 3)]
        assert [n for n, p in enumerate(points) if p[2]] == list(shown[at])
        for joint in shown[at]:
            assert dist(points[joint][:2], thing.points[joint]) < 1.5 * draw.pixel
            assert points[joint][2] == (1 if joint == 6 else 2)


@of(FILMS)
def test_a_box_follows_what_the_film_shows(project: Project, screen: Page) -> None:
    (mover,) = films()["north.webm"]
    screen.open(project.number, project.tasks[0])
    draw = Drawer(screen, "video")
    draw.box("VEHICLE", *mover.box)
    at = 20
    for frame in (10, at):
        screen.press("Alt+ArrowRight")  # ten frames
        draw.wait_for(frame)
    seen = extent(draw.look(), PALETTE[mover.colour])
    # What the film shows has moved; the box is taken there.
    now = mover.place(at)
    assert seen == pytest.approx(now[:4], abs=2)
    x, y, width, height = mover.box
    draw.drag((x + width / 2, y + height / 2), (now[0] + width / 2, now[1] + height / 2))
    screen.unselect()
    screen.submit()
    out = project.converted("mot", "tracks", "--allow-loss")
    (file,) = [out] if out.is_file() else out.rglob("gt.txt")
    rows = [[float(n) for n in row[:6]] for row in csv.reader(file.read_text().splitlines())]
    assert [row[0] for row in rows] == [n + 1 for n in range(FRAMES)]
    for row in rows:
        place = mover.place(min(int(row[0]) - 1, at))
        assert row[2:6] == pytest.approx(place[:4], abs=1)
    assert len({row[1] for row in rows}) == 1


@pytest.mark.parametrize("name", FOLDERS)
def test_what_comes_with_a_template_is_to_the_page_as_if_drawn_there(
    name: str, labelwright: Labelwright, server: Server, screen: Page, tmp_path: Path
) -> None:
    project = Project(labelwright, server, name, tmp_path)
    export = json.loads((FOLDERS[name] / "export.json").read_text("utf-8"))
    task, shipped = project.tasks[2], export[2]["annotations"]
    stored = {server.annotate(task, one["result"], BOB): one["result"] for one in shipped[:2]}
    screen.open(project.number, task)
    for number, result in stored.items():
        screen.select_annotation(number)
        draw = Drawer(screen, "video" if name == FILMS else "image")
        if name == FILMS:
            draw.wait_for(0)
        assert _in_order(screen.serialised()) == _in_order(result)
    assert {r["type"] for t in export for a in t["annotations"] for r in a["result"]} <= BY_MOUSE | {
        "choices"
    }


def _in_order(result: Result) -> Result:
    return sorted(result, key=lambda item: (item["id"], item["from_name"]))
