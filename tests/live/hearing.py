"""Answers about a sound in the real page: a label is picked, and the mouse is dragged over the waveform."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.live.answering import BY_HAND, Hand, Result
from tests.live.browser import WAIT, Page

SOUND = "Htx.annotationStore.selected.objects.find(o => o.type === 'audio')._ws"
READY = f"() => {{ const s = {SOUND}; return s && s.loaded && s.duration > 0; }}"
WAVE = """() => {
  const box = document.querySelector('canvas').getBoundingClientRect();
  return [box.left, box.top, box.width, box.height];
}"""
# Whether the picture shows a sound: the colour changes along some line beside the middle, right of the
# cursor and above the handle. A silent or empty picture is one colour there.
DRAWN = """() => {
  const canvas = document.querySelector('canvas');
  const { width, height } = canvas;
  const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, width, height).data.buffer);
  let most = 0;
  for (let y = Math.ceil(0.45 * height); y < 0.75 * height; y++) {
    let changes = 0;
    for (let x = 20; x < width; x++) changes += pixels[y * width + x] !== pixels[y * width + x - 1];
    most = Math.max(most, changes);
  }
  return most >= 2;
}"""
SELECTED = "count => Htx.annotationStore.selected.selectedRegions.length === count"
ABOVE_FOOT = 30  # pixels: the lower end of the picture holds a handle
CLOSE = 0.02  # seconds: some pixels of the picture


def listen(page: Page) -> float:
    """Wait until the sound is loaded; returns its length in seconds."""
    page.page.wait_for_function(READY, timeout=WAIT)
    return float(page.page.evaluate(f"() => {SOUND}.duration"))


def see(page: Page) -> None:
    """Wait until the sound, which is not silent, is drawn."""
    page.page.wait_for_function(DRAWN, timeout=WAIT)


def play(page: Page) -> None:
    """Press the play button and hear all of it; a drag would move the cursor if it came across it."""
    page.page.locator("[data-testid='playback-button:play'], button[aria-label='play']").first.click()
    page.page.wait_for_function(f"() => {SOUND}.currentTime > 0.1", timeout=WAIT)
    ended = f"() => {SOUND}.currentTime > {SOUND}.duration - 0.1 && !{SOUND}.playing"
    page.page.wait_for_function(ended, timeout=WAIT)


class Listener(Hand):
    """A hand that answers about a sound. ``length`` is the sound's, in seconds."""

    def __init__(self, page: Page, config: str, keys: bool) -> None:
        super().__init__(page, config, {}, keys)
        self.length = listen(page)
        self.times: dict[str, tuple[float, float]] = {}  # of each region made so far, by its stored id
        self._hands: dict[str, Callable[[dict[str, Any]], None]] = {
            "labels": self._stretch,
            "textarea": self._words,
            "rating": self._stars,
        }

    def answer(self, result: Result) -> None:
        """Make every item of a result, in its order."""
        for item in result:
            made = self._hands.get(item["type"])
            if made is None:
                BY_HAND[item["type"]](self, item)
            else:
                made(item)

    def _stretch(self, item: dict[str, Any]) -> None:
        value = item["value"]
        (label,) = value["labels"]
        if self.keys:
            self.page.press(self.hotkeys[label])
        else:
            self.page.label(label)
        left, y = self._at(value["start"])
        right, _ = self._at(value["end"])
        mouse = self.page.page.mouse
        with self.page._region():
            mouse.move(left, y)
            mouse.down()
            mouse.move((left + right) / 2, y, steps=5)
            mouse.move(right, y, steps=5)
            mouse.up()
        self.page.press("u")
        self.times[item["id"]] = (value["start"], value["end"])

    def _words(self, item: dict[str, Any]) -> None:
        self.select(item)
        for text in item["value"]["text"]:
            self.page.write(item["from_name"], text)
        self._leave(item)

    def _stars(self, item: dict[str, Any]) -> None:
        self.select(item)
        self.page.rate(item["value"]["rating"])
        self._leave(item)

    def select(self, item: dict[str, Any]) -> None:
        """Click the region of an item, if it has one."""
        if item["id"] in self.times:
            start, end = self.times[item["id"]]
            x, y = self._at((start + end) / 2)
            self.page.page.mouse.click(x, y)
            self.page.page.wait_for_function(SELECTED, arg=1, timeout=WAIT)

    def _leave(self, item: dict[str, Any]) -> None:
        if item["id"] in self.times:
            self.page.unselect()

    def _at(self, seconds: float) -> tuple[float, float]:
        """Where a moment of the sound is on the page."""
        left, top, width, height = self.page.page.evaluate(WAVE)
        return left + width * seconds / self.length, top + height - ABOVE_FOOT


def same_about_sound(made: Result, wanted: Result) -> bool:
    """Whether two results say the same: ids are random, and a drag is right to a few pixels."""
    return len(made) == len(wanted) and all(
        _words(a) == _words(b) and _near(a["value"], b["value"])
        for a, b in zip(_ordered(made), _ordered(wanted), strict=True)
    )


def _ordered(result: Result) -> Result:
    return sorted(result, key=lambda r: (r["from_name"], r["value"].get("start", 0)))


def _words(item: dict[str, Any]) -> str:
    value = {k: v for k, v in item["value"].items() if k not in {"start", "end"}}
    rest = {k: v for k, v in item.items() if k not in {"id", "value", "original_length"}}
    return json.dumps([value, rest], sort_keys=True)


def _near(made: dict[str, Any], wanted: dict[str, Any]) -> bool:
    if made.keys() != wanted.keys():
        return False
    return all(abs(made[k] - wanted[k]) <= CLOSE for k in ("start", "end") if k in made)
