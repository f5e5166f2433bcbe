"""The part of Label Studio that webhooks are registered with, made small; it answers as 1.23.2 does."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from listening import Quiet, listening

TOKEN = "0123456789abcdef0123456789abcdef01234567"
ACTIONS = {
    *("PROJECT_CREATED", "PROJECT_UPDATED", "PROJECT_DELETED", "TASKS_CREATED", "TASKS_DELETED"),
    *("ANNOTATION_CREATED", "ANNOTATIONS_CREATED", "ANNOTATION_UPDATED", "ANNOTATIONS_DELETED"),
    *("LABEL_LINK_CREATED", "LABEL_LINK_UPDATED", "LABEL_LINK_DELETED"),
}
ORGANIZATION_ONLY = {"PROJECT_CREATED", "PROJECT_DELETED"}
DEFAULTS = {"send_payload": True, "send_for_all_actions": True, "headers": {}, "is_active": True}


class LabelStudio:
    """Its address, its projects by id, its webhooks, and what was written to it."""

    def __init__(self) -> None:
        self.url = ""
        self.projects = {7: "Emails", 8: "Other"}
        self.hooks: dict[int, dict[str, Any]] = {}
        self.writes: list[str] = []
        self.protected = False  # SSRF_PROTECTION_ENABLED
        self.failing: dict[str, int] = {}  # method -> status
        self._ids = itertools.count(1)

    def add(self, **given: Any) -> dict[str, Any]:
        """A webhook that somebody made."""
        made = {"id": next(self._ids), "organization": 1, "project": 7, **DEFAULTS, "actions": [], **given}
        self.hooks[made["id"]] = made
        return made

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """What is answered to a request."""
        if method != "GET":
            self.writes.append(f"{method} {path}")
        if method in self.failing:
            return self.failing[method], {"detail": "database is away"}
        if path == "/api/projects/":
            rows = [{"id": n, "title": t} for n, t in self.projects.items()]
            return 200, {"count": len(rows), "results": rows}
        if found := re.fullmatch(r"/api/projects/(\d+)/", path):
            return 200, {"id": int(found[1]), "title": self.projects[int(found[1])]}
        if path == "/api/webhooks/" and method == "GET":
            return 200, [one for one in self.hooks.values() if one["project"] == int(query["project"])]
        if path == "/api/webhooks/" and method == "POST":
            return self._checked(body) or (201, self.add(**body))
        if found := re.fullmatch(r"/api/webhooks/(\d+)/", path):
            return self._one(int(found[1]), method, body)
        return 404, {"detail": "Not found."}

    def _one(self, number: int, method: str, body: Any) -> tuple[int, Any]:
        if number not in self.hooks:
            return 404, {"detail": "Not found."}
        if method == "DELETE":
            del self.hooks[number]
            return 204, None
        refused = self._checked(body)
        if refused is None:
            # A change that names no actions takes away those that there are.
            self.hooks[number] |= {"actions": [], **body}
        return refused or (200, self.hooks[number])

    def _checked(self, body: Any) -> tuple[int, Any] | None:
        host = urlsplit(body["url"]).hostname or ""
        if self.protected and host in ("127.0.0.1", "localhost"):
            return 403, {"detail": "URL resolves to a reserved network address (block: 127.0.0.0/8)"}
        if host.endswith(".unknown"):
            return 500, {"detail": f"Can't resolve hostname {host}"}
        actions = set(body.get("actions", ()))
        if not actions <= ACTIONS - ORGANIZATION_ONLY:
            return 400, {"validation_errors": {"non_field_errors": ["organization-only action"]}}
        return None


@contextmanager
def label_studio() -> Iterator[LabelStudio]:
    """A running one on loopback."""
    state = LabelStudio()

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
            if self.headers.get("Authorization") != f"Token {TOKEN}":
                status, body = 401, {"detail": "Invalid token."}
            else:
                status, body = state.answer(self.command, parts.path, query, json.loads(raw or b"null"))
            data = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PATCH = do_DELETE = do_GET

    with listening(Handler) as state.url:
        yield state
