"""A Label Studio server made small: it keeps one project, and answers what a pull asks.

Shapes and behaviour follow the recorded answers: the listing's fields, ``updated_at`` that moves with
every annotation, a ``Date`` by the server's own clock, 404 in a list of projects that lacks the project.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Event, Lock
from typing import Any
from urllib.parse import parse_qs, urlsplit

from listening import Quiet, listening

Row = dict[str, Any]
TOKEN = "0123456789abcdef0123456789abcdef01234567"  # a legacy one: nothing is renewed
CONFIG = """<View>
  <Choices name="category" toName="text" choice="single" required="true">
    <Choice value="SUPPORT_REQUEST"/><Choice value="SALES_INQUIRY"/><Choice value="GENERAL_FEEDBACK"/>
  </Choices>
  <Text name="text" value="$text"/>
</View>"""
LABELS = ("SUPPORT_REQUEST", "SALES_INQUIRY", "GENERAL_FEEDBACK")


class LabelStudio:
    """The project's state. Each change takes ten seconds, so that a pull finds the work settled."""

    def __init__(self, project: int = 28) -> None:
        self.url = ""
        self.lock = Lock()
        self.clock = datetime(2026, 11, 22, tzinfo=UTC)
        self.project: Row = {"id": project, "title": "E-mails", "label_config": CONFIG}
        self.tasks: dict[int, Row] = {}
        self.there = True
        self.token = TOKEN
        self.asked: list[str] = []
        self.refusing: tuple[int, Row] | None = None  # status and body for whatever is asked
        self.slow = 0.0  # seconds until an answer
        self.going = Event()  # cleared: whoever asks waits until it is set again
        self.going.set()
        self.dead = False  # it hangs up without one
        self.backends: list[Row] = []  # of models that it asks
        self.writes = 10**9  # writes until the server is gone
        self._ids = iter(range(1, 10**9))

    def tick(self, seconds: float = 10.0) -> str:
        """Let time go by; the time, as Label Studio writes it."""
        self.clock += timedelta(seconds=seconds)
        return self.clock.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def add(self, text: str) -> int:
        """A task."""
        with self.lock:
            number, now = next(self._ids), self.tick()
            self.tasks[number] = {
                "id": number, "annotations": [], "drafts": [], "predictions": [], "data": {"text": text},
                "meta": {}, "created_at": now, "updated_at": now, "inner_id": number, "comment_count": 0,
                "unresolved_comment_count": 0, "last_comment_updated_at": None,
                "project": self.project["id"], "updated_by": [], "comment_authors": [],
            }  # fmt: skip
            return number

    def annotate(self, task: int, person: int, label: int, skip: bool = False) -> Row:
        """An annotation, or a skip; what the webhook says."""
        with self.lock:
            now = self.tick()
            made = {
                "id": next(self._ids), "completed_by": {"id": person, "email": f"p{person}@example.test"},
                "result": [] if skip else _result(label), "was_cancelled": skip, "ground_truth": False,
                "created_at": now, "updated_at": now, "draft_created_at": None, "lead_time": 5.0,
                "import_id": None, "last_action": None, "bulk_created": False, "task": task,
                "project": self.project["id"], "updated_by": person, "parent_prediction": None,
                "parent_annotation": None, "last_created_by": None,
            }  # fmt: skip
            self.tasks[task]["annotations"].append(made)
            self._touch(task, person, now)
            return self._told("ANNOTATION_CREATED", made)

    def edit(self, annotation: int, label: int, skip: bool = False) -> Row:
        """Another answer; ``skip`` False opens a skipped one again."""
        with self.lock:
            found, now = self._find(annotation), self.tick()
            found |= {"result": [] if skip else _result(label), "was_cancelled": skip, "updated_at": now}
            self._touch(found["task"], found["updated_by"], now)
            return self._told("ANNOTATION_UPDATED", found)

    def delete(self, annotation: int) -> Row:
        """Without an annotation; its webhook names no task."""
        with self.lock:
            found = self._find(annotation)
            self.tasks[found["task"]]["annotations"].remove(found)
            self._touch(found["task"], found["updated_by"], self.tick())
            about = {"id": self.project["id"], "title": self.project["title"]}
            return {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": annotation}], "project": about}

    def delete_task(self, task: int) -> Row:
        """Without a task."""
        with self.lock:
            self.tick()
            del self.tasks[task]
            about = {"id": self.project["id"], "title": self.project["title"]}
            return {"action": "TASKS_DELETED", "tasks": [{"id": task}], "project": about}

    def annotations(self) -> list[int]:
        """The ids of all annotations."""
        return sorted(a["id"] for t in self.tasks.values() for a in t["annotations"])

    def fetched(self) -> int:
        """How many tasks were asked for whole so far."""
        return sum(
            len(json.loads(query["query"][0])["selectedItems"]["included"])
            for path in self.asked
            if "selectedItems" in (query := parse_qs(urlsplit(path).query)).get("query", [""])[0]
        )

    def write(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """What the server says to a write: of predictions alone."""
        self.writes -= 1
        every = [(t, p) for t in self.tasks.values() for p in t["predictions"]]
        if method == "POST" and path == "/api/predictions/":
            if "REFUSED" in self.tasks[body["task"]]["data"]["text"]:
                return 400, {"detail": "no"}
            made = {"id": next(self._ids), "score": None, "created_at": self.tick(), **body}
            self.tasks[body["task"]]["predictions"].append(made)
            return 201, made
        number = int(path.strip("/").rpartition("/")[2])
        if method == "PATCH" and path == f"/api/projects/{self.project['id']}/":
            self.project |= body
            return 200, self.project
        task, found = next((t, p) for t, p in every if p["id"] == number)
        task["predictions"].remove(found)
        return 204, None

    def _find(self, annotation: int) -> Row:
        every = (a for t in self.tasks.values() for a in t["annotations"])
        found: Row = next(a for a in every if a["id"] == annotation)
        return found

    def _touch(self, task: int, person: int, now: str) -> None:
        self.tasks[task] |= {"updated_at": now, "updated_by": [{"user_id": person}]}

    def _told(self, action: str, annotation: Row) -> Row:
        flat = {**copy.deepcopy(annotation), "completed_by": annotation["completed_by"]["id"]}
        task = {k: v for k, v in self.tasks[annotation["task"]].items() if k not in {"annotations", "drafts"}}
        about = {"id": self.project["id"], "title": self.project["title"], "token": "t" * 40}
        return {"action": action, "annotation": flat, "project": about, "task": copy.deepcopy(task)}

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any]:
        """What the server says."""
        number = self.project["id"]
        if path == "/api/projects/":
            rows = [{"id": number, "title": self.project["title"]}] if self.there else []
            return 200, {"count": len(rows), "results": rows}
        if path == f"/api/projects/{number}/" and self.there:
            return 200, self.project
        if path == "/api/ml":
            return 200, self.backends
        if path == "/api/version/":
            return 200, {"release": "1.23.2"}
        if path == "/api/tasks/" and self.there and int(query["project"]) == number:
            return self._listed(json.loads(query["query"]), query)
        return 404, {"detail": "Not found."}

    def _listed(self, wanted: Row, query: dict[str, str]) -> tuple[int, Any]:
        rows = [self._whole(t) for _, t in sorted(self.tasks.items())]
        if "selectedItems" in wanted:
            chosen = set(wanted["selectedItems"]["included"])
            rows = [r for r in rows if r["id"] in chosen]
        for item in wanted.get("filters", {}).get("items", []):
            rows = [r for r in rows if r["id"] > item["value"]]
        fields, size = set(query["include"].split(",")), int(query["page_size"])
        shown = [{k: v for k, v in row.items() if k in fields} for row in rows[:size]]
        return 200, {"tasks": shown, "total": len(rows)}

    def _whole(self, task: Row) -> Row:
        annotations = task["annotations"]
        return {
            **task,
            "annotations_ids": ",".join(str(a["id"]) for a in annotations),
            "total_annotations": sum(not a["was_cancelled"] for a in annotations),
            "cancelled_annotations": sum(a["was_cancelled"] for a in annotations),
            "total_predictions": 0,
            "draft_exists": bool(task["drafts"]),
        }


def _result(label: int) -> list[Row]:
    return [
        {
            "id": "r1", "from_name": "category", "to_name": "text", "type": "choices",
            "value": {"choices": [LABELS[label % len(LABELS)]]}, "origin": "manual",
        }
    ]  # fmt: skip


@contextmanager
def running(server: LabelStudio) -> Iterator[LabelStudio]:
    """Serve on localhost until the block ends."""

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            if server.slow:
                time.sleep(server.slow)
            server.going.wait()
            if server.dead:
                self.close_connection = True
                return
            parts = urlsplit(self.path)
            with server.lock:
                server.asked.append(self.path)
                if self.headers.get("Authorization") != f"Token {server.token}":
                    status, body = 401, {"detail": "Invalid token."}
                elif server.refusing is not None:
                    status, body = server.refusing
                else:
                    query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
                    status, body = server.answer(parts.path, query)
                data = json.dumps(body).encode()
            self._say(status, data)

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with server.lock:
                server.asked.append(f"{self.command} {self.path}")
                if server.writes <= 0:
                    self.close_connection = True
                    return
                status, body = server.write(self.command, self.path, json.loads(raw) if raw else None)
                self._say(status, b"" if body is None else json.dumps(body).encode())

        do_DELETE = do_PATCH = do_POST

        def _say(self, status: int, data: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def date_time_string(self, timestamp: float | None = None) -> str:
            # Seconds after the last change, as when nobody works just now.
            return format_datetime(server.clock + timedelta(seconds=10), usegmt=True)

    with listening(Handler) as server.url:
        yield server
