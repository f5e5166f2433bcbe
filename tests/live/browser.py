"""Drives Label Studio's page as a person does; every step waits for what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.live.server import PASSWORD, Server

SIZE = {"width": 1400, "height": 900}
WAIT = 90_000  # milliseconds
# Serialised as the front end would submit it: what it made of what the server stored.
SERIALISE = "() => JSON.parse(JSON.stringify(Htx.annotationStore.selected.serializeAnnotation()))"
REGIONS = "() => Htx.annotationStore.selected.regions.length"
SHOW = """number => {
  const store = Htx.annotationStore;
  store.selectAnnotation(store.annotations.find(a => String(a.pk) === String(number)).id);
}"""
WRITTEN = """([control, text]) => Htx.annotationStore.selected.serializeAnnotation().some(
  r => r.from_name === control && r.value.text.includes(text))"""
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

COLUMNS = """() => [...document.querySelectorAll('.htx-ranker-column')].map(
  c => [...c.querySelectorAll('.htx-ranker-item')].map(e => e.dataset.rankerId))"""


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
        self._labeling(f"projects/{project}/data?task={task}")

    def _labeling(self, path: str) -> None:
        self.page.goto(f"{self.server.url}/{path}")
        self.page.wait_for_selector("button:has-text('Submit'), button:has-text('Update')", timeout=WAIT)
        # What is typed before the last answer has come is lost: the page makes the annotation anew.
        self.page.wait_for_load_state("networkidle", timeout=WAIT)
        ready = "() => window.Htx && Htx.annotationStore && Htx.annotationStore.selected"
        self.page.wait_for_function(ready, timeout=WAIT)

    def choose(self, text: str) -> None:
        """Click a choice by its exact value; words would also find NO in "Invoice no."."""
        self.page.locator(f"label:has(input[name='{text}'])").click()

    def press(self, key: str) -> None:
        """Press a hotkey; not into a field that has the focus."""
        self.page.evaluate("() => document.activeElement && document.activeElement.blur()")
        self.page.keyboard.press(key)

    def write(self, control: str, text: str, add: bool = True) -> None:
        """Type into a text area; ``add`` makes it an answer of its own with Shift+Enter."""
        field = self.page.locator(f"textarea[name='{control}'], input[name='{control}']").first
        field.fill(text)
        if add:
            is_area = field.evaluate("e => e.tagName") == "TEXTAREA"
            field.press("Shift+Enter" if is_area else "Enter")
            self.page.wait_for_function(WRITTEN, arg=[control, text], timeout=WAIT)

    def number(self, value: float, nth: int = 0) -> None:
        """Type into a number field."""
        self.page.locator("input[type=number]").nth(nth).fill(str(value))

    def date(self, control: str, value: str) -> None:
        """Fill in a date, YYYY-MM-DD."""
        self.page.fill(f"input[name='{control}-date']", value)

    def rate(self, stars: int, nth: int = 0) -> None:
        """Click a star of a rating."""
        self.page.locator(".ant-rate").nth(nth).locator(".ant-rate-star").nth(stars - 1).click()

    def prefer(self, words: str) -> None:
        """Click the one of a pair that has these words."""
        self.page.locator(".lsf-richtext__line").get_by_text(words, exact=True).click()

    def rank(self, wanted: dict[str, list[str]], keys: bool) -> None:
        """Bring a ranker's columns, named in the page's order, to the wanted order by drags or keys."""
        for column, names in enumerate(wanted.values()):
            for place, name in enumerate(names):
                now: list[list[str]] = self.page.evaluate(COLUMNS)
                if now[column][place : place + 1] == [name]:
                    continue
                if keys and name in now[column]:
                    self._lift(name, now[column].index(name) - place)
                else:
                    self._carry(name, column, place)
                moved = f"([c, p, n]) => ({COLUMNS})()[c][p] === n"
                self.page.wait_for_function(moved, arg=[column, place, name], timeout=WAIT)

    def _lift(self, name: str, steps: int) -> None:
        """Move an entry up with the keyboard, as the page's own help says."""
        self.page.locator(f"[data-ranker-id='{name}']").focus()
        for key in (" ", *["ArrowUp"] * steps, " "):
            self.page.keyboard.press(key)
            self.page.wait_for_timeout(250)  # each move is animated, and the next key waits for it

    def _carry(self, name: str, column: int, place: int) -> None:
        """Drag an entry with the mouse to a place of a column."""
        item = self.page.locator(f"[data-ranker-id='{name}']")
        item.scroll_into_view_if_needed()
        target = self.page.locator(".htx-ranker-column").nth(column)
        others = target.locator(".htx-ranker-item")
        to = others.nth(place).bounding_box() if place < others.count() else target.bounding_box()
        box = item.bounding_box()
        mouse = self.page.mouse
        mouse.move(box["x"] + 30, box["y"] + 12)
        mouse.down()
        mouse.move(box["x"] + 36, box["y"] + 4, steps=4)
        mouse.move(to["x"] + 40, to["y"] + 6, steps=12)
        self.page.wait_for_timeout(250)
        mouse.up()

    def taxonomy(self, path: list[str]) -> None:
        """Open a taxonomy's tree along a path and tick its last part."""
        self.page.click(".htx-taxonomy .ant-select-selector")
        for part in path[:-1]:
            node = self.page.locator(f".ant-select-tree-treenode:has-text('{part}')").first
            node.locator(".ant-select-tree-switcher_close").click()
        last = self.page.locator(f".ant-select-tree-treenode:has-text('{path[-1]}')").last
        last.locator(".ant-select-tree-checkbox").click()
        self.page.click(".htx-taxonomy .ant-select-selector")

    def label(self, label: str) -> None:
        """Pick a label by clicking it."""
        self.page.locator(f".lsf-label:has-text('{label}')").first.click()

    def mark(self, label: str, start: int, end: int, control: str = "") -> None:
        """Pick a label and drag over the text's UTF-16 positions [start, end)."""
        with self._region():
            self.label(label)
            self.drag(start, end, control)

    def drag(self, start: int, end: int, control: str = "") -> None:
        """Drag over the text's UTF-16 positions [start, end); the label is picked already."""
        left, top, right, bottom = self.page.evaluate(SELECT, [control, start, end])
        mouse = self.page.mouse
        mouse.move(left, top)
        mouse.down()
        mouse.move((left + right) / 2, (top + bottom) / 2, steps=4)
        mouse.move(right, bottom, steps=4)
        mouse.up()

    def mark_word(self, key: str, start: int, end: int) -> None:
        """Pick a label by its hotkey and double-click the word at the UTF-16 positions [start, end)."""
        with self._region():
            self.press(key)
            left, top, right, bottom = self.page.evaluate(SELECT, ["", start, end])
            self.page.mouse.dblclick((left + right) / 2, (top + bottom) / 2)

    def mark_turn(self, label: str, turn: int) -> None:
        """Pick a label and click the frame beside a turn, which marks all of it."""
        with self._region():
            self.label(label)
            frame = self.page.get_by_test_id(f"phrase:{turn}").locator("button[aria-label^='Label whole']")
            frame.click()

    def select_region(self, words: str) -> None:
        """Click a marked piece of text."""
        self.page.locator(".htx-highlight", has_text=words).first.click()
        self.page.wait_for_function("() => Htx.annotationStore.selected.selectedRegions.length === 1")

    def unselect(self) -> None:
        """Leave the selected region."""
        self.press("u")
        self.page.wait_for_function("() => Htx.annotationStore.selected.selectedRegions.length === 0")

    def link(self, head: str, tail: str, label: str) -> None:
        """Draw a relation between two marked pieces of text, and label it in the side panel."""
        self.select_region(head)
        self.press("Alt+r")
        self.page.locator(".htx-highlight", has_text=tail).first.click()
        self.page.wait_for_function("() => Htx.annotationStore.selected.relationStore.relations.length > 0")
        self.page.locator(".lsf-panel-tabs__tab:visible:has-text('Relations')").click()
        item = self.page.locator(".lsf-relations__item").last
        item.hover()
        item.locator("button:visible").first.click()
        item.get_by_text("Select labels").click()
        self.page.get_by_role("option", name=label).click()

    def select_annotation(self, number: int) -> None:
        """Show one stored annotation; one that is not shown is serialised without its texts."""
        self.page.evaluate(SHOW, number)
        shown = "n => String(Htx.annotationStore.selected.pk) === String(n)"
        self.page.wait_for_function(shown, arg=number, timeout=WAIT)

    @contextmanager
    def _region(self) -> Iterator[None]:
        """Wait until what happens inside has made one more region."""
        before = self.page.evaluate(REGIONS)
        yield
        self.page.wait_for_function(f"before => ({REGIONS})() > before", arg=before, timeout=WAIT)

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

    def skip(self) -> dict[str, Any]:
        """Skip the task; what the server stored."""
        return self._send("Skip", "POST")

    def delete(self) -> None:
        """Delete the selected annotation by its menu, and say yes."""
        self.page.locator(".lsf-annotation-button_selected .lsf-annotation-button__trigger").click()
        self.page.get_by_text("Delete Annotation").click()
        ours = "**/api/annotations/*"
        with self.page.expect_response(ours, timeout=WAIT) as waiting:
            self.page.get_by_role("button", name="Delete", exact=True).click()
        assert waiting.value.ok and waiting.value.request.method == "DELETE"

    def stream(self, project: int) -> None:
        """Open the next task that is to be answered, as "Label All Tasks" does; put the guidelines away."""
        self._labeling(f"projects/{project}/data?labeling=1")
        shown = self.page.locator(".lsf-modal-ls_visible")
        shown.get_by_role("button").first.click()
        shown.wait_for(state="detached")

    def delete_tasks(self, project: int, tasks: list[int]) -> None:
        """Tick rows of the list of tasks, and delete them by its menu."""
        self.page.goto(f"{self.server.url}/projects/{project}/data")
        for task in tasks:
            box = self.page.get_by_label(f"Select Task {task}", exact=True)
            box.click(force=True)
            box.wait_for(state="detached")  # a ticked one has another name
        self.page.get_by_role("button", name="Tasks Actions").click()
        self.page.get_by_text("Delete Tasks").click()
        sure = self.page.locator("[class*=modal] button:visible").get_by_text("Delete Tasks", exact=True)
        with self.page.expect_response("**/api/dm/actions?*id=delete_tasks*", timeout=WAIT) as waiting:
            sure.click()
        assert waiting.value.ok

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
        if email in server.cookies:
            context.add_cookies(server.cookies[email])
        else:
            page.login(email)
            server.cookies[email] = context.cookies()
        yield page
    except BaseException:
        screenshots.mkdir(parents=True, exist_ok=True)
        page.page.screenshot(path=str(screenshots / "failure.png"))
        raise
    finally:
        context.close()
