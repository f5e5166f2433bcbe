"""A server that answers by HTTP and JSON: bounded in time and size, asked again where that may help.

It is asked at an address of the user's own choice, with a key that no message shows. Redirects are not
followed, since the key would go along, and proxies of the environment are not used.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import ssl
import threading
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import msgspec
from msgspec import Struct

from labelwright.contracts import Asked
from labelwright.io.environment import access_token
from labelwright.io.scrub import scalar
from labelwright.media import problems, web
from labelwright.media.sources import Fault
from labelwright.predictors import _remote as r
from labelwright.predictors._extras import agreed, number
from labelwright.problems import DataError, Place, ProblemType, UsageError

FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds between two tries, unless the server tells
LARGEST = 16_000_000  # bytes of an answer
_AGAIN = {408, 425, 429, 500, 502, 503, 504, 529}
_SAID = 200  # characters of what a server says of an error

OPTIONS = {
    "key_file": ("", "file with the key of the server; empty: it wants none"),
    "key_env": ("", "variable of the environment that holds the key, where there is no file"),
    "key_header": ("Authorization", "the header that the key goes in; there as Bearer, in others alone"),
    "timeout": ("30", "seconds for one answer of the server"),
    "seconds": (
        "35",
        "seconds for a batch with all that is asked again; keep it below the predictor's timeout",
    ),
    "retries": ("3", "how often the server is asked again after 429, 5xx or a broken connection"),
    "concurrency": ("4", "items that are asked about at once"),
    "allow_private": ("no", "yes: the server may be this machine or in a private network"),
}
INCIDENTAL = tuple(OPTIONS)  # they decide how it is asked, not what it answers


class Reply(Struct):
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class _Failed(Exception):
    """A try came to nothing. ``again``: another may help."""

    def __init__(self, kind: ProblemType, again: bool, **what: Any) -> None:
        super().__init__(kind.code)
        self.kind, self.again, self.what = kind, again, what


class Server:
    """A server at one address. Asked by several threads at once."""

    def __init__(self, asked: Asked, url: str, headers: Mapping[str, str] | None = None) -> None:
        """Take over the options of ``OPTIONS``. Raises ``UsageError`` for what cannot be."""
        self._parts = _address(url)
        self.name = self._parts.netloc
        self._private = agreed("allow_private", asked.option("allow_private"))
        self._timeout = number("timeout", asked.option("timeout"), 0.1, 3600)
        self._retries = int(number("retries", asked.option("retries"), 0, 20))
        self.seconds = number("seconds", asked.option("seconds"), 0.1, 3600)
        self.concurrency = int(number("concurrency", asked.option("concurrency"), 1, 64))
        key = _key(asked)
        if key and self._parts.scheme == "http" and not self._private:
            raise UsageError("the key would go over the network for all to read: use an https address")
        self._open = bool(key) and self._parts.scheme == "http"  # who listens on the way reads the key
        for name, value in (headers or {}).items():
            if not (name + value).isascii() or not (name + value).isprintable():
                raise UsageError(f"the header {name!r} has characters that no header can have")
        self._headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "labelwright",
            **(headers or {}),
            **_login(asked.option("key_header"), key),
        }
        self._lock = threading.Lock()
        self._free = 0.0  # no sooner is it asked: it said so

    def post(self, body: bytes, until: float, place: Place) -> Reply:
        """What it answers to ``body`` with a status below 300, at ``until`` (``time.monotonic``) at last.

        Raises ``Refused`` for other statuses, and ``DataError`` where there is no answer.
        """
        reply, failed = self._tried(body, until)
        if reply is None:
            assert failed is not None
            raise DataError(failed.kind.at(place, **{"server": self.name, **failed.what}))
        if reply.status < 300:
            return reply
        if reply.status < 400:
            moved = r.MOVED.at(place, server=self.name, status=reply.status, said=_onward(reply.headers))
            raise Refused(moved, reply)
        kind = r.OF_STATUS.get(reply.status) or (r.SERVER_FAILED if reply.status >= 500 else r.REFUSED)
        raise Refused(kind.at(place, server=self.name, status=reply.status, said=said(reply.data)), reply)

    def _tried(self, body: bytes, until: float) -> tuple[Reply | None, _Failed | None]:
        """The last answer, or why there is none."""
        reply: Reply | None = None
        failed: _Failed | None = None
        for turn in range(self._retries + 1):
            if not self._waited(until):
                return reply, failed or _Failed(r.TOO_LATE, False, seconds=self.seconds)
            try:
                reply, failed = self._once(body, until), None
            except _Failed as one:
                reply, failed = None, one
                if not one.again:
                    break
            else:
                if reply.status not in _AGAIN:
                    break
            wait = min(FIRST_WAIT * 2**turn, LONGEST_WAIT) * random.uniform(0.75, 1.25)
            told = retry_after(reply.headers) if reply is not None else None
            if turn == self._retries or not self._delay(wait if told is None else told, told, until):
                break
        return reply, failed

    def _delay(self, wait: float, told: float | None, until: float) -> bool:
        """Wait before another try; whether there is time for one. What the server tells holds for all."""
        now = time.monotonic()
        if now + wait >= until:
            return False
        if told is not None:
            with self._lock:
                self._free = max(self._free, now + wait)
        else:
            time.sleep(wait)
        return True

    def _waited(self, until: float) -> bool:
        with self._lock:
            free = self._free
        if max(free, time.monotonic()) >= until:
            return False
        time.sleep(max(0.0, free - time.monotonic()))
        return True

    def _once(self, body: bytes, until: float) -> Reply:
        started = time.monotonic()
        deadline = min(until, started + self._timeout)
        try:
            addresses = web.reachable(self._parts, self._private)
        except Fault as fault:
            private = fault.kind.code == problems.NOT_ALLOWED.code
            raise _Failed(r.PRIVATE if private else r.UNREACHABLE, not private, **fault.what) from None
        if self._open and any(web.is_public(str(where[0])) for _, where in addresses):
            raise _Failed(r.OPEN_KEY, False)
        connection = web.pinned(self._parts, addresses, max(0.01, deadline - time.monotonic()), deadline)
        try:
            connection.request("POST", _target(self._parts), body, self._headers)
            with connection.getresponse() as answer:
                headers = {name.lower(): value for name, value in answer.getheaders()}
                return Reply(answer.status, headers, _read(answer))
        except TimeoutError:
            seconds = round(time.monotonic() - started, 1)
            raise _Failed(r.TOO_LATE, False, seconds=seconds) from None
        except ssl.SSLCertVerificationError:
            raise _Failed(r.UNREACHABLE, False, reason="its certificate is not trusted") from None
        except http.client.IncompleteRead:
            raise _Failed(r.CUT, True) from None
        except (OSError, http.client.HTTPException) as error:
            reason = f"the connection failed ({type(error).__name__})"
            raise _Failed(r.UNREACHABLE, True, reason=reason) from None
        finally:
            connection.close()


class Refused(DataError):
    """The server answered with a status that says no; ``reply`` has it."""

    def __init__(self, problem: Any, reply: Reply) -> None:
        """Carry both."""
        super().__init__(problem)
        self.reply = reply


def _read(answer: http.client.HTTPResponse) -> bytes:
    told = answer.length
    if told is not None and told > LARGEST:
        raise _Failed(r.TOO_LARGE, False, limit=LARGEST)
    found = bytearray()
    while chunk := answer.read1(1 << 16):
        found += chunk
        if len(found) > LARGEST:
            raise _Failed(r.TOO_LARGE, False, limit=LARGEST)
    if told is not None and len(found) < told:
        raise _Failed(r.CUT, True)
    return bytes(found)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait (RFC 9110, 10.2.3); None if it says nothing of use."""
    given = headers.get("retry-after", "").strip()
    with contextlib.suppress(ValueError):
        return max(0.0, float(given)) if float(given) < 1e9 else None
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return max(0.0, parsedate_to_datetime(given).timestamp() - time.time())
    return None


