"""Files behind web addresses, fetched under guards.

An item's address comes from whoever filled the tool. It must not make this program ask what only this
machine can reach, send it elsewhere by a redirect, or fill its memory. Every address that a host name has
is checked, and the connection goes to one that was: a name that answers differently the second time gains
nothing. Proxies of the environment are not used.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import ipaddress
import math
import socket
import ssl
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from labelwright.media import problems as p
from labelwright.media.names import climbs
from labelwright.media.sources import MOST_BYTES, Fault, Found

TIMEOUT = 30.0  # seconds without a byte
PATIENCE = 300.0  # seconds for a whole file
REDIRECTS = 5
CHUNK = 1 << 18
WEB = ("http", "https")
_MOVED = {301, 302, 303, 307, 308}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")  # all that is given out of IPv6 (RFC 4291); the rest is local
_EXAMPLES = ipaddress.ip_network("3fff::/20")  # RFC 9637
_REMARK = "labelwright"


class Web:
    """Fetches addresses that the places allow: ``http`` or ``https`` for all, else those that begin alike."""

    def __init__(self, allowed: Sequence[str], allow_private: bool = False, most: int = MOST_BYTES) -> None:
        """``allowed``: ``http``, ``https``, or addresses with a host and perhaps a path."""
        self._all = any(place in WEB for place in allowed)
        self._places = [_origin(urlsplit(place)) for place in allowed if place not in WEB]
        self._private, self._most = allow_private, most

    def find(self, uri: str) -> Found:
        """Fetch an address. Raises ``Fault``."""
        address, deadline = uri, time.monotonic() + PATIENCE
        for _ in range(REDIRECTS + 1):
            parts = self._checked(address)
            answer = self._asked(parts, deadline)
            if isinstance(answer, bytes):
                return Found(parts.path.lstrip("/") or "file", None, answer)
            try:
                address = urljoin(address, answer)
            except ValueError:
                raise Fault(p.NOT_ALLOWED, reason="where it redirects to is no web address") from None
        raise Fault(p.NOT_FETCHED, reason=f"more than {REDIRECTS} redirects")

    def _checked(self, address: str) -> SplitResult:
        try:
            parts = urlsplit(address)
            host, user, _ = parts.hostname, parts.username or parts.password, parts.port
        except ValueError:
            raise Fault(p.NOT_ALLOWED, reason="it is no web address") from None
        if parts.scheme not in WEB or not host:
            raise Fault(p.NOT_ALLOWED, reason="it, or where it redirects to, is no web address")
        if user:
            raise Fault(p.NOT_ALLOWED, reason="it holds a user's name")
        if not (self._all or any(_within(_origin(parts), place) for place in self._places)):
            raise Fault(p.NOT_ALLOWED, reason=f"no place given allows the host {host}")
        return parts

    def _asked(self, parts: SplitResult, deadline: float) -> bytes | str:
        """The bytes of an address, or where it redirects to."""
        connection = pinned(parts, reachable(parts, self._private), deadline=deadline)
        try:
            target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
            target += f"?{quote(parts.query, safe=_QUERY)}" if parts.query else ""
            headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": _REMARK}
            connection.request("GET", target, headers=headers)
            with connection.getresponse() as answer:
                if answer.status in _MOVED and answer.headers.get("Location"):
                    return str(answer.headers["Location"])
                if answer.status != 200:
                    raise Fault(p.NOT_FETCHED, reason=f"the server answered HTTP {answer.status}")
                return self._read(answer)
        except TimeoutError:
            late = time.monotonic() >= deadline
            reason = f"it took more than {PATIENCE:g} s" if late else f"no answer within {TIMEOUT:g} s"
            raise Fault(p.NOT_FETCHED, reason=reason) from None
        except ssl.SSLCertVerificationError:
            raise Fault(p.NOT_FETCHED, reason="the server's certificate is not trusted") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Fault(p.NOT_FETCHED, reason=f"the connection failed ({type(error).__name__})") from None
        finally:
            connection.close()

    def _read(self, answer: http.client.HTTPResponse) -> bytes:
        told = answer.length or 0
        if told > self._most:
            raise Fault(p.TOO_MANY_BYTES, size=told, limit=self._most)
        found = bytearray()
        while chunk := answer.read1(CHUNK):
            found += chunk
            if len(found) > self._most:
                raise Fault(p.TOO_MANY_BYTES, size=f"more than {self._most}", limit=self._most)
        if len(found) < told:
            raise Fault(p.NOT_FETCHED, reason="the connection broke in the middle")
        return bytes(found)


def reachable(parts: SplitResult, allow_private: bool) -> list[tuple[int, Any]]:
    """Families and addresses to connect to, the best first. Raises ``Fault`` if one of them is private."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Fault(p.NOT_FETCHED, reason=f"the host {parts.hostname} is unknown") from None
    for _, _, _, _, where in found:
        if not allow_private and not is_public(str(where[0])):
            raise Fault(p.NOT_ALLOWED, reason=f"the host {parts.hostname} is in a private network")
    return [(family, where) for family, _, _, _, where in found]


