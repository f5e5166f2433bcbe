"""Drives Label Studio's page as a person does; every step waits for what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.live.server import PASSWORD, Server

SIZE = {"width": 1400, "height": 900}
WAIT = 30_000  # milliseconds
# Serialised as the front end would submit it: what it made of what the server stored.
SERIALISE = "() => JSON.parse(JSON.stringify(Htx.annotationStore.selected.serializeAnnotation()))"
SELECT = """([control, start, end]) => {
  const root = document.querySelector('[data-testid=\"' + control + '\"]')
    || document.querySelector('.lsf-object.lsf-richtext, .lsf-richtext, .htx-richtext');
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let node, seen = 0, range = document.createRange(), begun = false;
  while ((node = walker.nextNode())) {
    const length = node.textContent.length;
    if (!begun && start < seen + length) { range.setStart(node, start - seen); begun = true; }
    if (begun && end <= seen + length) { range.setEnd(node, end - seen); break; }
    seen += length;
  }
  const boxes = range.getClientRects();
  const first = boxes[0], last = boxes[boxes.length - 1];
  return [first.left + 1, first.top + first.height / 2, last.right - 1, last.top + last.height / 2];
}"""


class Page:
    """One annotator's page. A new context each time: local storage would carry settings over."""

    def __init__(self, page: Any, server: Server) -> None:
        self.page = page
        self.server = server

    def login(self, email: str) -> None:
        """Log in through the form."""
        self.page.goto(f"{self.server.url}/user/login/")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("button[type=submit]")
        self.page.wait_for_url(lambda url: "/user/login" not in url, timeout=WAIT)

    def open(self, project: int, task: int) -> None:
        """Open one task and wait until it can be answered."""
        self.page.goto(f"{self.server.url}/projects/{project}/data?task={task}")
        self.page.wait_for_selector("button:has-text('Submit'), button:has-text('Update')", timeout=WAIT)
        ready = "() => window.Htx && Htx.annotationStore && Htx.annotationStore.selected"
        self.page.wait_for_function(ready, timeout=WAIT)

    def choose(self, text: str) -> None:
        """Click a choice by its words."""
        self.page.locator(f".lsf-choices label:has-text('{text}'), label:has-text('{text}')").first.click()

    def press(self, key: str) -> None:
        """Press a hotkey."""
        self.page.keyboard.press(key)

    def write(self, control: str, text: str, add: bool = True) -> None:
        """Type into a text area; ``add`` makes it an answer of its own with Shift+Enter."""
        field = self.page.locator(f"textarea[name='{control}'], input[name='{control}']").first
        field.fill(text)
        if add:
            is_area = field.evaluate("e => e.tagName") == "TEXTAREA"
            field.press("Shift+Enter" if is_area else "Enter")

    def number(self, value: float, nth: int = 0) -> None:
        """Type into a number field."""
        self.page.locator("input[type=number]").nth(nth).fill(str(value))

    def rate(self, stars: int, nth: int = 0) -> None:
        """Click a star of a rating."""
        self.page.locator(".ant-rate").nth(nth).locator(".ant-rate-star").nth(stars - 1).click()

    def taxonomy(self, path: list[str]) -> None:
        """Open a taxonomy's tree along a path and tick its last part."""
        self.page.click(".htx-taxonomy .ant-select-selector")
        for part in path[:-1]:
            node = self.page.locator(f".ant-select-tree-treenode:has-text('{part}')").first
            node.locator(".ant-select-tree-switcher_close").click()
        last = self.page.locator(f".ant-select-tree-treenode:has-text('{path[-1]}')").last
        last.locator(".ant-select-tree-checkbox").click()
        self.page.click(".htx-taxonomy .ant-select-selector")

    def mark(self, label: str, start: int, end: int, control: str = "") -> None:
        """Pick a label and drag over the text's UTF-16 positions [start, end)."""
        self.page.locator(f".lsf-label:has-text('{label}')").first.click()
        left, top, right, bottom = self.page.evaluate(SELECT, [control, start, end])
        mouse = self.page.mouse
        mouse.move(left, top)
        mouse.down()
        mouse.move((left + right) / 2, (top + bottom) / 2, steps=4)
        mouse.move(right, bottom, steps=4)
        mouse.up()
        self.page.wait_for_function("() => Htx.annotationStore.selected.regions.length > 0", timeout=WAIT)

    def serialised(self) -> list[dict[str, Any]]:
        """The open annotation as the front end would send it."""
        found: list[dict[str, Any]] = self.page.evaluate(SERIALISE)
        return found

    def submit(self) -> dict[str, Any]:
        """Submit and return what the server stored."""
        return self._send("Submit", "POST")

    def update(self) -> dict[str, Any]:
        """Update and return what the server stored."""
        return self._send("Update", "PATCH")

    def _send(self, button: str, method: str) -> dict[str, Any]:
        def ours(answer: Any) -> bool:
            return answer.request.method == method and "/annotations" in answer.url

        with self.page.expect_response(ours, timeout=WAIT) as waiting:
            self.page.click(f"button:has-text('{button}')")
        assert waiting.value.ok, f"{button}: HTTP {waiting.value.status}"
        stored: dict[str, Any] = waiting.value.json()
        return stored


@contextmanager
def opened(chromium: Any, server: Server, email: str, screenshots: Path) -> Iterator[Page]:
    """A logged-in page; a picture of it is kept when a step fails."""
    context = chromium.new_context(viewport=SIZE)
    context.set_default_timeout(WAIT)
    page = Page(context.new_page(), server)
    try:
        page.login(email)
        yield page
    except BaseException:
        screenshots.mkdir(parents=True, exist_ok=True)
        page.page.screenshot(path=str(screenshots / "failure.png"))
        raise
    finally:
        context.close()
