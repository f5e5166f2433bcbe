"""The service's page in a real browser: on a desk, on a phone, in the dark, by keyboard, without scripts."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from service_pages import TOKEN, add_build, add_delivery, add_version, fill, served
from service_run import over_http

from labelwright.service.context import Service
from labelwright.service.lessons import Lessons

BACKGROUND = {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 23, 27)"}
REFRESHED = 60_000  # milliseconds; it looks every five seconds, and the machine may be busy
CHECK_WIDTHS = """() => [...document.querySelectorAll('main *')].filter(e => {
  const box = e.getBoundingClientRect();
  const inside = e.closest('.scroll, .unseen, .stack thead');
  return !inside && box.width && box.right > document.documentElement.clientWidth + 1; }).length"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with served(tmp_path / "service") as found:
        fill(found)
        yield found


@contextmanager
def tab(chromium: Any, said: list[str] | None = None, **context: Any) -> Iterator[Any]:
    """A tab that may say nothing on the console, unless what it says is asked for."""
    held = chromium.new_context(**{"viewport": {"width": 1200, "height": 900}, **context})
    page = held.new_page()
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("dialog", lambda dialog: heard.append(dialog.message))
    page.on("pageerror", lambda error: heard.append(str(error)))
    try:
        yield page
    finally:
        held.close()
    if said is None:
        assert heard == []
    else:
        said += heard


def enter(page: Any, url: str, path: str = "/") -> None:
    page.goto(f"{url}{path}")
    page.fill("#token", TOKEN)
    page.press("#token", "Enter")
    page.wait_for_url(f"{url}{path}")


def keep(page: Any, folder: Path, name: str) -> None:
    """A picture to look at, beside the test's other files."""
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(folder / f"{name}.png"), full_page=True)


@pytest.mark.live
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1200])
def test_pages_fit_every_screen(
    width: int, scheme: str, service: Service, chromium: Any, screenshots: Path
) -> None:
    with (
        over_http(service) as url,
        tab(chromium, viewport={"width": width, "height": 900}, color_scheme=scheme) as page,
    ):
        page.goto(url)
        keep(page, screenshots, "login")
        enter(page, url)
        for path in ("/", "/projects/emails", "/projects/replies"):
            page.goto(f"{url}{path}")
            keep(page, screenshots, f"page{path.replace('/', '-')}-{scheme}-{width}")
            page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") == width, path
            assert page.evaluate(CHECK_WIDTHS) == 0
            assert page.evaluate("getComputedStyle(document.body).backgroundColor") == BACKGROUND[scheme]
            for button in page.get_by_role("button").all():
                box = button.bounding_box()
                assert box and box["height"] >= 24 and box["width"] >= 24, "too small to be touched"


PREDICTOR = """
class Names:
    title = "Names of people and places that a long title tells of"
    inputs = ("text",)
    kinds = ("choice",)

    def __init__(self, asked):
        assert "broken" not in asked.folder, "the weights are missing"

    def predict(self, batch):
        return []

    def fit(self, items):
        return ""
"""


@pytest.mark.live
@pytest.mark.parametrize("width", [320, 1200])
def test_predictors_and_what_they_learnt_fit_every_screen(
    width: int, tmp_path: Path, chromium: Any, screenshots: Path
) -> None:
    (tmp_path / "names.py").write_text(PREDICTOR)
    told = {"predictor": "./names.py:Names", "template": "email-classification"}
    with served(tmp_path, {"predictors": {"names": told, "broken-names": told}}) as service:
        fill(service)
        lessons = Lessons(service.loaded.data, "names")
        lessons.learnt("emails", time.time() - 7200, 1234, "names-0+1", "right in 0.91 of 1,234 items")
        lessons.failed("replies", time.time(), f"too few answers: {'W' * 400}")
        with (
            over_http(service) as url,
            tab(chromium, viewport={"width": width, "height": 900}) as page,
        ):
            enter(page, url)
            row = page.get_by_role("row").filter(has_text="broken-names")
            row.get_by_text("the weights are missing").wait_for(timeout=REFRESHED)
            keep(page, screenshots, f"predictors-{width}")
            shown = page.locator("[data-part=predictors]").inner_text()
            assert "of 1,234 items of emails, 2 h ago: right in 0.91" in shown
            assert "of replies: nothing yet. Failed just now: too few answers" in shown
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.evaluate(CHECK_WIDTHS) == 0