_QUERY = "/%:@!$&'()*+,;=~-._?"


def is_public(address: str) -> bool:
    """Whether an IP address is of the public internet, those that it stands for included."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if found.teredo is not None:
            return False
        if inner is not None:
            return is_public(str(inner))
        if found not in _UNICAST or found in _EXAMPLES:
            return False
    return found.is_global and not found.is_multicast


def _origin(parts: SplitResult) -> tuple[str, str, int, str]:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, (parts.hostname or "").lower(), port, parts.path.rstrip("/")


def _within(asked: tuple[str, str, int, str], place: tuple[str, str, int, str]) -> bool:
    return asked[:3] == place[:3] and f"{asked[3]}/".startswith(f"{place[3]}/") and not climbs(asked[3])


class _Hurried(io.RawIOBase):
    """What a socket gives until a moment, however slowly it comes. Raises ``TimeoutError``."""

    def __init__(self, wire: socket.socket, deadline: float, seconds: float) -> None:
        self._wire, self._deadline, self._seconds = wire, deadline, seconds
        self._file = wire.makefile("rb", buffering=0)  # keeps the socket open while it is read

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._wire.settimeout(min(self._seconds, left))
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


def pinned(
    parts: SplitResult,
    checked: Sequence[tuple[int, Any]],
    timeout: float | None = None,
    deadline: float = math.inf,
) -> http.client.HTTPConnection:
    """A connection to the first that answers of the addresses that were checked; it says the host's name.

    The deadline (of ``time.monotonic``) is for headers as well: a server that sends one byte of them now
    and then, or says for ever that one shall continue, is left.
    """
    seconds = TIMEOUT if timeout is None else timeout
    host, port = str(parts.hostname), parts.port

    def connect() -> socket.socket:
        for family, where in checked[:-1]:
            with contextlib.suppress(ConnectionError):
                return connected(family, where)
        return connected(*checked[-1])

    def connected(family: int, where: Any) -> socket.socket:
        plain = socket.socket(family, socket.SOCK_STREAM)
        plain.settimeout(seconds)
        try:
            plain.connect(where)
        except BaseException:
            plain.close()
            raise
        return plain

    class Pinned(http.client.HTTPConnection):
        def connect(self) -> None:
            self.sock = connect()

    class PinnedSecure(http.client.HTTPSConnection):
        def connect(self) -> None:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(connect(), server_hostname=host)

    class Answer(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
            super().__init__(sock, *args, **options)
            self.fp.close()
            self.fp = io.BufferedReader(_Hurried(sock, deadline, seconds))

    kind = PinnedSecure if parts.scheme == "https" else Pinned
    connection = kind(host, port, timeout=seconds)
    connection.response_class = Answer
    return connection