def said(data: bytes) -> str:
    """What a server says of an error, as ``: words``, without what could be a secret; else empty."""
    with contextlib.suppress(msgspec.DecodeError, RecursionError):
        found: Any = msgspec.json.decode(data)
        for name in ("error", "detail", "message"):
            if isinstance(found, dict) and found.get(name):
                found = found[name]
        if isinstance(found, str) and (words := scalar(found[:_SAID].strip())):
            return f": {words}"
    return ""


def _onward(headers: Mapping[str, str]) -> str:
    """Where a server sends on to, without what could be a secret; else empty."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(headers.get("location", "").strip())
        where = f"{parts.scheme}://{parts.hostname}{parts.path}" if parts.hostname else parts.path
        if words := scalar(where[:_SAID]):
            return f" and sends on to {words}"
    return ""


def _address(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        host, user, _ = parts.hostname, parts.username or parts.password, parts.port
    except ValueError:
        raise UsageError("option url is no web address") from None
    if user:
        raise UsageError("leave user and password out of url; option key_file names the key")
    if parts.scheme not in web.WEB or not host:
        raise UsageError("which server? set the option url to its address, http:// or https://")
    return parts


def _target(parts: SplitResult) -> str:
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    return f"{target}?{quote(parts.query, safe='/%:@!$&()*+,;=~-._?')}" if parts.query else target


def _login(header: str, key: str) -> dict[str, str]:
    if not header.isascii() or not header.replace("-", "").isalnum():
        raise UsageError(f"option key_header is {header!r}, which is no header's name")
    bearer = header.lower() == "authorization"
    return {header: f"Bearer {key}" if bearer else key} if key else {}


def _key(asked: Asked) -> str:
    """The key, of its file or variable; empty if none is named. Raises ``UsageError``."""
    file, variable = asked.option("key_file"), asked.option("key_env")
    if not file and not variable:
        return ""
    environ = {"key_file": str(Path(file).expanduser())} if file else dict(os.environ)
    found = access_token(environ, "" if file else variable, "key_file")
    if not found:
        raise UsageError(f"there is no key in {file or variable}")
    return found
