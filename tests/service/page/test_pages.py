"""What the pages say, that they are well formed and escape everything, and what their buttons do."""

from __future__ import annotations

import importlib
import re
import shutil
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from service_pages import BODY, TOKEN, add_build, add_delivery, add_event, add_send, add_version, served
from starlette.testclient import TestClient

from labelwright.registry import tools
from labelwright.report.words import safe_link
from labelwright.service.context import Service
from labelwright.service.page.projects import PAGE
from labelwright.service.page.say import ago, gate, moment, size
from labelwright.service.page.views import chart
from labelwright.service.store.tables import deliveries, sends

VOID = {"meta", "link", "input", "br", "line", "circle", "path", "rect", "img"}
APART = {
    "td",
    "th",
    "dt",
    "dd",
    "li",
    "br",
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "button",
    "details",
    "caption",
    "form",
}
HOSTILE = "<script>alert(1)</script>\"'&\u202e evil \x1b[31m" + "W" * 3000


class Page(HTMLParser):
    """A page taken apart; says where it is not well formed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.wrong: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.words += " " if tag in APART else ""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        self.words += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


def pages(client: TestClient) -> Iterator[tuple[str, Page]]:
    for path in (
        "/",
        "/projects/emails",
        "/projects/replies",
        "/projects/emails?before=20&older=b1",
        "/login",
        "/none",
    ):
        yield path, Page(client.get(path).text)


def test_pages_are_well_formed_and_can_be_walked(filled: Service, person: TestClient) -> None:
    for path, page in pages(person):
        if path == "/login":  # who is in is sent on
            continue
        assert page.wrong == [] and page.open == [], path
        ids = [a["id"] for _, a in page.tags if "id" in a]
        assert len(ids) == len(set(ids)), path
        heads = [int(name[1]) for name, _ in page.tags if name in ("h1", "h2", "h3", "h4")]
        assert heads[0] == 1 and heads.count(1) == 1
        assert all(later - former <= 1 for former, later in pairwise(heads)), path
        assert len(page.all("caption")) == len(page.all("table"))
        assert all("scope" in cell for cell in page.all("th"))
        assert page.all("html") == [{"lang": "en"}] and page.all("main")[0]["id"] == "main"
        assert page.all("a")[0]["href"] == "#main"
        targets = [str(a["href"])[1:] for a in page.all("a") if str(a["href"]).startswith("#")]
        assert set(targets) <= set(ids), path
        labelled = [a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a]
        assert set(labelled) <= set(ids)


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(filled: Service, person: TestClient) -> None:
    for path, page in pages(person):
        for name, attributes in page.tags:
            assert "style" not in attributes and not [a for a in attributes if a.startswith("on")], path
            assert name != "style"
            loaded = [attributes.get("src"), attributes.get("href") if name == "link" else None]
            for address in filter(None, loaded):
                assert address.startswith(("/static/", "data:,"))
                if address.startswith("/static/"):
                    assert person.get(address).status_code == 200
        assert all("src" in script for script in page.all("script"))


def test_static_files_are_kept_as_long_as_they_stay_as_they_are(nobody: TestClient) -> None:
    named = re.findall(r'(?:href|src)="(/static/[^"]+)"', nobody.get("/login").text)
    assert len(named) == 2 and all(re.search(r"\?v=[0-9a-f]{12}$", name) for name in named)
    for name in named:
        assert nobody.get(name).headers["cache-control"] == "public, max-age=31536000, immutable"
        assert nobody.get(name.partition("?")[0]).headers["cache-control"] == "no-cache"
        assert nobody.get(f"{name}0").headers["cache-control"] == "no-cache"
    for other in ("/static/page.html", "/static/..%2frender.py", "/static/"):
        assert nobody.get(other).status_code == 404


def test_the_overview_says_how_each_project_stands(filled: Service, person: TestClient) -> None:
    words = " ".join(Page(person.get("/").text).words.split())
    for said in (
        "Queue Deliveries that wait 2 the oldest came 5 min ago Rebuilds that run 0 2 at a time",
        "Events to be sent 1 1 given up",
        "emails deliveries wait",
        "Deliveries that wait 1, the oldest came 5 min ago",
        "took 10 s: 2 changed, 1 gone",
        "6, 14 days ago 118 passed percent agreement 0.86, 0.80 asked",
        "1, 19 days ago (not published) 118 failed percent agreement 0.72, 0.80 asked",
        "replies failed",
        "Label Studio refused the token Remedy: Make a new token and put it in the token file.",
        "Failing since 4 min ago, 1 attempt so far; the next is within a minute.",
        "no version yet",
        "emails: dpo version 1 is not published, gate failed (percent agreement 0.72, 0.80 asked); "
        "nothing was published yet",
        "emails: 1 event was given up unsent",
        "replies: its last rebuild failed",
    ):
        assert said in words, said
    assert 'href="http://labels.example:8080/projects/29/data"' in person.get("/").text


def test_the_project_says_what_happened(filled: Service, person: TestClient) -> None:
    text = person.get("/projects/emails").text
    words = " ".join(Page(text).words.split())
    for said in (
        "not measurable not published percent agreement: no value, 0.80 asked",
        "the configuration does not have error label-studio.label-unknown 3 Pass the project's own",
        "compared with the tool done 1 min 20 s 3 1,500 changed, 1 gone 7, 8, 3 and 1,498 more 2 41 and 42",
        "SOMETHING_NEW unknown",
        "not named by the tool",
        "moves nothing",
        "ops the target answered 503, 12 attempts Send again",
        "ops given up 12 attempts, the target answered 503",
        "dataset train, version 6 ops slack waiting 2 attempts",
        "slack waiting 2 attempts, timeout, next in 4 min",
        "1 delivery waits for the next one.",
        "version 1 0.66, version 2 0.71, version 4 0.74, version 5 0.83 and version 6 0.86; 0.80 is asked",
    ):
        assert said in words, said
    assert 'href="http://localhost:8080/tasks/17"' in text or "Item 17" in words
    assert text.count('<details id="files-train-') == 6
    assert BODY not in text and TOKEN not in text and "hooks.example" not in text


def test_lists_are_paged(filled: Service, person: TestClient) -> None:
    first = Page(person.get("/projects/emails").text)
    older = next(a["href"] for a in first.all("a") if a.get("id") == "older-deliveries")
    second = person.get(f"/projects/emails{older}").text
    assert "older-deliveries" not in second and 'id="replay-1"' in second and 'id="replay-26"' not in second
    assert 'id="newest"' in second
    assert "None before that one." in person.get("/projects/emails?before=1").text
    for odd in ("before=x", "before=-1", "before=99999999999999999999", "older=%00", "older=" + "x" * 5000):
        assert person.get(f"/projects/emails?{odd}").status_code == 200, odd


def test_the_fragment_is_the_inside_of_the_page(filled: Service, person: TestClient) -> None:
    whole = person.get("/projects/emails").text
    part = person.get("/projects/emails", headers={"X-Labelwright-Part": "main"}).text
    assert "<html" not in part and part.strip() in whole
    assert Page(part).wrong == []
    parts = [a["data-part"] for _, a in Page(part).tags if "data-part" in a]
    assert parts == ["head", "dataset-dpo", "dataset-train", "deliveries", "rebuilds", "events"]


def csrf(client: TestClient, path: str = "/projects/emails") -> str:
    return str(next(a["value"] for a in Page(client.get(path).text).all("input") if a["name"] == "csrf"))


def test_buttons_ask_once_they_are_ours(filled: Service, person: TestClient) -> None:
    token = csrf(person)
    asked = filled.extra["workflows"].asked
    for path in (
        "/projects/emails/rebuild",
        "/projects/emails/reconcile",
        "/deliveries/3/replay",
        "/sends/revive",
    ):
        for wrong in ({}, {"csrf": ""}, {"csrf": token[:-1]}, {"csrf": "ü"}):
            assert person.post(path, data={**wrong, "event": "evt_1", "target": "ops"}).status_code == 403
        assert person.get(path).status_code in (404, 405)
    assert asked == []
    for what in ("rebuild", "reconcile"):
        answer = person.post(f"/projects/emails/{what}", data={"csrf": token})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/projects/emails?did={what}")
        assert "asked for." in person.get(answer.headers["location"]).text
    assert asked == [("emails", "demand", 0.0), ("emails", "reconcile", 0.0)]
    assert person.post("/projects/none/rebuild", data={"csrf": token}).status_code == 404


def test_a_delivery_is_put_back(filled: Service, person: TestClient) -> None:
    token = csrf(person)
    assert person.post("/deliveries/3/replay", data={"csrf": token}).status_code == 303
    with filled.database.reading() as connection:
        row = connection.execute(deliveries.select().where(deliveries.c.id == 3)).mappings().one()
    assert (row["state"], row["build"], row["done_at"], row["copies"]) == ("new", "", None, 1)
    assert filled.extra["workflows"].asked == [("emails", "replay", 0.0)]
    assert person.post("/deliveries/3/replay", data={"csrf": token}).status_code == 303
    for none in ("9999", "0", "9" * 30):
        assert person.post(f"/deliveries/{none}/replay", data={"csrf": token}).status_code == 404


def test_a_dead_send_is_revived_and_no_other(filled: Service, person: TestClient) -> None:
    token = csrf(person)
    dead = {"csrf": token, "event": "evt_1", "target": "ops"}
    answer = person.post("/sends/revive", data=dead)
    assert (answer.status_code, answer.headers["location"]) == (303, "/projects/emails?did=revive")
    with filled.database.reading() as connection:
        row = connection.execute(sends.select().where(sends.c.event == "evt_1")).mappings().one()
    assert (row["state"], row["attempts"]) == ("waiting", 0) and abs(row["next_at"] - time.time()) < 60
    assert person.post("/sends/revive", data=dead).status_code == 409
    assert person.post("/sends/revive", data={**dead, "target": "other"}).status_code == 404
    assert person.post("/sends/revive", data={"csrf": token}).status_code == 400


def test_what_was_given_up_is_shown_however_old_and_can_be_sent_again(
    filled: Service, person: TestClient
) -> None:
    files = '{"dataset": "train", "files": [{"name": "train.jsonl"}, {"name": "b"}], "who": ["x", "y"]}'
    for number in range(30):
        add_event(filled, f"new_{number:02}", data=files, at=time.time() - 50 + number)
        add_send(filled, f"new_{number:02}", state="sent", attempts=1, status=200, error="", sent_at=0.0)
    add_send(filled, "evt_2", "gone")
    add_event(filled, "evt_r", "replies")
    add_send(filled, "evt_r")
    page = Page(person.get("/projects/emails").text)
    words = " ".join(page.words.split())
    assert "2 events were not taken by whom it was for" in words
    assert "Events given up 2 they can be sent again" in words
    assert "ops the target answered 503, 12 attempts Send again" in words
    assert "dataset train, files 2, who x and y ops" in words and "{" not in words
    older = next(str(a["href"]) for a in page.all("a") if a.get("id") == "older-events")
    then = " ".join(Page(person.get(f"/projects/emails{older}").text).words.split())
    assert "dataset train, version 6" in then and "Back to the newest" in then
    assert "older-events" not in person.get(f"/projects/emails{older}").text
    assert person.get("/projects/emails?past=%00x").status_code == 200

    assert person.post("/projects/emails/revive", data={"csrf": "x"}).status_code == 403
    answer = person.post("/projects/emails/revive", data={"csrf": csrf(person)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/projects/emails?did=revive-all")
    with filled.database.reading() as connection:
        left = connection.execute(sends.select().where(sends.c.state == "dead")).mappings().all()
    assert [row["event"] for row in left] == ["evt_r"]
    assert person.post("/projects/none/revive", data={"csrf": csrf(person)}).status_code == 404


def test_every_version_that_is_kept_can_be_had(service: Service, person: TestClient) -> None:
    for number in range(1, 21):
        folder = add_version(service, number)
    shutil.rmtree(folder.with_name("0003"))
    page = Page(person.get("/projects/emails").text)
    linked = {str(a["href"]) for a in page.all("a") if str(a.get("href", "")).endswith("/archive.zip")}
    base = "/projects/emails/datasets/train/versions"
    assert linked == {f"{base}/{number}/archive.zip" for number in range(1, 21) if number != 3}


def test_a_failure_that_lasts_is_told_once(filled: Service, person: TestClient) -> None:
    for number, message in enumerate(("Label Studio refused the token", "another thing", "another thing")):
        add_build(
            filled, f"g{number}", "replies", state="failed", code="c", message=message, remedy="Mend it.",
            started_at=time.time() - 10 + number,
        )  # fmt: skip
    words = " ".join(Page(person.get("/projects/replies").text).words.split())
    assert words.count("another thing") == 2, "at the head, and in the newest row"
    assert words.count("as above") == 1 and words.count("Label Studio refused the token") == 2


def test_a_gate_that_lets_through_what_was_not_measured_says_so(service: Service, person: TestClient) -> None:
    add_version(service, 1, agreement=None)
    words = " ".join(Page(person.get("/").text).words.split())
    assert "passed unmeasured percent agreement: no value, 0.80 asked" in words
    assert "Read this first" not in words
    add_version(service, 2, agreement=None, published=False, counts='{"items": 3, "examples": 0}')
    add_version(service, 3, dataset="dpo", published=False)
    words = " ".join(Page(person.get("/").text).words.split())
    said = "emails: train version 2 is not published, it holds no examples; version 1 stays the latest"
    assert said in words
    assert "emails: dpo version 3 is not published, see its problems; nothing was published yet" in words


def test_without_rebuilds_a_button_says_so(filled: Service, person: TestClient) -> None:
    del filled.extra["workflows"]
    answer = person.post("/projects/emails/rebuild", data={"csrf": csrf(person)})
    assert answer.status_code == 503 and "This process does no rebuilds." in answer.text


@pytest.fixture
def hostile(service: Service) -> Service:
    """Every text that comes from elsewhere is an attempt to be more than a text."""
    service.projects["emails"].config.project = HOSTILE
    folder = add_version(
        service, 1, gate=HOSTILE, measure=HOSTILE, problems=msgspec.json.encode({HOSTILE: 3}).decode()
    )
    report = {
        "problems": [{"code": HOSTILE, "message": HOSTILE, "remedy": HOSTILE, "place": {"item": HOSTILE}}],
        "problem_counts": {HOSTILE: 1},
        "problem_titles": {HOSTILE: HOSTILE},
        "contested": [
            {"item": HOSTILE, "link": link, "control": HOSTILE, "score": 0.5, "answers": {HOSTILE: HOSTILE}}
            for link in ("javascript:alert(1)", 'http://x/"><script>', "data:text/html,x", HOSTILE)
        ],
    }
    (folder / "train.report.json").write_bytes(msgspec.json.encode(report))
    add_build(service, "b1", state="failed", code=HOSTILE, message=HOSTILE, remedy=HOSTILE, reason=HOSTILE,
              moved=msgspec.json.encode({"changed": [HOSTILE], "gone": [HOSTILE]}).decode(),
              missed=msgspec.json.encode([HOSTILE]).decode())  # fmt: skip
    add_build(service, HOSTILE, started_at=0.0)
    add_delivery(service, event=HOSTILE, items=msgspec.json.encode([HOSTILE]).decode(), state=HOSTILE)
    add_event(
        service, HOSTILE, type=HOSTILE, data=msgspec.json.encode({HOSTILE: HOSTILE, "a": [HOSTILE]}).decode()
    )
    add_send(service, HOSTILE, HOSTILE, error=HOSTILE)
    return service


def test_hostile_words_stay_words(hostile: Service, person: TestClient) -> None:
    for path in (
        "/",
        "/projects/emails",
        f"/projects/emails?did={quote(HOSTILE)}&older={quote(HOSTILE[:40])}",
    ):
        text = person.get(path).text
        page = Page(text)
        assert page.wrong == [] and len(page.all("script")) == 1
        assert "<script>alert" not in text and "\u202e" not in page.words and "\x1b" not in page.words
        assert "W" * 1000 not in page.words, "what is very long is cut"
        for link in page.all("a"):
            assert str(link["href"]).startswith(("/", "#", "?", "http://labels.example:8080/")), link


def test_hostile_files_harm_nobody(service: Service, person: TestClient) -> None:
    folder = add_version(service, 1)
    for content in (b"", b"[]", b"{", b'{"contested": 3}', b"\xff\xfe", b'{"problem_counts": {"a": "b"}}'):
        (folder / "train.report.json").write_bytes(content)
        text = person.get("/projects/emails").text
        assert "no longer kept, or cannot be read" in text or "has none" in text
    (folder / "train.report.json").unlink()
    (folder / "train.report.json").symlink_to(service.loaded.folder / "token")
    assert "cannot be read" in person.get("/projects/emails").text


def test_a_version_that_is_gone_offers_nothing(filled: Service, person: TestClient) -> None:
    import shutil

    shutil.rmtree(filled.loaded.data / "projects/emails/datasets/dpo")
    text = person.get("/projects/emails").text
    assert "datasets/dpo/versions" not in text and "no longer kept" in text


def test_a_service_without_anything_says_so(tmp_path: Any) -> None:
    from tests.service.page.conftest import client

    with served(tmp_path, {"projects": {}}) as service:
        config = service.loaded.config
        config.projects.clear()
        service.projects.clear()
        found = client(service, headers={"Authorization": f"Bearer {TOKEN}"}).get(
            "/", headers={"accept": "text/html"}
        )
        assert "No project is configured: add one to labelwright.toml." in found.text


def test_below_a_path_every_address_is_below_it(tmp_path: Any) -> None:
    from service_pages import fill
    from tests.service.page.conftest import client

    with served(tmp_path, {"service": {"public_url": "http://localhost:8790/labels/"}}) as service:
        fill(service)
        found = client(service, headers={"accept": "text/html"})
        assert found.get("/").headers["location"] == "/labels/login"
        assert found.post("/login", data={"token": TOKEN}).headers["location"] == "/labels/"
        for _, page in pages(found):
            for name, attributes in page.tags:
                for key in ("href", "src", "action"):
                    address = attributes.get(key) or ""
                    assert not address.startswith("/") or address.startswith("/labels/"), (name, address)


def test_words_for_times_and_sizes() -> None:
    assert [ago(s) for s in (0, 59, 60, 3600, 7200, 86400 * 3, -30, -600)] == [
        "just now", "just now", "1 min ago", "60 min ago", "2 h ago", "3 days ago",
        "within a minute", "in 10 min",
    ]  # fmt: skip
    assert moment(None, 0.0) is None and moment(1e300, 0.0) is None
    found = moment(0.0, 120.0)
    assert found is not None and found.machine == "1970-01-01T00:00:00Z" and found.ago == "2 min ago"
    assert [size(n) for n in (0, 999, 1000, 25_300_000, 4 * 10**9)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "25.3 MB",
        "4.0 GB",
    ]
    assert safe_link("javascript:alert(1)", 100) == ""


def test_the_chart_breaks_where_nothing_was_measured(filled: Service) -> None:
    from labelwright.service.page.datasets import list_versions

    with filled.database.reading() as connection:
        found = list_versions(filled, connection, "emails", "train")
    drawn = chart(found)
    assert drawn is not None and drawn["plot"].path.count("M") == 2 and len(drawn["plot"].points) == 5
    assert [t.text for t in drawn["plot"].across] == ["1", "2", "3", "4", "5", "6"]
    assert drawn["plot"].line is not None
    later = chart([v for v in found if v.number > 3])
    assert later is not None and [t.text for t in later["plot"].across] == ["4", "5", "6"]
    assert chart(found[:1]) is None and chart([]) is None
    assert [gate(v).tone for v in found] == ["good", "good", "bad", "open", "bad", "bad"]


def test_a_project_named_by_title_is_linked_once_it_was_pulled(filled: Service, person: TestClient) -> None:
    assert 'href="http://labels.example:8080/projects"' in person.get("/projects/emails").text
    source = filled.projects["emails"].folder / "source"
    source.mkdir(parents=True, exist_ok=True)
    (source / "project.json").write_text('{"id": 17, "title": "Customer e-mails"}')
    assert 'href="http://labels.example:8080/projects/17/data"' in person.get("/projects/emails").text
    (source / "project.json").write_text('{"id": "javascript:"}')
    assert 'href="http://labels.example:8080/projects"' in person.get("/projects/emails").text


def test_every_tool_with_a_page_tells_the_address_of_a_project(tmp_path: Path) -> None:
    found = {}
    for name, tool in tools().items():
        if PAGE in tool.capabilities:
            module, _, function = tool.capabilities[PAGE].partition(":")
            told = getattr(importlib.import_module(module), function)
            found[name] = told("http://x", "7", tmp_path)
            assert told("http://x", "Seven", tmp_path) == "http://x/projects"
            assert told("http://x", "../evil", tmp_path) == "http://x/projects"
            about = tmp_path / ("doccano.json" if name == "doccano" else "project.json")
            about.write_text('{"id": 8}')
            assert "/projects/8" in told("http://x", "Seven", tmp_path)
            about.unlink()
    plain = "http://x/projects/7"
    assert found == {"label-studio": f"{plain}/data", "cvat": plain, "doccano": plain}
