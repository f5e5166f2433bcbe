"""Talks to a doccano server: log-in, lists, labels on examples, uploads and exports."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from labelwright.io import surrogates
from labelwright.io.asking import Asking, Passing, reason_of
from labelwright.problems import DataError, UsageError
from labelwright_plugins.doccano import errors
from labelwright_plugins.doccano.settings import Settings
from labelwright_plugins.doccano.transport import as_is, detail_of

TIMEOUT = 300.0  # seconds
CONNECT_TIMEOUT = 10.0
TRANSIENT = {502, 503, 504}
PAGE = 1000  # entries a list is asked for at once
POLL = 0.2  # seconds between two looks at a task of the server; grows to POLL_MOST
POLL_MOST = 3.0
TASK_SECONDS = 1800.0
MOST_ANSWER = 1 << 30
KINDS = ("categories", "spans", "texts", "bboxes", "segments", "relations")


def connect(found: Settings, timeout: float = TIMEOUT) -> Client:
    """A client that is logged in. Raises ``UsageError`` without the extra, ``DataError`` if refused."""
    client = opened(found, timeout)
    try:
        client.login()
    except BaseException:
        client.close()
        raise
    return client


def opened(found: Settings, timeout: float = TIMEOUT) -> Client:
    """A client that is not logged in. Raises ``UsageError`` without the extra."""
    try:
        import requests
    except ModuleNotFoundError:
        raise UsageError("the doccano extra is not installed: pip install 'labelwright[doccano]'") from None
    return Client(found, requests.Session(), timeout)


class Client(Asking):
    """Sends requests and turns every failure into one ``DataError`` that says what to do."""

    def __init__(self, found: Settings, session: Any, timeout: float) -> None:
        """Wrap a session; use ``connect``."""
        super().__init__(found.url, found.password)
        self.patience = TASK_SECONDS
        self._session, self._timeout, self._found = session, timeout, found
        session.auth = as_is  # a .netrc must not replace the token that was asked for
        self._token = ""

    def close(self) -> None:
        """Close the connections. The token stays valid: logging out would end other programs' too."""
        self._session.close()

    def login(self) -> None:
        """Log in: what is sent later carries the token. Raises ``DataError``."""
        found = self._found
        body = {"username": found.username, "password": found.password}
        try:
            answer = self.post("/v1/auth/login/", body)
        except DataError as error:
            if error.problem.code != errors.REFUSED.code:
                raise
            detail = "unknown user or wrong password"
            who = found.username
            raise DataError(errors.LOGIN_REFUSED.at(url=self.url, username=who, detail=detail)) from None
        self._token = str(self.having(answer, "key")["key"])
        self._secrets.append(self._token)
        self._session.cookies.clear()  # with a session's cookie, writes would want a CSRF token too

    def having(self, found: Any, *keys: str) -> dict[str, Any]:
        """The object, if it is one and has the keys. Raises ``DataError``."""
        if isinstance(found, dict) and all(found.get(key) is not None for key in keys):
            return found
        what = f"something else than an object with {' and '.join(keys)}"
        raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what=what))

    def get(self, path: str, **query: Any) -> Any:
        """Read; tried again a few times when the connection or a gateway fails."""
        return self._again(lambda: self._decoded(self._once("GET", path, params=query)))

    def content(self, path: str, **query: Any) -> bytes:
        """A file's bytes; tried again as ``get``."""
        return bytes(self._again(lambda: self._once("GET", path, params=query)))

    def post(self, path: str, body: Any = None, **query: Any) -> Any:
        """Create; sent once, since a repeated request might act twice."""
        return self._write("POST", path, json={} if body is None else body, params=query)

    def patch(self, path: str, body: Any) -> Any:
        """Change; sent once."""
        return self._write("PATCH", path, json=body)

    def delete(self, path: str) -> None:
        """Remove; sent once."""
        self._write("DELETE", path)

    def rows(self, path: str, *keys: str) -> list[dict[str, Any]]:
        """A list that is answered whole; each entry has the keys. Raises ``DataError``."""
        found = self.get(path)
        if not isinstance(found, list):
            raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what="something else than a list"))
        return [self.having(row, *keys) for row in found]

    def pages(self, path: str, *keys: str, **query: Any) -> Iterator[dict[str, Any]]:
        """All entries of a list that is answered in pages, each once. Raises ``DataError``."""
        seen: set[Any] = set()
        offset = 0
        while True:
            answer = self.having(self.get(path, **query, limit=PAGE, offset=offset), "count")
            found = answer.get("results")
            if not isinstance(found, list):
                raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what="something else than a page"))
            for row in found:
                row = self.having(row, "id", *keys)
                if row["id"] not in seen:
                    seen.add(row["id"])
                    yield row
            offset += len(found)
            if not found or not answer.get("next"):
                return

    def label(self, project: int, example: int, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Put one answer on an example; ``kind`` is one of ``KINDS``.

        It belongs to who is logged in: in a project whose annotators share nothing, nobody else sees it.
        ``prob`` is the only place for a score. Raises ``DataError``.
        """
        sent = self.post(f"/v1/projects/{project}/examples/{example}/{kind}", dict(body))
        return self.having(sent, "id")

    def upload(self, name: str, content: bytes) -> str:
        """Send a file; the id by which ``ingest`` knows it."""
        files = {"filepond": (name, content)}
        found: bytes = self._at_once(lambda: self._once("POST", "/v1/fp/process/", files=files))
        text = found.decode("ascii", "replace").strip().strip('"')
        if not text.isalnum():
            raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what="no id of an upload"))
        return text

    def discard(self, upload: str) -> None:
        """Take a file back that was sent and made no example of."""
        self._write("DELETE", "/v1/fp/revert/", data=upload, kind="text/plain")

    def ingest(self, project: int, kind: str, form: str, uploads: list[str]) -> None:
        """Make examples of uploaded files. Raises ``DataError`` for what the server could not read."""
        body = {"format": form, "uploadIds": uploads, "task": kind, "encoding": "utf_8"}
        body |= {"column_data": "text", "column_label": "label"}
        sent = self.having(self.post(f"/v1/projects/{project}/upload", body), "task_id")
        result = self.finished(str(sent["task_id"]), "read the uploaded files")
        wrong = result.get("error") if isinstance(result, dict) else None
        if wrong:
            what, detail = "read the uploaded files", detail_of(wrong, self._secrets)
            raise DataError(errors.TASK_FAILED.at(url=self.url, what=what, detail=detail))

    def export(self, project: int, approved: bool, form: str = "JSONL") -> bytes:
        """A project's export, a zip archive; ``approved``: only what was confirmed."""
        path = f"/v1/projects/{project}/download"
        sent = self.having(self.post(path, {"format": form, "exportApproved": approved}), "task_id")
        self.finished(str(sent["task_id"]), "export the project")
        return self.content(path, taskId=str(sent["task_id"]))

    def finished(self, task: str, what: str) -> Any:
        """Wait for a task of the server; its result. Raises ``DataError`` if it fails or takes too long."""
        end, wait = time.monotonic() + self.patience, POLL
        while time.monotonic() < end:
            found = self.having(self.get(f"/v1/tasks/status/{task}"), "ready")
            if found["ready"]:
                if found.get("error"):
                    detail = detail_of(found["error"], self._secrets)
                    raise DataError(errors.TASK_FAILED.at(url=self.url, what=what, detail=detail))
                return found.get("result")
            time.sleep(wait)
            wait = min(wait * 1.5, POLL_MOST)
        raise DataError(errors.TASK_LATE.at(url=self.url, what=what, seconds=self.patience))

    def _write(self, method: str, path: str, **options: Any) -> Any:
        return self._at_once(lambda: self._decoded(self._once(method, path, **options)))

    def _decoded(self, content: bytes) -> Any:
        if not content:
            return None
        try:
            return surrogates.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            what = "an HTML page" if content.lstrip()[:1] == b"<" else "broken JSON"
            raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what=what)) from None

    def _once(self, method: str, path: str, kind: str = "", **options: Any) -> bytes:
        headers = {"Accept": "application/json, application/zip;q=0.9, */*;q=0.1"}
        if kind:
            headers["Content-Type"] = kind
        if self._token:
            headers["Authorization"] = f"Token {self._token}"
        limits = (min(CONNECT_TIMEOUT, self._timeout), self._timeout)
        given = {"headers": headers, "timeout": limits, "allow_redirects": False, "stream": True}
        with (
            self._translated(),
            self._session.request(method, f"{self.url}{path}", **given, **options) as got,
        ):
            content = bytearray()
            for chunk in got.iter_content(1 << 18):
                content += chunk
                if len(content) > MOST_ANSWER:
                    what = f"more than {MOST_ANSWER:,} bytes"
                    raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what=what))
            status = int(got.status_code)
        if 300 <= status < 400:
            raise DataError(errors.NOT_AN_ANSWER.at(url=self.url, what="a redirect"))
        if status >= 400:
            raise self._refusal(status, bytes(content))
        return bytes(content)

    def _refusal(self, status: int, content: bytes) -> Exception:
        what: dict[str, Any] = {
            "url": self.url,
            "status": status,
            "detail": detail_of(content, self._secrets),
        }
        if status in (401, 403):
            return DataError(errors.FORBIDDEN.at(**what))
        if status == 404:
            return DataError(errors.NOT_FOUND.at(**what))
        if status in TRANSIENT:
            return Passing(errors.SERVER_ERROR, **what)
        return DataError((errors.SERVER_ERROR if status >= 500 else errors.REFUSED).at(**what))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Turn errors of the connection into ours."""
        import requests

        try:
            yield
        except requests.exceptions.Timeout:
            raise DataError(errors.TIMED_OUT.at(url=self.url, seconds=self._timeout)) from None
        except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
            raise Passing(errors.CUT_SHORT, url=self.url) from None
        except requests.exceptions.RequestException as error:
            passes, reason = reason_of(error)
            if passes:
                raise Passing(errors.UNREACHABLE, url=self.url, reason=reason) from None
            raise DataError(errors.UNREACHABLE.at(url=self.url, reason=reason)) from None
