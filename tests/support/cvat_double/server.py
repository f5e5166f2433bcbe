"""The double's HTTP side: log-in, forms of answers, pages, and the few routes that were recorded."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from http.cookies import SimpleCookie
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from listening import Quiet, listening

from cvat_double.annotating import ROUTES as ANNOTATING
from cvat_double.seed import recorded
from cvat_double.state import LISTS, Refused, Row, State
from cvat_double.webhooks import ROUTES as WEBHOOKS

TOKEN = "aBcDeFgH.0123456789abcdefghijklmnopqrstuv"
KEY, SESSION, CSRF = "k" * 40, "s" * 32, "c" * 32
USER, PASSWORD = "admin", "pass wörd"
VND = "application/vnd.cvat+json"
Answer = tuple[int, Any]


class Double:
    """A running double: its address, its state, what it was asked and what was not recorded."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.url = ""
        self.version = "2.64.0"
        self.asked: list[str] = []  # "GET /api/jobs?task_id=1"
        self.heads: list[dict[str, str]] = []
        self.unknown: list[str] = []
        self.faults: list[list[Any]] = []  # [pattern, what, times]
        self.lock = Lock()

    def fail(self, pattern: str, what: Any, times: int = 10**9) -> None:
        """Answer requests that match with (status, body, headers), or 'cut', 'hang', 'drop'."""
        self.faults.append([re.compile(pattern), what, times])

    def count(self, pattern: str) -> int:
        """How many requests matched."""
        return sum(re.search(pattern, line) is not None for line in self.asked)


@contextmanager
def running(state: State) -> Iterator[Double]:
    """Serve on localhost until the block ends; a request that was not recorded fails the test."""
    double = Double(state)

    class Handler(_Handler):
        pass

    Handler.double = double
    with listening(Handler) as double.url:
        yield double
    assert double.unknown == [], f"never recorded: {double.unknown}"


