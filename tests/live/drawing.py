"""Draws in the real page with the mouse, and looks at the pixels that it shows.

Positions are given in pixels of the image or film; where they are on the page is taken from where the page
shows the picture, not from what the annotation tool makes of it.
"""

from __future__ import annotations

from math import atan2, cos, hypot, radians, sin
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from tests.live.browser import WAIT, Page

Point = tuple[float, float]
Result = list[dict[str, Any]]
# Types of results that are drawn here.
BY_MOUSE = {
    *("rectanglelabels", "polygonlabels", "brushlabels", "keypointlabels", "videorectangle"),
    "timelinelabels",  # see filming
}
PICTURE = """() => {
  const found = [...document.querySelectorAll('img')].find(i => i.alt === 'image');
  if (!found || !found.naturalWidth) return null;
  const stage = document.querySelector('.konvajs-content');
  if (stage) stage.scrollIntoView({ block: 'nearest' });
  const box = found.getBoundingClientRect();
  return [box.left, box.top, box.width, box.height, found.naturalWidth, found.naturalHeight];
}"""
# The frame of the film on the page: as large as it is, in the middle of its stage.
FILM = """() => {
  const film = document.querySelector('video'), stage = document.querySelector('.konvajs-content');
  if (!film || !film.videoWidth || !stage) return null;
  const box = stage.getBoundingClientRect(), w = film.videoWidth, h = film.videoHeight;
  return [box.left + (box.width - w) / 2, box.top + (box.height - h) / 2, w, h, w, h];
}"""
HANDLE = """name => {
  const handle = Konva.stages.flatMap(s => s.find('.' + name))[0];
  if (!handle) return null;
  const box = handle.getStage().container().getBoundingClientRect(), at = handle.getAbsolutePosition();
  return [box.left + at.x, box.top + at.y];
}"""
SHOWS = """frame => {
  const film = Htx.annotationStore.selected.objects.find(o => o.type === 'video');
  return film.length > 1 && film.frame === frame;
}"""
SELECTED = "n => Htx.annotationStore.selected.selectedRegions.length === n"
NEAR = 12  # of 255: how far a colour may be off where a page scales a picture


class Drawer:
    """A mouse over the picture of the open page. ``where``: "image" or "video"."""

    def __init__(self, page: Page, where: str = "image") -> None:
        self.page = page
        script = self._script = PICTURE if where == "image" else FILM
        # The page moves the picture until everything about it is loaded.
        before, now = None, page.page.wait_for_function(script, timeout=WAIT).json_value()
        while now != before:
            page.page.wait_for_timeout(400)
            before, now = now, page.page.evaluate(script)
        self.left, self.top, self.wide, self.tall, self.width, self.height = now

    @property
    def pixel(self) -> float:
        """How much of the picture's pixels one of the page's is: no mouse places anything nearer."""
        return float(self.width / self.wide)

    def at(self, point: Point) -> Point:
        """Where a point of the picture is on the page, which scrolls when answers are given below it."""
        self.left, self.top = self.page.page.evaluate(self._script)[:2]
        return self.left + point[0] * self.wide / self.width, self.top + point[1] * self.tall / self.height

    def drag(self, *points: Point) -> None:
        """Press the button at the first point, release it at the last."""
        self._drag([self.at(p) for p in points])

    def _drag(self, points: list[Point]) -> None:
        mouse = self.page.page.mouse
        mouse.move(*points[0])
        mouse.down()
        for point in points[1:]:
            mouse.move(*point, steps=10)
        self.page.page.wait_for_timeout(100)
        mouse.up()

    def click(self, point: Point, key: str = "") -> None:
        """Click a point, with a key held down."""
        keyboard = self.page.page.keyboard
        if key:
            keyboard.down(key)
        self.page.page.mouse.click(*self.at(point))
        if key:
            keyboard.up(key)

    def box(self, label: str, x: float, y: float, width: float, height: float) -> None:
        """Pick a label and drag a box over the picture."""
        with self.page._region():
            self.page.label(label)
            self.drag((x, y), (x + width, y + height))

    def polygon(self, label: str, points: tuple[Point, ...]) -> None:
        """Pick a label, click every corner and the first one again."""
        with self.page._region():
            self.page.label(label)
            for point in points:
                self.click(point)
                self.page.page.wait_for_timeout(300)  # two clicks in a hurry are a double click
            self.click(points[0])

    def point(self, label: str, point: Point) -> None:
        """Pick a label and set a point, also inside a box: that is what the key is for."""
        with self.page._region():
            self.page.label(label)
            self.click(point, "Control")

    def select(self, point: Point) -> None:
        """Click a region."""
        self.click(point)
        self.page.page.wait_for_function(SELECTED, arg=1, timeout=WAIT)

    def select_listed(self, label: str) -> None:
        """Click the newest region of a label in the list beside the picture: a point is hard to hit."""
        self.page.page.locator(".lsf-outliner-item", has_text=label).last.click()
        self.page.page.wait_for_function(SELECTED, arg=1, timeout=WAIT)

    def turn(self, centre: Point, degrees: float) -> None:
        """Turn the selected box by its handle, clockwise about its centre."""
        handle = self.page.page.wait_for_function(HANDLE, arg="rotater", timeout=WAIT).json_value()
        (cx, cy), (hx, hy) = self.at(centre), handle
        far, begin = hypot(hx - cx, hy - cy), atan2(hy - cy, hx - cx)
        steps = [begin + radians(degrees) * n / 12 for n in range(13)]
        self._drag([(cx + far * cos(a), cy + far * sin(a)) for a in steps])

    def wait_for(self, frame: int) -> None:
        """Wait until the film is loaded and shows a frame, counted from 0."""
        self.page.page.wait_for_function(SHOWS, arg=frame + 1, timeout=WAIT)
        self.page.page.wait_for_timeout(300)  # its picture comes a moment after its number

    def look(self) -> NDArray[Any]:
        """The colours (red, green, blue) that the page shows at the middle of each pixel of the picture.

        Pixels that the page does not show have the colour of the nearest that it does.
        """
        shot = self.page.page.screenshot()
        picture = cv2.imdecode(np.frombuffer(shot, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        xs, ys = (np.arange(n) + 0.5 for n in (int(self.width), int(self.height)))
        columns = np.clip(self.left + xs * self.wide / self.width, 0, picture.shape[1] - 1).astype(int)
        rows = np.clip(self.top + ys * self.tall / self.height, 0, picture.shape[0] - 1).astype(int)
        return np.asarray(picture[np.ix_(rows, columns)][:, :, ::-1].astype(int))


def extent(seen: NDArray[Any], colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of what is of a colour."""
    ys, xs = np.nonzero((abs(seen - np.array(colour)) < NEAR).all(axis=2))
    return int(xs.min()), int(ys.min()), int(xs.max() - xs.min() + 1), int(ys.max() - ys.min() + 1)
