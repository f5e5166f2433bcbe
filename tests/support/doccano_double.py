"""A double of doccano 1.8.4: what it answers was recorded of the real one, its odd failures too."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from listening import Quiet, listening

USER, PASSWORD, KEY = "admin", "a-password-of-nobody", "0123456789abcdef"
HTML = b"\n<!doctype html>\n<html><h1>Server Error (500)</h1></html>"
Answer = tuple[int, Any]


class Double:
    """One server: its projects, and what is to go wrong."""

    def __init__(self) -> None:
        self.url = ""
        self.projects: dict[int, dict[str, Any]] = {}
        self.types: dict[tuple[int, str], list[dict[str, Any]]] = {}
        self.examples: dict[int, list[dict[str, Any]]] = {}
        self.labels: dict[tuple[int, str], list[dict[str, Any]]] = {}  # by example and kind
        self.exports: dict[int, dict[bool, dict[str, bytes]]] = {}  # by approved: files
        self.uploads: dict[str, str] = {}
        self.failures: list[tuple[str, Any]] = []  # the beginning of a request -> what comes instead, once
        self.when: dict[str, Callable[[], object]] = {}  # a request -> what happens just before it, once
        self.media: dict[str, bytes] = {}  # by path
        self.public = True  # whether it gives its media to everybody, as doccano does
        self.asked: list[str] = []
        self.configs: list[dict[str, Any]] = []
        self.tested: list[dict[str, Any]] = []
        self.gets: Answer = (200, [])  # what whom it is to ask answers it
        self.task_error: Any = None

    def project(self, name: str, kind: str, **more: Any) -> int:
        """Make a project; its id."""
        number = len(self.projects) + 1
        self.projects[number] = {"id": number, "name": name, "project_type": kind, **more}
        self.examples[number] = []
        self.exports[number] = {False: {}, True: {}}
        return number

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
        """Status and body of one request."""
        if path.startswith("/media/"):
            return (200, self.media[path]) if path in self.media else (404, {"detail": "Not found."})
        parts = path.removeprefix("/v1/").strip("/").split("/")
        if parts[0] == "auth":
            good = body == {"username": USER, "password": PASSWORD}
            refused = {"non_field_errors": ["Unable to log in with provided credentials."]}
            return (200, {"key": KEY}) if good else (400, refused)
        if parts[:2] == ["tasks", "status"]:
            return 200, {"ready": True, "result": {"error": []}, "error": self.task_error}
        if parts[:2] == ["fp", "revert"]:
            del self.uploads[str(body)]
            return 200, b""
        if parts[0] == "fp":
            name = f"upload{len(self.uploads)}"
            self.uploads[name] = str(body)
            return 200, name.encode()
        if parts[0] == "projects" and len(parts) == 1:
            return self._projects(method, query, body)
        number = int(parts[1])
        if number not in self.projects:
            return 404, {"detail": "Not found."}
        if len(parts) == 2:
            return 200, self.projects[number]
        return self._below(method, number, parts[2:], query, body)

    def _projects(self, method: str, query: dict[str, str], body: Any) -> Answer:
        if method == "GET":
            return 200, _page(list(self.projects.values()), query)
        kept = {k: v for k, v in body.items() if k not in ("name", "project_type")}
        number = self.project(body["name"], body["project_type"], **kept)
        return 201, self.projects[number]

    def _below(self, method: str, number: int, parts: list[str], query: dict[str, str], body: Any) -> Answer:
        what = parts[0]
        if what.endswith("-types"):
            there = self.types.setdefault((number, what), [])
            if method == "GET":
                return 200, there
            if any(x["text"] == body["text"] for x in there):
                return 500, HTML
            there.append({"id": len(there) + 1, **body})
            return 201, there[-1]
        if what == "examples":
            there = self.examples[number]
            if len(parts) == 3:
                return self._labels(method, int(parts[1]), parts[2], body)
            if method == "PATCH":
                found = next(x for x in there if x["id"] == int(parts[1]))
                found |= body
                return 200, found
            if method == "GET":
                return 200, _page(there, query)
            there.append({"id": 10 * number + len(there), "upload_name": "", **body})
            return 201, there[-1]
        if what == "upload":
            for upload in body["uploadIds"]:
                self.examples[number].append(
                    {"id": 90 + len(self.examples[number]), "upload_name": self.uploads[upload]}
                )
            return 200, {"task_id": "t"}
        if what == "download":
            if method == "POST":
                return 200, {"task_id": str(body["exportApproved"])}
            return 200, _zip(self.exports[number][query["taskId"] == "True"])
        if parts[:2] == ["auto-labeling", "request-testing"]:
            self.tested.append(body)
            return self.gets
        if parts[:2] == ["auto-labeling", "configs"]:
            return self._configs(method, parts, body)
        return 404, {"detail": "Not found."}

    def _labels(self, method: str, example: int, kind: str, body: Any) -> Answer:
        there = self.labels.setdefault((example, kind), [])
        if method == "GET":
            return 200, there
        known = {x["id"] for rows in self.types.values() for x in rows}
        if "label" in body and self.types and body["label"] not in known:
            return 400, {"label": [f'Invalid pk "{body["label"]}" - object does not exist.']}
        if kind == "categories" and any(x["label"] == body["label"] for x in there):
            return 500, HTML
        there.append({"id": sum(map(len, self.labels.values())) + 1, "prob": 0.0, "user": 1, **body})
        return 201, there[-1]

    def _configs(self, method: str, parts: list[str], body: Any) -> Answer:
        if method == "GET":
            return 200, self.configs
        if method == "DELETE":
            self.configs = [c for c in self.configs if str(c["id"]) != parts[2]]
            return 204, b""
        if method == "PATCH":
            found = next(c for c in self.configs if str(c["id"]) == parts[2])
            found |= body
            return 200, found
        self.configs.append({"id": len(self.asked), **body})
        return 201, self.configs[-1]


def _page(rows: list[dict[str, Any]], query: dict[str, str]) -> dict[str, Any]:
    limit, offset = int(query.get("limit", "5")), int(query.get("offset", "0"))
    more = "http://next" if offset + limit < len(rows) else None
    return {"count": len(rows), "next": more, "previous": None, "results": rows[offset : offset + limit]}


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


@contextmanager
def running() -> Iterator[Double]:
    """Serve a double on a free port of loopback."""
    double = Double()

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {k: v[0] for k, v in parse_qs(parts.query).items()}
            double.asked.append(f"{self.command} {parts.path}")
            double.when.pop(double.asked[-1], lambda: None)()
            failure = next((f for f in double.failures if double.asked[-1].startswith(f[0])), None)
            if failure is not None:
                double.failures.remove(failure)
                if failure[1] == "cut":
                    self.close_connection = True
                    self.connection.close()
                    return
                self._send(*failure[1])
            elif self.path in double.media and double.public:
                self._send(200, double.media[self.path])
            elif "/auth/" not in parts.path and self.headers.get("Authorization") != f"Token {KEY}":
                self._send(403, {"detail": "Authentication credentials were not provided."})
            else:
                form = raw.startswith(b"--")
                body: Any = raw.partition(b'filename="')[2].partition(b'"')[0].decode() if form else None
                if parts.path.endswith("/revert/"):
                    body = raw.decode()
                elif raw and not form:
                    body = json.loads(raw)
                self._send(*double.answer(self.command, parts.path, query, body))

        def _send(self, status: int, body: Any) -> None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _serve

    with listening(Handler) as url:
        double.url = url
        yield double