class _Handler(Quiet):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet
    double: Double

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.double.state.clock, usegmt=True)

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        with self.double.lock:
            self.double.asked.append(f"{self.command} {self.path}")
            self.double.heads.append(dict(self.headers))
            fault = self._fault()
        if fault is not None:
            self._fail(fault)
            return
        with self.double.lock:
            try:
                status, body = self._answer(raw)
            except Refused as refused:
                status, body = refused.status, refused.body
        self._send(status, body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _fault(self) -> Any:
        for fault in self.double.faults:
            if fault[2] and fault[0].search(f"{self.command} {self.path}"):
                fault[2] -= 1
                return fault[1]
        return None

    def _fail(self, what: Any) -> None:
        if what == "hang":
            self.connection.settimeout(60.0)
            self.rfile.read(1)  # until whoever asked has gone
        elif what == "cut":
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"results": [')
        elif what != "drop":
            status, body, headers = what
            self._send(status, body, headers)
            return
        self.close_connection = True

    def _send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(body, bytes) else VND
        for name, value in {"Content-Type": kind, **(headers or {})}.items():
            self.send_header(name, value)
        if self.path == "/api/auth/login" and status == 200:
            self.send_header("Set-Cookie", f"csrftoken={CSRF}; Path=/; SameSite=Lax")
            self.send_header("Set-Cookie", f"sessionid={SESSION}; HttpOnly; Path=/; SameSite=Lax")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _answer(self, raw: bytes) -> Answer:
        accepted = self.headers.get("Accept", "*/*")
        if VND not in accepted and "*/*" not in accepted:
            raise Refused(406, {"detail": "Could not satisfy the request Accept header."})
        parts = urlsplit(self.path)
        query = {k: v[-1] for k, v in parse_qs(parts.query, keep_blank_values=True).items()}
        body = json.loads(raw) if raw else {}
        for method, pattern, route in ROUTES:
            found = re.fullmatch(pattern, parts.path)
            if found and method == self.command:
                if route not in OPEN:
                    self._allowed()
                return route(Request(self.double, found.groups(), query, body, self._organization(), self))
        self.double.unknown.append(f"{self.command} {self.path}")
        raise Refused(404, {"detail": "Not found."})

    def _allowed(self) -> None:
        said = self.headers.get("Authorization", "")
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if said in {f"Bearer {TOKEN}", f"Token {KEY}", f"Basic {basic}"}:
            return
        cookies = SimpleCookie(self.headers.get("Cookie", ""))
        if said or "sessionid" not in cookies or cookies["sessionid"].value != SESSION:
            raise Refused(401, {"detail": "Authentication credentials were not provided."})
        safe = self.command == "GET"
        if not safe and self.headers.get("X-CSRFToken") != CSRF:
            raise Refused(403, {"detail": "CSRF Failed: CSRF token missing."})

    def _organization(self) -> int | str | None:
        """The id of the organization asked for; None for the user's own; "any" where nothing is said."""
        slug = self.headers.get("X-Organization")
        if not slug:
            return None if slug == "" else "any"
        if slug not in self.double.state.organizations:
            raise Refused(404, {"detail": "Not found."})
        return self.double.state.organizations[slug]


class Request:
    """One request, taken apart."""

    def __init__(
        self, double: Double, ids: Any, query: Row, body: Any, organization: Any, handler: _Handler
    ) -> None:
        self.state, self.double, self.query, self.body = double.state, double, query, body
        self.id = int(ids[0]) if ids and ids[0].isdigit() else 0
        self.name = unquote(ids[0]) if ids else ""
        self.organization, self.host = organization, handler.headers.get("Host", "")

    def seen(self, rows: dict[int, Row]) -> list[Row]:
        """What belongs to the organization asked for, newest first."""
        kept = [r for r in rows.values() if self.organization in ("any", r.get("organization"))]
        return sorted(kept, key=lambda r: -r["id"])

    def one(self, rows: dict[int, Row]) -> Row:
        """The object of the id."""
        found = next((r for r in self.seen(rows) if r["id"] == self.id), None)
        if found is None:
            raise Refused(404, {"detail": "Not found."})
        return found

    def page(self, rows: list[Row], path: str) -> Answer:
        """A page of a list."""
        size, page = int(self.query.get("page_size", 10)) or 10, int(self.query.get("page", 1))
        shown = rows[(page - 1) * size : page * size]
        if page > 1 and not shown:
            raise Refused(404, {"detail": "Invalid page."})
        more = page * size < len(rows)
        following = f"http://{self.host}{path}?page={page + 1}&page_size={size}" if more else None
        before = f"http://{self.host}{path}?page={page - 1}" if page > 1 else None
        return 200, {"count": len(rows), "next": following, "previous": before, "results": shown}


def _about(r: Request) -> Answer:
    said = {"name": "Computer Vision Annotation Tool", "description": "", "version": r.double.version}
    return 200, {**said, "logo_url": f"http://{r.host}/static/logo.svg", "subtitle": ""}


def _login(r: Request) -> Answer:
    if (r.body.get("username"), r.body.get("password")) != (USER, PASSWORD):
        raise Refused(400, {"non_field_errors": ["Unable to log in with provided credentials."]})
    return 200, {"key": KEY}


def _projects(r: Request) -> Answer:
    return r.page(r.seen(r.state.projects), "/api/projects")


def _create(r: Request) -> Answer:
    where = r.organization if r.organization != "any" else None
    return 201, r.state.create_project(r.body, recorded("project_created"), where)


def _change(r: Request) -> Answer:
    r.one(r.state.projects)
    return 200, r.state.change_project(r.id, r.body)


def _labels(r: Request) -> Answer:
    state = r.state
    if "job_id" in r.query:
        project = state.jobs[int(r.query["job_id"])]["project_id"]
    elif "task_id" in r.query:
        project = state.tasks[int(r.query["task_id"])]["project_id"]
    else:
        project = int(r.query["project_id"])
    return r.page(state.labels[project], "/api/labels")


def _tasks(r: Request) -> Answer:
    wanted = int(r.query["project_id"])
    return r.page([t for t in r.seen(r.state.tasks) if t["project_id"] == wanted], "/api/tasks")


def _jobs(r: Request) -> Answer:
    wanted = int(r.query["task_id"])
    return r.page([j for j in r.seen(r.state.jobs) if j["task_id"] == wanted], "/api/jobs")


def _layout(r: Request) -> Answer:
    r.one(r.state.tasks)
    # Nothing was recorded for a task without one; the server's source says a mode of null.
    return 200, r.state.layouts.get(r.id, {"mode": None})


def _read(r: Request) -> Answer:
    r.one(r.state.jobs)
    return 200, r.state.read(r.id)


def _read_task(r: Request) -> Answer:
    jobs = [j["id"] for j in r.state.jobs.values() if j["task_id"] == r.id and j["type"] == "annotation"]
    parts = [r.state.read(j) for j in sorted(jobs)]
    return 200, {"version": 0, **{kind: [row for part in parts for row in part[kind]] for kind in LISTS}}


def _write(r: Request) -> Answer:
    return 200, r.state.replace(r.id, r.body)


def _patch(r: Request) -> Answer:
    actions: dict[str, Callable[[int, Row], Row]] = {
        "create": r.state.create,
        "update": r.state.update,
        "delete": r.state.delete,
    }
    return 200, actions[r.query["action"]](r.id, r.body)


def _export(r: Request) -> Answer:
    r.one(r.state.tasks)
    name = r.query["format"]
    if name not in {"CVAT for images 1.1", "COCO 1.0"}:
        raise Refused(400, ["Unknown format specified for the request"])
    return 202, {"rq_id": r.state.export(r.id, name.replace(" ", "_"))}


def _request(r: Request) -> Answer:
    """Queued, then started, then finished without a date: the status alone tells."""
    started = r.state.requests.get(r.name)
    if started is None:
        raise Refused(404, {"detail": "Not found."})
    status = ("queued", "started", "finished")[min(started["looks"], 2)]
    started["looks"] += 1
    if status == "finished" and started["number"] not in r.state.archives:
        status = "failed"
    url = f"http://{r.host}/api/tasks/{started['number']}/dataset/download?rq_id={quote(r.name, safe='')}"
    found = {**recorded("request_export_finished"), "id": r.name, "status": status}
    found["result_url"] = url if status == "finished" else None
    found["message"] = "ValueError: Invalid RLE mask representation" if status == "failed" else ""
    return 200, found


def _download(r: Request) -> Answer:
    started = r.state.requests.get(r.query.get("rq_id", ""))
    if started is None or started["looks"] < 3:
        raise Refused(404, {"detail": "Not found."})
    return 200, r.state.archives[r.id]


Route = Callable[[Request], Answer]
ROUTES: list[tuple[str, str, Route]] = [
    ("GET", "/api/server/about", _about),
    ("POST", "/api/auth/login", _login),
    ("GET", "/api/projects", _projects),
    ("POST", "/api/projects", _create),
    ("PATCH", r"/api/projects/(\d+)", _change),
    ("GET", "/api/labels", _labels),
    ("GET", "/api/tasks", _tasks),
    ("GET", r"/api/tasks/(\d+)", lambda r: (200, r.one(r.state.tasks))),
    ("GET", r"/api/tasks/(\d+)/data/meta", lambda r: (200, r.state.metas[r.one(r.state.tasks)["id"]])),
    ("GET", r"/api/tasks/(\d+)/validation_layout", _layout),
    ("GET", r"/api/tasks/(\d+)/annotations/?", _read_task),
    ("GET", "/api/jobs", _jobs),
    ("GET", r"/api/jobs/(\d+)", lambda r: (200, r.one(r.state.jobs))),
    ("GET", r"/api/jobs/(\d+)/annotations/?", _read),
    ("PUT", r"/api/jobs/(\d+)/annotations/?", _write),
    ("PATCH", r"/api/jobs/(\d+)/annotations/?", _patch),
    ("POST", r"/api/tasks/(\d+)/dataset/export", _export),
    ("GET", r"/api/requests/([^/]+)", _request),
    ("GET", r"/api/tasks/(\d+)/dataset/download", _download),
    *ANNOTATING,
    *WEBHOOKS,
]
OPEN = {_about, _login}
