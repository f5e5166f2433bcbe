"""Who may see the page and use the API: a token, sessions signed with it, or a proxy that tells the user."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from labelwright.problems import UsageError
from labelwright.service.config.load import Loaded
from labelwright.service.context import Service
from labelwright.service.secrets import private_file

TOKEN = Path("secrets", "login-token")  # below the data folder, where no file is named
LENGTH, LEAST = 32, 16  # random bytes of a token that is made; characters of one that is taken
LARGEST = 4096  # bytes of a token file
BEARER, SESSION, PROXY, LOOPBACK = "bearer", "session", "proxy", "loopback"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Who(Struct, frozen=True):
    """Somebody who may see the page. ``kind`` tells by what, ``csrf`` is what their forms must hold."""

    kind: str
    csrf: str = ""


class Login:
    """The token and everything that is made of it. A token that changes ends every session."""

    def __init__(self, loaded: Loaded) -> None:
        """Read the configuration. Raises ``UsageError`` for a proxy that is no address or network."""
        config = loaded.config.login
        self.path = loaded.path(config.token_file) if config.token_file else loaded.data / TOKEN
        self.secure = loaded.public_url.startswith("https://")
        self.cookie = "__Host-labelwright" if self.secure else "labelwright-session"
        self.seconds = config.session_hours * 3600.0
        self.proxies = [_network(written) for written in config.proxies]
        self.attempts = Attempts()
        self._nobody = secrets.token_bytes(LENGTH)  # signs while there is no token
        self._named = bool(config.token_file)
        self._header = config.proxy_header.lower().encode("latin-1", "replace")
        self._seen: tuple[Any, bytes] = (None, b"")

    def prepare(self) -> Path:
        """Where the token lies; it is made there unless the configuration named it. Raises ``UsageError``."""
        if not self.token():
            if self._named or self.path.exists():
                raise UsageError(
                    f"{self.path} holds no log-in token: put {LEAST} characters or more there, at random"
                )
            private_file(self.path, secrets.token_urlsafe(LENGTH).encode() + b"\n")
        return self.path

    def token(self) -> bytes:
        """The token as it is now; empty, so that nobody comes in, where there is none that is long enough."""
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp != self._seen[0]:
                with self.path.open("rb") as file:
                    self._seen = (stamp, file.read(LARGEST).strip())
        except OSError:
            return b""
        return self._seen[1] if len(self._seen[1]) >= LEAST else b""

    def right(self, given: str) -> bool:
        """Whether that is the token. Takes the same time whatever is given."""
        token = self.token()
        known, told = (hashlib.sha256(t).digest() for t in (token, given.encode("utf-8", "surrogateescape")))
        return hmac.compare_digest(known, told) and bool(token)

    def session(self, now: float | None = None) -> str:
        """The value of a cookie that is believed until it ends."""
        end = (time.time() if now is None else now) + self.seconds
        said = f"{int(end)}.{secrets.token_urlsafe(12)}"
        return f"{said}.{self._sign('session', said)}"

    def valid(self, cookie: str, now: float | None = None) -> bool:
        """Whether a cookie is one of ours, of the token of today, and has not ended."""
        said, _, signature = cookie.rpartition(".")
        if not self.token() or not said or not cookie.isascii():
            return False
        if not hmac.compare_digest(self._sign("session", said), signature):
            return False
        return int(said.partition(".")[0]) > (time.time() if now is None else now)

    def csrf(self, of: str) -> str:
        """What a form must hold that somebody sends who is logged in by ``of``."""
        return self._sign("form", of)

    def told_by_proxy(self, peer: str, headers: Sequence[tuple[bytes, bytes]]) -> str:
        """The user that a proxy tells of; empty where the peer is none of ours, or not one user is told."""
        if not self._header or not self.is_proxy(peer):
            return ""
        told = [value for name, value in headers if name == self._header]
        return told[0].decode("latin-1").strip() if len(told) == 1 else ""

    def is_proxy(self, address: str) -> bool:
        """Whether an address is that of a proxy of ours."""
        found = _address(address)
        return found is not None and any(found in network for network in self.proxies)

    def source(self, peer: str, headers: dict[bytes, bytes]) -> str:
        """Whose request it is: the peer, or whom our proxies name as the one before them."""
        named = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        while self.is_proxy(peer) and named and _address(named[-1].strip()) is not None:
            peer = named.pop().strip()
        return peer

    def _sign(self, purpose: str, what: str) -> str:
        key = hmac.digest(self.token() or self._nobody, f"labelwright {purpose}".encode(), "sha256")
        return hmac.new(key, what.encode("utf-8", "surrogateescape"), "sha256").hexdigest()


class Attempts:
    """Counts wrong tokens by source: after a few, each one more is answered late and counted no further.

    A right one is never kept waiting: whoever shares a source with somebody who guesses, as all do behind
    a proxy that names nobody, must get in. Holds a bounded number of sources and of answers that are late.
    """

    MOST, WITHIN, SOURCES = 10, 300.0, 10_000
    LATE, HELD = 1.0, 1000  # seconds that an answer is late; answers that are at a time

    def __init__(self) -> None:
        """None yet."""
        self._held = 0
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()

    def failed(self, source: str, now: float | None = None) -> bool:
        """Count one, unless there were too many before it: whether its answer is to be late."""
        key, moment = _group(source), time.monotonic() if now is None else now
        times = self._failed.setdefault(key, deque(maxlen=self.MOST))
        self._failed.move_to_end(key)
        while len(self._failed) > self.SOURCES:
            self._failed.popitem(last=False)
        while times and times[0] <= moment - self.WITHIN:
            times.popleft()
        if len(times) >= self.MOST:
            return True
        times.append(moment)
        return False

    async def be_late(self) -> None:
        """Keep whoever guesses on waiting for an answer, unless too many wait already."""
        if self._held >= self.HELD:
            return
        self._held += 1
        try:
            await asyncio.sleep(self.LATE)
        finally:
            self._held -= 1


def where_to_log_in(service: Service) -> str:
    """What is said at the start: where the token lies, never the token. Raises ``UsageError``."""
    return f"log in with the token in {login_of(service).prepare()}"


def login_of(service: Service) -> Login:
    """The one ``Login`` of a service."""
    found: Login = service.extra.setdefault("login", None) or Login(service.loaded)
    service.extra["login"] = found
    return found


def is_loopback(address: str) -> bool:
    """Whether an address is that of this machine."""
    found = _address(address)
    return found is not None and found.is_loopback


def _group(source: str) -> str:
    """Whoever has one address of IPv6 has 2**64 of them."""
    found = _address(source)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return source


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def _network(written: str) -> Network:
    try:
        return ipaddress.ip_network(written, strict=False)
    except ValueError:
        raise UsageError(f"login.proxies: {written!r} is no address and no network") from None
