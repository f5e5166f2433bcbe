"""Answers about a film in the real page: an action is picked, and the mouse is dragged over its frames."""

from __future__ import annotations

from typing import Any

from tests.live.answering import BY_HAND, Hand, Result
from tests.live.browser import WAIT, Page

# So wide that every frame of a sample has its column on the page.
WIDE = {"width": 1700, "height": 1000}
READY = """() => {
  const film = Htx.annotationStore.selected.objects.find(o => o.type === 'video');
  return Boolean(film) && film.length > 1;
}"""
# The row of the action that was picked last: its frames, from the left edge of the first.
ROW = """() => {
  const row = document.querySelector('.lsf-keypoints_selected .lsf-keypoints__keypoints');
  if (!row) return null;
  row.scrollIntoView({ block: 'nearest' });
  const box = row.getBoundingClientRect();
  return [box.left, box.top + box.height / 2];
}"""
COLUMN = 16  # pixels of the page that a frame takes


def watch(page: Page) -> None:
    """Wait until the film is loaded."""
    page.page.wait_for_function(READY, timeout=WAIT)


class Viewer(Hand):
    """A hand that answers about a film."""

    def __init__(self, page: Page, config: str, keys: bool) -> None:
        super().__init__(page, config, {}, keys)
        watch(page)

    def answer(self, result: Result) -> None:
        """Make every item of a result, in its order."""
        for item in result:
            if item["type"] == "timelinelabels":
                self._stretch(item)
            else:
                BY_HAND[item["type"]](self, item)

    def _stretch(self, item: dict[str, Any]) -> None:
        (label,), (stretch,) = item["value"]["timelinelabels"], item["value"]["ranges"]
        if self.keys:
            self.page.press(self.hotkeys[label])
        else:
            self.page.label(label)
        left, y = self.page.page.wait_for_function(ROW, timeout=WAIT).json_value()
        first, last = (left + COLUMN * (stretch[end] - 0.5) for end in ("start", "end"))
        mouse = self.page.page.mouse
        with self.page._region():
            mouse.move(first, y)
            mouse.down()
            mouse.move((first + last) / 2, y, steps=5)
            mouse.move(last, y, steps=5)
            mouse.up()
        self.page.unselect()
