"""Takes secrets and e-mails out of what is written to logs.

Two ways at once: what looks like a secret, and every secret that the configuration names, whatever it
looks like. One that was rotated away is remembered as long as the process lives.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from labelwright.service.config.load import Loaded

LEAST = 4  # characters; what is shorter cannot be told from words
MOST = 65_536  # bytes of a secret's file
GONE = "***"

_HEADERS = (
    r"authorization|proxy-authorization|x-labelwright-secret|x-signature-256|webhook-signature|x-api-key"
    r"|set-cookie|cookie|x-csrftoken"
)
_NAMES = r"password|passwd|secret|token|api[_-]?key|access[_-]?key"  # how the name of a secret ends
# Each takes time by the length of the text alone: what others wrote may be long, and without a space.
_LOOKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(://)[^\s/?#@]*(?:@[^\s/?#@]*)*@"), rf"\1{GONE}@"),  # of an address: who logs in
    (
        re.compile(
            rf"(?i)\b({_HEADERS})(['\"]?\s*[:=,]\s*b?['\"]?)(?:(?:bearer|basic|token|digest)\s+)?[^\s'\"),;}}]+"
        ),
        rf"\1\2{GONE}",
    ),
    (re.compile(r"(?i)\b(bearer|basic|token)(\s+)(?=[\w.~+/=-]*\d)[\w.~+/=-]{8,}"), rf"\1\2{GONE}"),
    (re.compile(r"whsec_[\w+/=-]+"), GONE),
    (re.compile(r"\beyJ[\w-]{8,2000}+\.[\w-]++(?:\.[\w-]*+)?"), GONE),
    (re.compile(rf"(?i)({_NAMES})(['\"]?\s*[:=]\s*b?['\"]?)[^\s'\",;&)}}]+"), rf"\1\2{GONE}"),
    (re.compile(r"\b[0-9a-f]{40}\b"), GONE),  # a key of Label Studio's
    (re.compile(r"(?<![\w.+%'-])[\w.+%'-]++@[\w-]+(?:\.[\w-]+)+"), "<e-mail>"),
)


class Redactor:
    """Callable: the text without what must not be read. May be called from any thread."""

    def __init__(
        self, files: Iterable[Path] = (), folder: Path | None = None, values: Iterable[str] = ()
    ) -> None:
        """Secrets are ``values``, and what ``files`` and all files below ``folder`` hold at any time."""
        self._files, self._folder = list(files), folder
        self._lock = threading.Lock()
        self._known = {v for v in values if len(v) >= LEAST}
        self._seen: dict[Path, tuple[int, int]] = {}
        self._pattern = _pattern(self._known)

    def __call__(self, text: str) -> str:
        """Take out what is known first, so that no pattern leaves half of it."""
        text = self._look().sub(GONE, text)
        for pattern, instead in _LOOKS:
            text = pattern.sub(instead, text)
        return text

    def _look(self) -> re.Pattern[str]:
        with self._lock:
            before = len(self._known)
            for path in self._all():
                with contextlib.suppress(OSError):
                    stat = path.stat()
                    stamp = stat.st_mtime_ns, stat.st_size
                    if self._seen.get(path) != stamp:
                        self._seen[path] = stamp
                        self._known.update(s for s in _held(path) if len(s) >= LEAST)
            if len(self._known) != before:
                self._pattern = _pattern(self._known)
            return self._pattern

    def _all(self) -> Iterator[Path]:
        yield from self._files
        if self._folder is not None:
            for root, _, names in os.walk(self._folder):
                yield from (Path(root, name) for name in names)


def redactor(loaded: Loaded, database_url: str = "") -> Redactor:
    """Knows every secret of a configuration."""
    config = loaded.config
    written = [config.login.token_file]
    for tool in config.tools.values():
        written += [tool.token_file, tool.password_file]
    for told in config.notify.values():
        written += [told.url_file, told.secret_file]
    files = [loaded.path(one) for one in written if one]
    values = [os.environ.get("PGPASSWORD", "")]
    for url in (database_url, config.service.database_url):
        _, _, rest = url.partition("://")
        login, at, _ = rest.rpartition("@")
        if at:
            values.append(login.partition(":")[2])
    return Redactor(files, loaded.data / "secrets", values)


def _held(path: Path) -> Iterator[str]:
    """Every line of a file, or every text of a JSON file."""
    with path.open("rb") as file:
        text = file.read(MOST).decode("utf-8", "replace")
    try:
        yield from _texts(json.loads(text))
    except ValueError:
        for line in text.splitlines():
            yield line.strip()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)  # a token of digits alone is a number to JSON
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _pattern(known: Iterable[str]) -> re.Pattern[str]:
    """Any of the secrets as it is, and as addresses, JSON and Python's representation write it."""
    forms = set()
    for one in known:
        forms |= {one, quote(one), quote(one, safe=""), quote_plus(one), json.dumps(one)[1:-1]}
        forms |= {json.dumps(one, ensure_ascii=False)[1:-1], repr(one)[1:-1], one.encode().__repr__()[2:-1]}
    listed = sorted(forms, key=lambda f: (-len(f), f))
    return re.compile("|".join(re.escape(f) for f in listed) if listed else r"(?!)")