@pytest.mark.live
def test_everything_is_done_by_keyboard(service: Service, chromium: Any) -> None:
    with over_http(service) as url, tab(chromium) as page:
        page.goto(f"{url}/projects/emails")
        assert page.evaluate("document.activeElement.id") == "token"
        page.keyboard.type(TOKEN)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{url}/projects/emails")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        assert skip.evaluate("e => e === document.activeElement") and skip.bounding_box()["y"] >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        reached, unseen = [], 0
        for _ in range(200):
            page.keyboard.press("Tab")
            found = page.evaluate(
                "() => { const e = document.activeElement, s = getComputedStyle(e);"
                " return [e.tagName, e.id, parseFloat(s.outlineWidth), s.outlineStyle]; }"
            )
            if found[0] == "BODY":
                break
            unseen += found[2] < 2 or found[3] == "none"
            reached.append(found[1])
        assert unseen == 0
        assert {
            "rebuild",
            "reconcile",
            "to-dataset-train",
            "zip-train-6",
            "replay-26",
            "older-deliveries",
        } <= {*reached}
        page.locator("#reconcile").focus()
        page.keyboard.press("Enter")
        page.get_by_role("status").get_by_text("A comparison with the tool was asked for.").wait_for()
        assert page.url == f"{url}/projects/emails"
        assert service.extra["workflows"].asked == [("emails", "reconcile", 0.0)]


@pytest.mark.live
def test_it_refreshes_while_one_looks_and_leaves_the_reader_alone(service: Service, chromium: Any) -> None:
    with over_http(service) as url, tab(chromium) as page:
        enter(page, url, "/projects/emails")
        opened = page.locator("#files-train-6")
        opened.locator("summary").click()
        page.locator("#replay-20").focus()
        top = page.evaluate("scrollY")
        place = page.locator("#replay-20").bounding_box()["y"]
        assert top > 500
        add_build(service, "running", state="running", ended_at=None)
        add_delivery(service, event="TASKS_DELETED", state="new")
        page.locator("#deliveries ~ table", has_text="TASKS_DELETED").wait_for(timeout=REFRESHED)
        assert page.evaluate("document.activeElement.id") == "replay-20"
        assert page.locator("#files-train-6").evaluate("e => e.open")
        assert abs(page.locator("#replay-20").bounding_box()["y"] - place) < 120, (
            "what one reads stays in sight"
        )
        status = page.get_by_role("status")
        assert status.inner_text().startswith("emails: rebuilding;")
        assert page.locator("h1").inner_text() == "emails rebuilding"
        add_version(service, 7, agreement=0.91)
        page.locator("#zip-train-7").wait_for(timeout=REFRESHED)
        assert "train version 7 passed" in status.inner_text()


@pytest.mark.live
def test_it_rests_when_hidden_or_paused(service: Service, chromium: Any) -> None:
    with over_http(service) as url, tab(chromium) as page:
        enter(page, url, "/projects/emails")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        hide = "h => { Object.defineProperty(document, 'hidden', {value: h, configurable: true});"
        hide += " document.dispatchEvent(new Event('visibilitychange')); }"
        page.evaluate(hide, True)
        page.wait_for_timeout(500)
        asked.clear()
        page.wait_for_timeout(6000)
        assert asked == []
        with page.expect_request("**/projects/emails", timeout=4000):
            page.evaluate(hide, False)
        page.get_by_role("button", name="Pause refreshing").click()
        assert page.locator("#pause").get_attribute("aria-pressed") == "true"
        page.wait_for_timeout(500)
        asked.clear()
        page.wait_for_timeout(6000)
        assert asked == [] and page.locator("#fresh").inner_text().startswith("Paused; as of ")
        with page.expect_request("**/projects/emails", timeout=4000):
            page.locator("#pause").click()


@pytest.mark.live
def test_it_tells_when_the_service_is_away_and_when_it_is_back(service: Service, chromium: Any) -> None:
    said: list[str] = []
    with tab(chromium, said) as page:
        with over_http(service) as url:
            enter(page, url)
        status = page.get_by_role("status")
        page.locator("body.away").wait_for(timeout=2 * REFRESHED)
        assert status.inner_text().startswith("The service does not answer. What you see is of ")
        assert page.get_by_role("heading", name="emails").is_visible()
        with over_http(service, int(url.rpartition(":")[2])):
            page.locator("body:not(.away)").wait_for(timeout=4 * REFRESHED)
            assert status.inner_text() == "The service answers again."
    assert [line for line in said if "ERR_CONNECTION" not in line] == []


@pytest.mark.live
def test_a_session_that_ended_leads_to_the_log_in(service: Service, chromium: Any) -> None:
    said: list[str] = []
    with over_http(service) as url, tab(chromium, said) as page:
        enter(page, url, "/projects/emails")
        (service.loaded.folder / "token").write_text("another-token-of-some-length\n")
        page.wait_for_url("**/login?next=*", timeout=REFRESHED)
        page.fill("#token", "another-token-of-some-length")
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{url}/projects/emails")
    assert [line for line in said if "401" not in line] == []


@pytest.mark.live
def test_it_works_without_scripts(service: Service, chromium: Any) -> None:
    with over_http(service) as url, tab(chromium, java_script_enabled=False) as page:
        enter(page, url, "/projects/emails")
        assert not page.locator("#pause").is_visible()
        page.get_by_role("button", name="Replay delivery 26").click()
        page.wait_for_url(f"{url}/projects/emails?did=replay")
        assert "The delivery waits again" in page.locator("#told").inner_text()
        page.get_by_role("button", name="Send again agreement.below-gate to ops").click()
        page.wait_for_url(f"{url}/projects/emails?did=revive")
        assert page.get_by_role("button", name="Send again").count() == 0
        page.get_by_role("link", name="Older deliveries").click()
        page.wait_for_url("**/projects/emails?before=*")
        with page.expect_download() as waiting:
            page.locator("#zip-train-5").click()
        assert waiting.value.suggested_filename == "emails-train-0005.zip"
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url(f"{url}/login")
        page.goto(url)
        assert page.url == f"{url}/login"


@pytest.mark.live
def test_a_link_from_elsewhere_finds_who_is_logged_in(service: Service, chromium: Any) -> None:
    with over_http(service) as url, tab(chromium) as page:
        enter(page, url)
        page.goto(f"{url.replace('localhost', '127.0.0.1')}/login")  # another site, to a browser
        went: list[str] = []
        page.on("framenavigated", lambda frame: went.append(frame.url))
        page.evaluate("there => { location.href = there; }", f"{url}/projects/emails")
        page.get_by_role("heading", name="emails", level=1).wait_for()
        assert page.url == f"{url}/projects/emails" and any("/login?next=" in one for one in went)


@pytest.mark.live
def test_a_report_is_shown_and_can_do_nothing(service: Service, chromium: Any) -> None:
    folder = add_version(service, 9)
    page_file = folder / "train.report.html"
    hostile = "<script>document.title = 'taken'</script><img src=x onerror=alert(1)><form action=/logout>"
    page_file.write_text(re.sub("<body>", f"<body>{hostile}", page_file.read_text(), count=1))
    said: list[str] = []
    with over_http(service) as url, tab(chromium, said) as page:
        enter(page, url, "/projects/emails")
        page.locator("#report-train-9").click()
        page.get_by_role("heading", name="Gate failed").wait_for()
        assert "taken" not in page.title()
        assert page.evaluate("() => { try { return document.cookie } catch { return 'none' } }") == "none"
    assert len([line for line in said if "script" in line.lower()]) >= 1
    assert not [line for line in said if line == "1"], "no dialog was shown"


@pytest.mark.live
def test_many_projects_of_long_names_fit_a_phone(tmp_path: Path, chromium: Any) -> None:
    name = "-".join(["unbreakable" * 4] * 2)
    with ExitStack() as stack:
        service = stack.enter_context(served(tmp_path / "long"))
        config = service.projects["emails"].config
        config.project = "W" * 300
        service.projects[name] = service.projects["emails"].__class__(
            name,
            config,
            *(getattr(service.projects["emails"], n) for n in ("tool", "hooks", "server", "folder")),
        )
        add_build(service, "x", name, state="failed", message="E" * 400, remedy="R" * 400, code="c" * 120)
        add_delivery(service, name, event="V" * 80, items='["' + "I" * 60 + '"]')
        url = stack.enter_context(over_http(service))
        page = stack.enter_context(tab(chromium, viewport={"width": 375, "height": 800}))
        enter(page, url)
        for path in ("/", f"/projects/{name}"):
            page.goto(f"{url}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") == 375
